"""Imports the records read from a file, in transactions of many."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import EventType, Memory, MemoryEvent, MemoryVersion, Relationship
from memorizer.domain.records import (
    Counts,
    DocumentRecord,
    ExternalId,
    MemoryRecord,
    OnConflict,
    Outcome,
    ParsedRecord,
    Reading,
    RecordPresence,
    RecordType,
    RejectedRecord,
    SourceListing,
    WorkspaceRecord,
    check_relationship,
)
from memorizer.domain.workspaces import Workspace, WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.import_batches import Noted, Record, memory_ids, next_batch
from memorizer.services.import_changes import ACTOR, is_known, may_follow, without_added_line
from memorizer.services.import_documents import DocumentImporter
from memorizer.services.import_identity import Identities, resolve
from memorizer.services.import_workspaces import WorkspaceImporter
from memorizer.services.jobs import title_job
from memorizer.services.memories import edit_event
from memorizer.services.supersession import Supersessions

Refused = Callable[[RejectedRecord], None]
ImportProgress = Callable[[int], None]


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    counts: Counts = field(default_factory=Counter)
    refused: int = 0

    def count(self, piece: RecordType, outcome: Outcome) -> int:
        """Return the number of records of this type with this outcome."""
        return self.counts[piece, outcome]

    @property
    def all_rejected(self) -> bool:
        """Whether every record was rejected."""
        return bool(self.refused) and not any(self.counts.values())


@dataclass(frozen=True, slots=True)
class Import:
    """Adds memories with their history, relationships and documents; overwrites nothing.

    Workspaces are found by id or path, and created where they are missing.
    """

    database: Database
    recorder: ChangeRecorder
    embedding: Embedding
    clock: Clock
    scope: WorkspaceScope = WorkspaceScope.ALL
    whole: Database | None = None
    """The whole store, where `database` is a part of it."""
    pretends: Workspace | None = None
    """The only workspace of the scope, where a dry run is to take it for one that is there."""

    def within(self, scope: WorkspaceScope) -> "Import":
        """Return the same into a part of the store, which must be of the whole of it.

        A memory that is elsewhere is refused with a word about that: this is for whoever may
        see the whole.
        """
        return replace(
            self,
            database=self.database.within(scope),
            scope=scope,
            whole=self.whole or self.database,
        )

    async def run(
        self,
        readings: Iterator[Reading],
        *,
        on_conflict: OnConflict = OnConflict.REFUSE,
        dry_run: bool = False,
        refused: Refused = lambda _: None,
        noted: Noted = lambda _: None,
        watch: ImportProgress = lambda _: None,
        expect: ImportProgress = lambda _: None,
    ) -> Report:
        """Import every record that can be; `refused` is called with each that cannot.

        `noted` is called with what a person should know of the others, `watch` with the number of
        further records done, `expect` with about how many there are, where the source says it.

        An interrupted import can be run again: records that are already here are left as they
        are. Memories are found by words at once; maintenance queues their embeddings.
        """
        report = Report()
        promised: set[str] | None = set() if dry_run else None
        identities: Identities | None = None
        workspaces = WorkspaceImporter(self.scope, self.clock, dry_run, self.pretends)
        while batch := await asyncio.to_thread(next_batch, readings, noted, expect):
            if isinstance(batch, SourceListing):
                identities = await self.database.read_long(partial(resolve, listing=batch))
                continue
            ids = memory_ids(batch, identities)
            elsewhere = await workspaces.elsewhere(self.whole, self.database, ids)

            def transaction(
                tx: Transaction,
                batch: list[Record] = batch,
                identities: Identities | None = identities,
                elsewhere: frozenset[str] = elsewhere,
            ) -> list[ImportOutcome]:
                importer = RecordImporter(
                    *(tx, self.recorder, self.embedding, self.clock, on_conflict, promised),
                    *(workspaces, elsewhere, identities),
                )
                outcomes = [importer.run(reading) for reading in batch]
                importer.write_names()
                return outcomes

            run = self.database.read if dry_run else self.database.write
            for counts, refusals in await run(transaction):
                report.counts.update(counts)
                report.refused += len(refusals)
                for refusal in refusals:
                    refused(refusal)
            watch(len(batch))
        return report


ImportOutcome = tuple[Counts, list[RejectedRecord]]


@dataclass(slots=True)
class RecordImporter:
    """Imports records one by one inside `tx`.

    In a dry run nothing is written, and `promised` are the ids of the memories that would have
    been added so far; otherwise it is None.
    """

    tx: Transaction
    recorder: ChangeRecorder
    embedding: Embedding
    clock: Clock
    on_conflict: OnConflict
    promised: set[str] | None
    workspaces: WorkspaceImporter
    elsewhere: frozenset[str] = frozenset()
    """Memories that are here outside of the scope of `tx`."""
    identities: Identities | None = None
    names: list[ExternalId] = field(default_factory=list)
    """What the memories are called where they come from, to be written."""
    here: dict[str, bool] = field(default_factory=dict)
    """By id: whether a memory to which relationships lead is live."""
    noted: dict[str, tuple[Memory, set[object]]] = field(default_factory=dict)
    """By memory id: the memory, and the relationships that its events mention."""

    def run(self, reading: Record) -> ImportOutcome:
        """Add a new record, skip a known one, reject one that contradicts the store."""
        match reading:
            case RejectedRecord():
                return Counter(), [reading]
            case ParsedRecord(place, MemoryRecord() as record):
                return self._in_workspace(place, record)
            case ParsedRecord(place, WorkspaceRecord() as workspace):
                return self._workspace(place, workspace)
            case ParsedRecord(place, Relationship() as link):
                return self._relationship(place, link)
            case ParsedRecord(place, DocumentRecord() as document):
                here = DocumentImporter(self.tx, self.clock, self.workspaces, self._is_here)
                return here.add(place, document)
        raise AssertionError("a reading is one of these")

    def write_names(self) -> None:
        """Write what memories are called in their source."""
        if self.identities is not None and self.promised is None:
            self.tx.external_ids.put(self.identities.source, self.names)

    def _workspace(self, place: str, record: WorkspaceRecord) -> ImportOutcome:
        try:
            return self.workspaces.add(self.tx, record), []
        except InvalidField as error:
            return _refused(place, f"workspace {record.workspace.path!r}: {error}")

    def _in_workspace(self, place: str, record: MemoryRecord) -> ImportOutcome:
        try:
            workspace_id = self.workspaces.place(self.tx, record.memory.workspace_id)
        except InvalidField as error:
            return _refused(place, str(error))
        if workspace_id != record.memory.workspace_id:
            record = replace(record, memory=replace(record.memory, workspace_id=workspace_id))
        return self._memory(place, record)

    def _memory(self, place: str, record: MemoryRecord) -> ImportOutcome:
        if self.identities is None:
            return self._known_as(place, record)
        parsed_id = record.memory.id
        memory_id = self.identities.memory_id(parsed_id)
        if memory_id != parsed_id:
            record = replace(record, memory=replace(record.memory, id=memory_id))
        outcome = self._known_as(place, record)
        if outcome[0]:
            self.names += self.identities.new_names(parsed_id, self.clock.now())
        return outcome

    def _known_as(self, place: str, record: MemoryRecord) -> ImportOutcome:
        """Import a memory under its id here."""
        memory_id = record.memory.id
        match self.tx.records.presence(memory_id):
            case RecordPresence.DELETED:
                return _refused(
                    place, f"memory {memory_id} was deleted here, and an import revives nothing"
                )
            case RecordPresence.HERE:
                return self._import_known(place, record)
            case RecordPresence.ABSENT if memory_id in self.elsewhere:
                return _refused(place, f"memory {memory_id} is here, in another workspace")
            case RecordPresence.ABSENT if self.promised is not None:
                is_new = memory_id not in self.promised
                self.promised.add(memory_id)
                return _counts(record, Outcome.ADDED if is_new else Outcome.KNOWN), []
            case RecordPresence.ABSENT:
                return self._add(place, record)

    def _import_known(self, place: str, record: MemoryRecord) -> ImportOutcome:
        """Skip a memory that has this content, or had it; else update or reject it.

        What was only changed in its source since the last import is no conflict.
        """
        wanted, present = record.memory, self.tx.memories.get(record.memory.id)
        if is_known(self.tx, present, record):
            return _counts(record, Outcome.KNOWN), []
        if self.on_conflict is OnConflict.REFUSE and not may_follow(self.tx, present, record):
            return _refused(
                place,
                f"memory {wanted.id} is already here with other content: version "
                f"{present.version} here, {wanted.version} in the file",
            )
        if self.promised is None:
            self._update(present, record)
        return Counter({(RecordType.MEMORIES, Outcome.UPDATED): 1}), []

    def _update(self, present: Memory, record: MemoryRecord) -> None:
        """Write the content as the next version, with its source's time; the history is kept."""
        content = without_added_line(record.memory.content, present.content)
        event, changed = edit_event(present, content)
        facts = {**changed, "import": True, **record.origin}
        at = record.memory.updated_at if record.is_from_elsewhere else None
        with Supersessions(self.recorder).changed_memory(self.tx, present.id, actor=ACTOR):
            memory = self.recorder.save_version(
                self.tx, present, content, event, facts, actor=ACTOR, updated_at=at
            )
        self.embedding.store_or_enqueue(self.tx, memory, None)
        self._queue_title(memory)

    def _add(self, place: str, record: MemoryRecord) -> ImportOutcome:
        memory, refusals = self._with_free_key(place, record.memory)
        taken = frozenset[str]()
        if record.events:
            taken = self.tx.records.existing_event_ids([event.id for event in record.events])
        events = [event for event in record.events if event.id not in taken]
        self.tx.memories.insert(memory)
        for version in (*record.versions, _present_version(memory)):
            self.tx.versions.add(version)
        self.tx.full_text.put(memory)
        self._write_events(memory, events, record)
        self._queue_title(memory)
        refusals += [
            RejectedRecord(place, f"event {id_} is in the history of another memory already")
            for id_ in sorted(taken)
        ]
        if taken:
            record = replace(record, events=tuple(events))
        return _counts(record, Outcome.ADDED), refusals

    def _with_free_key(self, place: str, memory: Memory) -> tuple[Memory, list[RejectedRecord]]:
        """Return the memory, without a key that another one has here."""
        if memory.key is None:
            return memory, []
        other = self.tx.memories.find_by_key(memory.workspace_id, memory.key)
        if other is None:
            return memory, []
        reason = f"memory {other.id} has the key {memory.key!r} here: {memory.id} came without it"
        return replace(memory, key=None), [RejectedRecord(place, reason)]

    def _write_events(
        self, memory: Memory, events: list[MemoryEvent], record: MemoryRecord
    ) -> None:
        for event in events:
            self.tx.events.add(event)
        if not events:  # every history begins with something
            facts = {"title": memory.content.title, **record.origin}
            self.recorder.add_event(self.tx, memory, EventType.MEMORY_CREATED, facts, actor=ACTOR)

    def _queue_title(self, memory: Memory) -> None:
        """Queue a missing title, as for a new memory; for an archived one only `unarchive` does."""
        if memory.content.title is None and memory.archived_at is None:
            self.tx.jobs.enqueue([title_job(self.clock, memory)])

    def _relationship(self, place: str, link: Relationship) -> ImportOutcome:
        if self.identities is not None:
            from_id, to_id = map(self.identities.memory_id, (link.from_id, link.to_id))
            link = replace(link, from_id=from_id, to_id=to_id)
        if problem := self._problem(link):
            return _refused(place, problem)
        same_id = self.tx.records.relationship(link.id)
        if same_id is not None and _ends(same_id) != _ends(link):
            return _refused(place, f"relationship {link.id} is already here, between others")
        is_new = same_id is None
        if is_new and self.promised is None:
            known = Supersessions(self.recorder).changed_link(
                self.tx, link, actor=ACTOR, imports=True
            )
            with known:
                _, is_new = self.tx.relationships.add(link)
            if is_new:
                self._note(link)
        outcome = Outcome.ADDED if is_new else Outcome.KNOWN
        return Counter({(RecordType.RELATIONSHIPS, outcome): 1}), []

    def _problem(self, link: Relationship) -> str | None:
        """Why a relationship cannot be added, if it cannot."""
        try:
            check_relationship(link)
        except InvalidField as error:
            return str(error)
        for memory_id in (link.from_id, link.to_id):
            if not (self._is_promised(memory_id) or self._is_here(memory_id)):
                return f"there is no memory {memory_id}, neither here nor earlier in the file"
        return None

    def _is_promised(self, memory_id: str) -> bool:
        return self.promised is not None and memory_id in self.promised

    def _is_here(self, memory_id: str) -> bool:
        if memory_id not in self.here:
            self.here[memory_id] = self.tx.records.presence(memory_id) is RecordPresence.HERE
        return self.here[memory_id]

    def _note(self, link: Relationship) -> None:
        """Add the event of a new relationship, unless the memory's imported events have it."""
        if link.from_id not in self.noted:
            events = self.tx.events.list_for(link.from_id) if self.identities is None else []
            mentioned = {event.data.get("relationshipId") for event in events}
            self.noted[link.from_id] = self.tx.memories.get(link.from_id), mentioned
        source, mentioned = self.noted[link.from_id]
        if link.id not in mentioned:
            facts = {"relationshipId": link.id, "toMemoryId": link.to_id, "type": link.type}
            self.recorder.add_event(
                self.tx, source, EventType.RELATIONSHIP_ADDED, facts, actor=ACTOR
            )


def _ends(link: Relationship) -> tuple[str, str, str]:
    return link.from_id, link.to_id, link.type


def _present_version(memory: Memory) -> MemoryVersion:
    return MemoryVersion(memory.id, memory.version, memory.content, memory.updated_at)


def _counts(record: MemoryRecord, outcome: Outcome) -> Counts:
    return Counter(
        {
            (RecordType.MEMORIES, outcome): 1,
            (RecordType.VERSIONS, outcome): len(record.versions),
            (RecordType.EVENTS, outcome): len(record.events),
        }
    )


def _refused(place: str, reason: str) -> ImportOutcome:
    return Counter(), [RejectedRecord(place, reason)]
