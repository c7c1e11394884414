"""Memories: create, read, update, revert, archive and delete them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from json import dumps
from typing import Final

from memorizer.domain.auth import LOCAL_ID
from memorizer.domain.diff import changes, compare
from memorizer.domain.errors import IdempotencyMismatch, VersionConflict, VersionPurged
from memorizer.domain.memories import (
    Content,
    EmbeddingStatus,
    EventType,
    Filter,
    IdempotencyRecord,
    JsonObject,
    Memory,
)
from memorizer.ports.clock import Clock
from memorizer.ports.memories import Deferred
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.jobs import title_job

Edit = Callable[[Content], Content]
"""From the present content to the wanted one; called again if somebody else wrote meanwhile."""

MAX_ATTEMPTS: Final = 10
"""How often an update without an expected version is tried when others write the same memory."""


@dataclass(frozen=True, slots=True)
class CreatedMemory:
    """A new memory and the job that will write its title, if it came without one."""

    memory: Memory
    title_job_id: str | None
    duplicate_of: str | None = None
    """The oldest live memory that has exactly this text already."""
    repeated: bool = False
    """Whether this answers a request that was already carried out."""


@dataclass(frozen=True, slots=True)
class UpdatedMemory:
    """A memory after an update; `changed` is False if it had the wanted content already."""

    memory: Memory
    changed: bool


@dataclass(frozen=True, slots=True)
class MemoryService:
    """Creates, reads and changes memories, each change with its version and event."""

    database: Database
    embedding: Embedding
    recorder: ChangeRecorder
    clock: Clock

    async def create(
        self,
        content: Content,
        *,
        actor: str,
        idempotency_key: str | None = None,
        caller: str = LOCAL_ID,
    ) -> CreatedMemory:
        """Store a memory with its version, event, vectors and jobs; durable when this returns.

        `caller` is the id of the token that `idempotency_key` belongs to. Raises
        IdempotencyMismatch when this caller used the key for other content.
        """
        embedded = await self.embedding.try_embed_inline(content)

        def transaction(tx: MemoryTransaction) -> tuple[CreatedMemory, Deferred[str | None] | None]:
            if idempotency_key and (record := tx.idempotency.find(caller, idempotency_key)):
                return _repeat(tx, record, content), None
            duplicate_of = tx.memories.find_duplicate(content.text)
            created = self._insert(tx, content, embedded, actor)
            if idempotency_key is None:
                return created, duplicate_of
            created = replace(created, duplicate_of=duplicate_of.get())
            tx.idempotency.add(_idempotency_record(caller, idempotency_key, created))
            return created, None

        created, duplicate_of = await self.database.insert(transaction)
        return (
            created if duplicate_of is None else replace(created, duplicate_of=duplicate_of.get())
        )

    async def get(self, memory_id: str) -> Memory:
        """Return a live memory. Raises NotFound."""
        return await self.database.read(lambda tx: tx.memories.get(memory_id))

    async def get_many(self, ids: Sequence[str]) -> list[Memory]:
        """Return those that exist, in the order of `ids`."""
        return await self.database.read(lambda tx: tx.memories.get_many(ids))

    async def page(
        self, filter_: Filter, *, before: str | None, limit: int
    ) -> tuple[list[Memory], str | None]:
        """Return memories with ids below `before`, newest first, and the next page's cursor."""
        found = await self.database.read(
            lambda tx: tx.memories.page(filter_, before=before, limit=limit + 1)
        )
        page = found[:limit]
        return page, page[-1].id if len(found) > limit else None

    async def update(
        self, memory_id: str, edit: Edit, *, actor: str, expected: int | None = None
    ) -> Memory:
        """Write the edited content as a new version; the same content changes nothing.

        With `expected`, the memory must be at this version. Raises NotFound, VersionConflict.
        """
        updated = await self._write(
            memory_id, lambda _, old: edit(old), _edit_event, actor, expected
        )
        return updated.memory

    async def revert(
        self, memory_id: str, version: int, *, actor: str, expected: int | None = None
    ) -> UpdatedMemory:
        """Write an old version's content as the newest version; no version is removed.

        Raises NotFound, VersionConflict, VersionPurged.
        """

        def old_content(tx: MemoryTransaction, _: Content) -> Content:
            found = tx.versions.get(memory_id, version)
            if found.purged_at is not None:
                raise VersionPurged(memory_id, version)
            return found.content

        def event(before: Memory, _: Content) -> tuple[EventType, JsonObject]:
            return EventType.MEMORY_REVERTED, {"from": before.version, "to": version}

        return await self._write(memory_id, old_content, event, actor, expected)

    async def archive(self, memory_id: str, *, actor: str) -> Memory:
        """Hide from search and lists that do not ask for archived ones. Raises NotFound.

        An archived memory stays as it is.
        """
        return await self._set_archived(memory_id, self.clock.now(), actor)

    async def unarchive(self, memory_id: str, *, actor: str) -> Memory:
        """Show in search and lists again. Raises NotFound.

        A memory that is not archived stays as it is.
        """
        return await self._set_archived(memory_id, None, actor)

    async def delete(self, memory_id: str, *, actor: str, expected: int | None = None) -> None:
        """Move to the trash, out of every list, search and count; services/trash.py goes on.

        With `expected`, the memory must be at this version. Raises NotFound, VersionConflict.
        """

        def transaction(tx: MemoryTransaction) -> None:
            memory = _get_expected(tx, memory_id, expected)
            self.recorder.add_event(tx, memory, EventType.MEMORY_DELETED, {}, actor=actor)
            tx.full_text.remove(memory_id)
            tx.vectors.remove(memory_id)
            tx.memories.soft_delete(memory_id, self.clock.now())

        await self.database.write(transaction)

    def _insert(
        self, tx: MemoryTransaction, content: Content, embedded: Embedded | None, actor: str
    ) -> CreatedMemory:
        likely = EmbeddingStatus.PENDING if embedded is None else EmbeddingStatus.READY
        memory = self.recorder.create(tx, content, actor=actor, status=likely)
        status = self.embedding.store_or_enqueue(tx, memory, embedded)
        memory = replace(memory, embedding_status=status)
        if content.title is not None:
            return CreatedMemory(memory, None)
        [job_id] = tx.jobs.enqueue([title_job(self.clock, memory)])
        return CreatedMemory(memory, job_id)

    async def _write(
        self,
        memory_id: str,
        wanted: Callable[[MemoryTransaction, Content], Content],
        describe: Callable[[Memory, Content], tuple[EventType, JsonObject]],
        actor: str,
        expected: int | None,
    ) -> UpdatedMemory:
        def read(tx: MemoryTransaction) -> tuple[Memory, Content]:
            memory = _get_expected(tx, memory_id, expected)
            return memory, wanted(tx, memory.content)

        for attempt in range(1, MAX_ATTEMPTS + 1):
            before, after = await self.database.read(read)
            if after == before.content:
                return UpdatedMemory(before, changed=False)
            try:
                memory = await self._change(before, after, describe(before, after), actor)
                return UpdatedMemory(memory, changed=True)
            except VersionConflict:
                # somebody wrote between our read and our write: only the caller's own
                # expectation makes that an error
                if expected is not None or attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("the loop returns or raises")

    async def _change(
        self, before: Memory, after: Content, event: tuple[EventType, JsonObject], actor: str
    ) -> Memory:
        embedded = await self.embedding.try_embed_inline(after)

        def transaction(tx: MemoryTransaction) -> Memory:
            memory = self.recorder.save_version(tx, before, after, *event, actor=actor)
            status = self.embedding.store_or_enqueue(tx, memory, embedded)
            if after.title is None:
                tx.jobs.enqueue([title_job(self.clock, memory)])
            return replace(memory, embedding_status=status)

        return await self.database.write(transaction)

    async def _set_archived(self, memory_id: str, at: int | None, actor: str) -> Memory:
        event = EventType.MEMORY_RESTORED if at is None else EventType.MEMORY_ARCHIVED

        def transaction(tx: MemoryTransaction) -> Memory:
            memory = tx.memories.get(memory_id)
            if (memory.archived_at is None) == (at is None):
                return memory
            memory = tx.memories.set_archived(memory_id, at)
            if at is None and memory.content.title is None:  # an import left it without
                tx.jobs.enqueue([title_job(self.clock, memory)])
            self.recorder.add_event(tx, memory, event, {}, actor=actor)
            return memory

        return await self.database.write(transaction)


