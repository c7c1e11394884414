"""Memories: create, read, update, revert, archive and delete them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from memorizer.domain.auth import LOCAL_ID
from memorizer.domain.diff import changes, compare
from memorizer.domain.errors import VersionConflict, VersionPurged
from memorizer.domain.keys import parse_key
from memorizer.domain.memories import (
    Content,
    EventType,
    Filter,
    JsonObject,
    Memory,
)
from memorizer.domain.secrets import SecretHandling, handled
from memorizer.domain.workspaces import WorkspaceScope, parse_ref
from memorizer.ports.clock import Clock
from memorizer.ports.memories import Deferred
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.jobs import title_job
from memorizer.services.memory_writer import (
    CreatedMemory,
    MemoryWriter,
    check_version,
    find_place,
    find_repeated,
    idempotency_record,
    require_free_key,
)

Edit = Callable[[Content], Content]
"""From the present content to the wanted one; called again if somebody else wrote meanwhile."""

MAX_ATTEMPTS: Final = 10
"""How often an update without an expected version is tried when others write the same memory."""


@dataclass(frozen=True, slots=True)
class Rekey:
    """Another key for a memory; None takes its key away."""

    key: str | None

    def __post_init__(self) -> None:
        """Check the key. Raises InvalidField."""
        if self.key is not None:
            object.__setattr__(self, "key", parse_key(self.key))


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
    scope: WorkspaceScope = WorkspaceScope.ALL
    """What `database` is bound to."""
    secrets: SecretHandling = SecretHandling.REPORT

    async def create(
        self,
        content: Content,
        *,
        actor: str,
        idempotency_key: str | None = None,
        caller: str = LOCAL_ID,
        key: str | None = None,
        workspace: str | None = None,
        replaces: Sequence[str] = (),
    ) -> CreatedMemory:
        """Store a memory with its version, event, vectors and jobs; durable when this returns.

        `caller` is the id of the token that `idempotency_key` belongs to. `workspace` is an id, a
        path or `unfiled`; without one, it is the only one that may be written into, or none.
        `replaces` are the ids of the memories that it replaces.
        Raises IdempotencyMismatch when this caller used that for other content, InvalidField for a
        `key` that is none, KeyTaken, NotFound, WorkspaceNeeded.
        """
        key = None if key is None else parse_key(key)
        content = handled(content, self.secrets)
        wanted = None if workspace is None else parse_ref(workspace)
        embedded = await self.embedding.try_embed_inline(content)

        def transaction(tx: MemoryTransaction) -> tuple[CreatedMemory, Deferred[str | None] | None]:
            if idempotency_key and (
                first := find_repeated(
                    tx,
                    caller,
                    idempotency_key,
                    content,
                    key=key,
                    workspace=wanted,
                    replaces=replaces,
                )
            ):
                return first, None
            place = find_place(tx, self.scope, wanted)
            duplicate_of = tx.memories.find_duplicate(content.text)
            created = self._writer.insert(
                tx,
                content,
                embedded,
                actor,
                key=key,
                workspace_id=place,
                replaces=replaces,
            )
            if idempotency_key is None:
                return created, duplicate_of
            created = replace(created, duplicate_of=duplicate_of.get())
            tx.idempotency.add(
                idempotency_record(
                    caller,
                    idempotency_key,
                    created.memory,
                    created.title_job_id,
                    created.duplicate_of,
                    workspace=wanted,
                    replaces=replaces,
                )
            )
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

    async def newest(self, memory: Memory) -> Memory | None:
        """Return what replaces a memory now, however often that was replaced in turn.

        None if nothing does that may be seen.
        """

        def transaction(tx: MemoryTransaction) -> Memory | None:
            found, seen = memory, {memory.id}
            while found.supersession and found.supersession.by and found.is_superseded(now):
                known = tx.memories.get_many([found.supersession.by])
                if not known or known[0].id in seen:
                    break
                [found] = known
                seen.add(found.id)
            return None if found.id == memory.id else found

        now = self.clock.now()
        return await self.database.read(transaction)

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
        self,
        memory_id: str,
        edit: Edit,
        *,
        actor: str,
        expected: int | None = None,
        key: Rekey | None = None,
        replaces: Sequence[str] = (),
        pinned: bool | None = None,
    ) -> Memory:
        """Write the edited content as a new version; the same content changes nothing.

        With `expected`, the memory must be at this version. `key` gives it another key or none,
        `replaces` says which memories it replaces and `pinned` pins or unpins it, which makes no
        version. Raises NotFound, VersionConflict, KeyTaken, InvalidField.
        """
        updated = await self._write(
            memory_id,
            lambda _, old: handled(edit(old), self.secrets, old),
            edit_event,
            actor=actor,
            expected=expected,
            key=key,
            replaces=replaces,
            pinned=pinned,
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

        return await self._write(memory_id, old_content, event, actor=actor, expected=expected)

    async def archive(self, memory_id: str, *, actor: str) -> Memory:
        """Hide from search and lists that do not ask for archived ones. Raises NotFound.

        An archived memory stays as it is.
        """
        return await self._set_archived(memory_id, self.clock.now(), actor)

    async def unarchive(self, memory_id: str, *, actor: str) -> Memory:
        """Show in search and lists again. Raises NotFound.

        One that is not archived but replaced is so no longer; any other stays as it is.
        """
        return await self._set_archived(memory_id, None, actor)

    async def delete(self, memory_id: str, *, actor: str, expected: int | None = None) -> None:
        """Move to the trash, out of every list, search and count; services/trash.py goes on.

        With `expected`, the memory must be at this version. Raises NotFound, VersionConflict.
        """

        def transaction(tx: MemoryTransaction) -> None:
            self._writer.delete(tx, _get_expected(tx, memory_id, expected), actor)

        await self.database.write(transaction)

    async def _write(
        self,
        memory_id: str,
        wanted: Callable[[MemoryTransaction, Content], Content],
        describe: Callable[[Memory, Content], tuple[EventType, JsonObject]],
        *,
        actor: str,
        expected: int | None,
        key: Rekey | None = None,
        replaces: Sequence[str] = (),
        pinned: bool | None = None,
    ) -> UpdatedMemory:
        def read(tx: MemoryTransaction) -> tuple[Memory, Content]:
            memory = _get_expected(tx, memory_id, expected)
            return memory, wanted(tx, memory.content)

        for attempt in range(1, MAX_ATTEMPTS + 1):
            before, after = await self.database.read(read)
            is_same = (
                after == before.content
                and (key is None or key.key == before.key)
                and pinned in {None, before.is_pinned}
            )
            if is_same and not replaces:
                return UpdatedMemory(before, changed=False)
            try:
                event = describe(before, after)
                memory = await self._change(
                    before,
                    after,
                    event,
                    actor=actor,
                    expected=expected,
                    key=key,
                    replaces=replaces,
                    pinned=pinned,
                )
                return UpdatedMemory(memory, changed=True)
            except VersionConflict:
                # somebody wrote between our read and our write: only the caller's own
                # expectation makes that an error
                if expected is not None or attempt == MAX_ATTEMPTS:
                    raise
        raise AssertionError("the loop returns or raises")

    async def _change(
        self,
        before: Memory,
        after: Content,
        event: tuple[EventType, JsonObject],
        *,
        actor: str,
        expected: int | None,
        key: Rekey | None,
        replaces: Sequence[str],
        pinned: bool | None,
    ) -> Memory:
        is_same = after == before.content
        embedded = None if is_same else await self.embedding.try_embed_inline(after)

        def transaction(tx: MemoryTransaction) -> Memory:
            now = before
            if key is not None or pinned is not None or replaces:
                now = _get_expected(tx, before.id, expected)
            if key is not None:
                now = self._rekey(tx, now, key.key, actor)
            if pinned is not None:
                now = self._pin(tx, now, actor, pinned=pinned)
            self._writer.supersessions.replace(tx, now, replaces, actor=actor)
            if is_same:
                return tx.memories.get(now.id) if replaces else now
            memory, _ = self._writer.change(
                tx, before, after, event, embedded=embedded, actor=actor
            )
            return memory

        return await self.database.write(transaction)

    def _rekey(self, tx: MemoryTransaction, memory: Memory, key: str | None, actor: str) -> Memory:
        if key == memory.key:
            return memory
        if key is not None:
            require_free_key(tx, memory.workspace_id, key)
        tx.memories.set_key(memory.id, key)
        data = {"changes": {"key": {"old": memory.key, "new": key}}}
        self.recorder.add_event(tx, memory, EventType.MEMORY_REKEYED, data, actor=actor)
        return replace(memory, key=key)

    def _pin(self, tx: MemoryTransaction, memory: Memory, actor: str, *, pinned: bool) -> Memory:
        if pinned == memory.is_pinned:
            return memory
        event = EventType.MEMORY_PINNED if pinned else EventType.MEMORY_UNPINNED
        self.recorder.add_event(tx, memory, event, {}, actor=actor)
        return tx.memories.set_pinned(memory.id, self.clock.now() if pinned else None)

    @property
    def _writer(self) -> MemoryWriter:
        return MemoryWriter(self.embedding, self.recorder, self.clock)

    def _reinstate(self, tx: MemoryTransaction, memory: Memory, actor: str) -> Memory:
        return self._writer.supersessions.reinstate(tx, memory, actor=actor)

    async def _set_archived(self, memory_id: str, at: int | None, actor: str) -> Memory:
        event = EventType.MEMORY_RESTORED if at is None else EventType.MEMORY_ARCHIVED

        def transaction(tx: MemoryTransaction) -> Memory:
            memory = tx.memories.get(memory_id)
            if (memory.archived_at is None) == (at is None):
                is_restored = at is None and memory.supersession is not None
                return self._reinstate(tx, memory, actor) if is_restored else memory
            memory = tx.memories.set_archived(memory_id, at)
            if at is None and memory.content.title is None:  # an import left it without
                tx.jobs.enqueue([title_job(self.clock, memory)])
            self.recorder.add_event(tx, memory, event, {}, actor=actor)
            return memory

        return await self.database.write(transaction)


def _get_expected(tx: MemoryTransaction, memory_id: str, expected: int | None) -> Memory:
    """Return the memory. Raises NotFound; VersionConflict if it is not at `expected`."""
    memory = tx.memories.get(memory_id)
    check_version(memory, expected)
    return memory


def edit_event(before: Memory, after: Content) -> tuple[EventType, JsonObject]:
    """Return what kind of edit it was, with enough data to show it as one line."""
    changed = {c.field: {"old": c.old, "new": c.new} for c in changes(before.content, after)}
    if before.content.text == after.text:
        return EventType.METADATA_UPDATED, {"changes": changed}
    diff = compare(before.content, after)
    data = {"added": diff.added, "removed": diff.removed, "changes": changed or None}
    return EventType.CONTENT_UPDATED, data
