"""Carrying out proposals and undoing that, inside a transaction.

Undoing restores what was there byte for byte, but for the events that tell of both: a changed
memory is at its earlier version again, what was created goes to the trash.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, cast

from memorizer.domain.errors import (
    ChangeSetMoved,
    InvalidField,
    NotFound,
    ProposalDecided,
    ProposalStale,
)
from memorizer.domain.memories import Content, EventType, JsonObject, Memory
from memorizer.domain.proposals import (
    UNDECIDED,
    Proposal,
    ProposalEdit,
    ProposalKind,
    ProposalState,
    Step,
)
from memorizer.domain.secrets import masked
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.memories import edit_event
from memorizer.services.memory_writer import MemoryWriter

CAPTURED_SOURCE: Final = "capture"

Plan = Mapping[str, tuple[Content, Embedded | None]]
"""By proposal the content to write and its vectors; of undoing, by memory."""


@dataclass(frozen=True, slots=True)
class ChangeSets:
    """Applies proposals to their memories."""

    database: Database
    embedding: Embedding
    recorder: ChangeRecorder
    clock: Clock

    async def prepare(self, proposal_ids: Sequence[str], edit: ProposalEdit) -> Plan:
        """Compute what accepting will write, outside of the transaction.

        Raises NotFound, InvalidField, ProposalStale.
        """

        def transaction(tx: MemoryTransaction) -> dict[str, Content]:
            found: dict[str, Content] = {}
            for id_ in proposal_ids:
                proposal = tx.proposals.get(id_)
                edit.check(proposal)
                if proposal.state not in UNDECIDED:
                    continue  # what is to be said of it, the transaction says
                memories = tx.memories.get_many([each.memory_id for each in proposal.memories])
                content = wanted_content(proposal, edit, memories)
                if content is not None:
                    found[id_] = content
            return found

        return await self._embedded(await self.database.read(transaction))

    async def prepare_undo(self, change_set_id: str) -> Plan:
        """Embed the earlier versions to which undoing will take memories back."""

        def transaction(tx: MemoryTransaction) -> dict[str, Content]:
            found: dict[str, Content] = {}
            for proposal in tx.proposals.of_change_set(change_set_id):
                for step in proposal.steps:
                    if step.did == "changed":
                        with suppress(NotFound):
                            version = tx.versions.get(step.memory_id, int(step.other) - 1)
                            found[step.memory_id] = version.content
            return found

        return await self._embedded(await self.database.read(transaction))

    def apply(
        self,
        tx: MemoryTransaction,
        proposal: Proposal,
        plan: Plan,
        edit: ProposalEdit,
        change_set_id: str,
        *,
        actor: str,
    ) -> None:
        """Carry out one proposal. Raises ProposalStale, ProposalDecided, NotFound."""
        memories = _named(tx, proposal)
        content, embedded = plan.get(proposal.id, (None, None))
        work = _Work(self, tx, actor, [])
        created: str | None = None
        match proposal.kind:
            case ProposalKind.REPLACE if content is None:
                keep = edit.keep or memories[0].id
                [kept] = [each for each in memories if each.id == keep]
                work.replace(kept, [each for each in memories if each.id != keep])
            case ProposalKind.REPLACE | ProposalKind.MERGE | ProposalKind.NEW:
                assert content is not None  # noqa: S101 - prepare computed it for what is open
                new = work.create(content, embedded, proposal.workspace_id)
                created = new.id
                if memories:
                    work.replace(new, memories)
            case ProposalKind.REVIEW if content is None:
                work.archive(memories[0])
            case _:
                assert content is not None  # noqa: S101 - as above
                work.change(memories[0], content, embedded)
        tx.proposals.decide(
            proposal.id,
            ProposalState.ACCEPTED,
            at=self.clock.now(),
            by=actor,
            change_set_id=change_set_id,
            steps=work.steps,
            created_memory_id=created,
        )

    def undo(
        self, tx: MemoryTransaction, proposal: Proposal, embedded: Plan, *, actor: str
    ) -> Proposal:
        """Undo what accepting a proposal did. Raises ChangeSetMoved."""
        work = _Work(self, tx, actor, [])
        for step in reversed(proposal.steps):
            try:
                work.undo(step, embedded)
            except _MovedError as error:
                raise ChangeSetMoved(proposal.change_set_id or "", step.memory_id) from error
        return tx.proposals.decide(
            proposal.id,
            ProposalState.OPEN,
            at=None,
            by=None,
            created_memory_id=proposal.created_memory_id,
        )

    async def _embedded(self, contents: Mapping[str, Content]) -> Plan:
        return {
            id_: (content, await self.embedding.try_embed_inline(content))
            for id_, content in contents.items()
        }


class _MovedError(Exception):
    """A memory was changed since."""


@dataclass(frozen=True, slots=True)
class _Work:
    """The changes of one proposal, each noted as a step."""

    of: ChangeSets
    tx: MemoryTransaction
    actor: str
    steps: list[Step]

    def replace(self, kept: Memory, others: Sequence[Memory]) -> None:
        """Say that one memory replaces the others; it is pinned if one of these was."""
        self._writer.supersessions.replace(
            self.tx, kept, [each.id for each in others], actor=self.actor
        )
        for each in others:
            for link in self.tx.relationships.superseding(each.id):
                if link.from_id == kept.id:
                    self.steps.append(Step("replaced", each.id, link.id))
        if any(each.is_pinned for each in others) and not kept.is_pinned:
            self._pin(kept, self.of.clock.now())
            self.steps.append(Step("pinned", kept.id))

    def create(
        self, content: Content, embedded: Embedded | None, workspace_id: str | None
    ) -> Memory:
        made = self._writer.insert(
            self.tx, content, embedded, self.actor, workspace_id=workspace_id
        )
        self.steps.append(Step("created", made.memory.id))
        return made.memory

    def change(self, before: Memory, after: Content, embedded: Embedded | None) -> None:
        if after == before.content:
            return
        event = edit_event(before, after)
        memory, _ = self._writer.change(
            self.tx, before, after, event, embedded=embedded, actor=self.actor
        )
        self.steps.append(Step("changed", memory.id, str(memory.version)))

    def archive(self, memory: Memory) -> None:
        if memory.archived_at is not None:
            return
        memory = self.tx.memories.set_archived(memory.id, self.of.clock.now())
        self._note(memory, EventType.MEMORY_ARCHIVED)
        self.steps.append(Step("archived", memory.id))

    def undo(self, step: Step, embedded: Plan) -> None:
        """Raise _MovedError."""
        match step.did:
            case "replaced":
                self._reinstate(step.other)
                return
            case "created":
                with suppress(NotFound):  # somebody deleted it meanwhile
                    self._writer.delete(self.tx, self.tx.memories.get(step.memory_id), self.actor)
                return
        try:
            memory = self.tx.memories.get(step.memory_id)
        except NotFound as error:
            raise _MovedError from error
        match step.did:
            case "changed":
                self._put_back(memory, int(step.other), embedded)
            case "archived" if memory.archived_at is not None:
                restored = self.tx.memories.set_archived(memory.id, None)
                self._note(restored, EventType.MEMORY_RESTORED)
            case "pinned" if memory.is_pinned:
                self._pin(memory, None)

    def _reinstate(self, link_id: str) -> None:
        try:
            link = self.tx.relationships.get(link_id)
        except NotFound:  # somebody took it back meanwhile
            return
        with self._writer.supersessions.changed_link(self.tx, link, actor=self.actor):
            self.tx.relationships.remove(link.id)
        self.of.recorder.add_link_event(
            self.tx,
            self.tx.memories.get(link.from_id),
            EventType.RELATIONSHIP_REMOVED,
            link,
            actor=self.actor,
        )

    def _put_back(self, memory: Memory, made: int, embedded: Plan) -> None:
        earlier = self.tx.versions.get(memory.id, made - 1)
        if memory.version != made or earlier.purged_at is not None:
            raise _MovedError
        memory = self.tx.memories.put_back(memory.id, earlier, expected=made)
        self.tx.versions.remove(memory.id, made)
        self.tx.full_text.put(memory)
        content, vectors = embedded.get(memory.id, (None, None))
        is_same = content == earlier.content
        self.of.embedding.store_or_enqueue(self.tx, memory, vectors if is_same else None)
        self._note(memory, EventType.CHANGE_UNDONE, undone=made)

    def _pin(self, memory: Memory, at: int | None) -> None:
        pinned = self.tx.memories.set_pinned(memory.id, at)
        self._note(pinned, EventType.MEMORY_UNPINNED if at is None else EventType.MEMORY_PINNED)

    def _note(self, memory: Memory, event: EventType, **data: object) -> None:
        self.of.recorder.add_event(self.tx, memory, event, data, actor=self.actor)

    @property
    def _writer(self) -> MemoryWriter:
        return MemoryWriter(self.of.embedding, self.of.recorder, self.of.clock)


def _named(tx: MemoryTransaction, proposal: Proposal) -> list[Memory]:
    """Return the memories that a proposal names. Raises ProposalStale, ProposalDecided.

    They are locked in the order of their ids.
    """
    memories: dict[str, Memory] = {}
    moved = []
    for id_, version in sorted(proposal.memories):
        with suppress(NotFound):
            memories[id_] = tx.memories.get(id_)
        if id_ not in memories or memories[id_].version != version:
            moved.append(id_)
    if proposal.state not in {*UNDECIDED, ProposalState.STALE}:
        raise ProposalDecided(proposal.id, proposal.state)
    if moved or proposal.state is ProposalState.STALE:
        raise ProposalStale(proposal.id, moved)
    return [memories[each.memory_id] for each in proposal.memories]


def wanted_content(
    proposal: Proposal, edit: ProposalEdit, memories: Sequence[Memory]
) -> Content | None:
    """Return the content that accepting writes; None if it writes none.

    `memories` are those of the proposal that still exist. Raises InvalidField.
    """
    said = proposal.suggestion
    if proposal.kind is ProposalKind.NEW:
        return _edited(_captured(said), edit)
    if not memories or _archives(proposal, edit):
        return None
    base = memories[0].content
    match proposal.kind:
        case ProposalKind.MERGE | ProposalKind.REPLACE:
            return _merged(proposal, edit, memories)
        case ProposalKind.RETITLE:
            base = replace(base, title=str(said["title"]))
        case ProposalKind.RETAG:
            base = replace(base, tags=tuple(cast("Sequence[str]", said["tags"])))
        case ProposalKind.SECRETS:
            title = None if base.title is None else masked(base.title)
            base = replace(base, text=masked(base.text), title=title)
        case _:
            base = replace(base, times=replace(base.times, review_at=edit.review_at))
    return _edited(base, edit)


def _captured(said: JsonObject) -> Content:
    return Content(
        str(said["text"]),
        str(said.get("type", "note")),
        cast("str | None", said.get("title")),
        CAPTURED_SOURCE,
        tuple(cast("Sequence[str]", said.get("tags", ()))),
    )


def _archives(proposal: Proposal, edit: ProposalEdit) -> bool:
    if proposal.kind is not ProposalKind.REVIEW:
        return False
    if edit.archive is not None:
        return edit.archive
    return edit.review_at is None and bool(proposal.suggestion.get("archive"))


def _merged(proposal: Proposal, edit: ProposalEdit, memories: Sequence[Memory]) -> Content | None:
    text = edit.text if edit.text is not None else proposal.suggestion.get("text")
    if text is None:
        if edit.title is not None or edit.tags is not None:
            raise InvalidField("text", "is needed with a title or tags: they are of a new memory")
        return None
    kept = next((each for each in memories if each.id == edit.keep), memories[0]).content
    tags = tuple(tag for each in memories for tag in each.content.tags)[:50]
    title = proposal.suggestion.get("title") or kept.title
    merged = replace(kept, text=str(text), title=None if title is None else str(title), tags=tags)
    return _edited(merged, replace(edit, text=None))


def _edited(content: Content, edit: ProposalEdit) -> Content:
    given = {
        name: value for name, value in edit.given().items() if name in {"text", "title", "tags"}
    }
    return replace(content, **given)  # type: ignore[arg-type]  # the fields of ProposalEdit