def _get_expected(tx: MemoryTransaction, memory_id: str, expected: int | None) -> Memory:
    """Return the memory. Raises NotFound; VersionConflict if it is not at `expected`."""
    memory = tx.memories.get(memory_id)
    if expected is not None and memory.version != expected:
        raise VersionConflict(memory_id, expected, memory.version)
    return memory


def _edit_event(before: Memory, after: Content) -> tuple[EventType, JsonObject]:
    """What kind of edit it was, with enough data to show it as one line."""
    fields = {c.field: {"old": c.old, "new": c.new} for c in changes(before.content, after)}
    if before.content.text == after.text:
        return EventType.METADATA_UPDATED, {"changes": fields}
    diff = compare(before.content, after)
    data = {"added": diff.added, "removed": diff.removed, "changes": fields or None}
    return EventType.CONTENT_UPDATED, data


def _idempotency_record(caller: str, key: str, created: CreatedMemory) -> IdempotencyRecord:
    memory = created.memory
    return IdempotencyRecord(
        caller,
        key,
        _fingerprint(memory.content),
        memory.id,
        memory.embedding_status,
        created.title_job_id,
        memory.created_at,
        created.duplicate_of,
    )


def _repeat(tx: MemoryTransaction, record: IdempotencyRecord, content: Content) -> CreatedMemory:
    """The answer to the first request with this key. Raises IdempotencyMismatch."""
    if record.fingerprint != _fingerprint(content):
        raise IdempotencyMismatch
    first = tx.versions.get(record.memory_id, 1)
    memory = Memory(
        record.memory_id,
        first.content,
        1,
        first.at,
        first.at,
        embedding_status=record.embedding_status,
    )
    return CreatedMemory(memory, record.title_job_id, record.duplicate_of, repeated=True)


def _fingerprint(content: Content) -> str:
    return hashlib.sha256(dumps(asdict(content), sort_keys=True).encode()).hexdigest()
