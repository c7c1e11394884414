"""Memories by their keys, alone and in batches: what is stored twice is one memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from memorizer.domain.auth import LOCAL_ID
from memorizer.domain.errors import Conflict, InvalidField, KeyTaken, NotFound
from memorizer.domain.keys import parse_key
from memorizer.domain.memories import Content, Filter, Memory
from memorizer.domain.secrets import SecretHandling, handled
from memorizer.domain.workspaces import WorkspaceScope, parse_ref
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.jobs import bulk_job, embedding_job
from memorizer.services.memories import edit_event
from memorizer.services.memory_writer import (
    MemoryWriter,
    check_version,
    find_place,
    find_repeated,
    idempotency_record,
)
from memorizer.services.supersession import check_replaced

MAX_BATCH: Final = 500
MAX_FOLDERS: Final = 1_000


class StoreOutcome(StrEnum):
    """What storing did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class StoredItem:
    """A memory after it was stored, and the job that writes its missing title.

    `error` says why an item of a batch was not stored; its memory is None then.
    """

    outcome: StoreOutcome
    memory: Memory | None = None
    title_job_id: str | None = None
    duplicate_of: str | None = None
    error: Conflict | NotFound | InvalidField | None = None

    def require(self) -> Memory:
        """Return the memory. Raises the error."""
        if self.memory is None:
            raise self.error or AssertionError("there is a memory or an error")
        return self.memory


@dataclass(frozen=True, slots=True)
class NewItem:
    """What to store: with a key the next version of that memory, if there is one.

    `expected`: the version that the memory must have; 0: it must not exist.
    """

    content: Content
    key: str | None = None
    expected: int | None = None
    workspace: str | None = None
    """The id or path of its workspace, or `unfiled`; None: the only one there may be."""
    replaces: tuple[str, ...] = ()
    """Ids of the memories that it replaces."""

    def __post_init__(self) -> None:
        """Check the key. Raises InvalidField."""
        if self.key is not None:
            object.__setattr__(self, "key", parse_key(self.key))


@dataclass(frozen=True, slots=True)
class KeyedMemories:
    """Reads, writes and deletes memories by key; a key names one live memory in a workspace."""

    database: Database
    embedding: Embedding
    recorder: ChangeRecorder
    clock: Clock
    scope: WorkspaceScope = WorkspaceScope.ALL
    """What `database` is bound to; a `workspace` is an id, a path or `unfiled` in it."""
    secrets: SecretHandling = SecretHandling.REPORT

    async def get(self, key: str, workspace: str | None = None) -> Memory:
        """Return the memory with this key. Raises InvalidField, NotFound."""
        wanted = parse_key(key)
        return await self.database.read(
            lambda tx: _get(tx, wanted, self._readable_place(tx, workspace))
        )

    async def folders(self, filter_: Filter) -> list[tuple[str, int]]:
        """Return the folders directly below the filter's prefix, with the memories below each."""
        return await self.database.read(lambda tx: tx.memories.folders(filter_, limit=MAX_FOLDERS))

    async def put(self, item: NewItem, *, actor: str, workspace: str | None = None) -> StoredItem:
        """Create the memory with this key, or write its next version; equal content: neither.

        A title that is not given stays while the text is the same. However many do this at once,
        there is one memory, with a version after the other. Raises KeyTaken if it must not exist,
        VersionConflict, NotFound if a version is expected and there is no memory.
        """
        item = self._handled(item)
        likely = await self.database.read(
            lambda tx: _find(tx, item, self._place(tx, item.workspace))
        )
        guess = item.content if likely is None else _with_kept_title(item.content, likely.content)
        is_same = likely is not None and likely.content == guess
        embedded = None if is_same else await self.embedding.try_embed_inline(guess)

        def transaction(tx: MemoryTransaction) -> StoredItem:
            place = self._place(tx, item.workspace)
            return self._writer.put(tx, item, (guess, embedded), actor, place)

        return await self.database.write(transaction)

    async def delete(
        self,
        key: str,
        *,
        actor: str,
        expected: int | None = None,
        workspace: str | None = None,
    ) -> None:
        """Move the memory with this key to the trash. Raises NotFound, VersionConflict."""
        wanted = parse_key(key)

        def transaction(tx: MemoryTransaction) -> None:
            memory = _get(tx, wanted, self._place(tx, workspace))
            check_version(memory, expected)
            self._writer.delete(tx, memory, actor)

        await self.database.write(transaction)

    async def store_all(
        self,
        items: Sequence[NewItem],
        *,
        actor: str,
        idempotency_key: str | None = None,
        caller: str = LOCAL_ID,
    ) -> list[StoredItem]:
        """Store up to MAX_BATCH items in one transaction; one job embeds them all.

        An item that conflicts with what is stored fails alone. A repeated `idempotency_key`
        stores items without a key once. Raises IdempotencyMismatch.
        """
        items = list(map(self._handled, items))

        def transaction(tx: MemoryTransaction) -> list[StoredItem]:
            stored = []
            for number, item in enumerate(items):
                repeated = f"{idempotency_key}#{number}" if idempotency_key else None
                once = (caller, repeated) if repeated and item.key is None else None
                stored.append(self._store_one(tx, item, actor, once))
            self._embed(tx, stored)
            return stored

        return await self.database.write(transaction)

    def _handled(self, item: NewItem) -> NewItem:
        """Return the item as it is stored. Raises InvalidField for refused secrets."""
        return replace(item, content=handled(item.content, self.secrets))

    def _place(self, tx: MemoryTransaction, workspace: str | None) -> str | None:
        return find_place(tx, self.scope, None if workspace is None else parse_ref(workspace))

    def _readable_place(self, tx: MemoryTransaction, workspace: str | None) -> str | None:
        if workspace is None and not self.scope.unfiled and len(self.scope.readable) == 1:
            [only] = self.scope.readable
            return tx.workspaces.get(only).id
        return self._place(tx, workspace)

    def _store_one(
        self,
        tx: MemoryTransaction,
        item: NewItem,
        actor: str,
        once: tuple[str, str] | None,
    ) -> StoredItem:
        named = None if item.workspace is None else parse_ref(item.workspace)
        if once is not None and (
            first := find_repeated(tx, *once, item.content, workspace=named, replaces=item.replaces)
        ):
            return StoredItem(
                StoreOutcome.UNCHANGED, first.memory, first.title_job_id, first.duplicate_of
            )
        try:
            place = self._place(tx, item.workspace)
            stored = self._writer.put(tx, item, None, actor, place)
        except (Conflict, NotFound, InvalidField) as error:
            return StoredItem(StoreOutcome.FAILED, error=error)
        if once is not None:
            tx.idempotency.add(
                idempotency_record(
                    *once,
                    stored.require(),
                    stored.title_job_id,
                    stored.duplicate_of,
                    workspace=named,
                    replaces=item.replaces,
                )
            )
        return stored

    def _embed(self, tx: MemoryTransaction, stored: Sequence[StoredItem]) -> None:
        """Queue one job for all that is pending, or, before there is a model, one for each."""
        ids = [
            item.memory.id
            for item in stored
            if item.memory and item.outcome in {StoreOutcome.CREATED, StoreOutcome.UPDATED}
        ]
        ids = list(dict.fromkeys(ids))
        if len(ids) > 1 and tx.models.active() is not None:
            tx.jobs.enqueue([bulk_job(self.clock, ids, {})])
        elif ids:
            tx.jobs.enqueue([embedding_job(self.clock, memory_id) for memory_id in ids])

    @property
    def _writer(self) -> "_KeyedWriter":
        return _KeyedWriter(MemoryWriter(self.embedding, self.recorder, self.clock))


@dataclass(frozen=True, slots=True)
class _KeyedWriter:
    """Writes items inside a transaction."""

    writer: MemoryWriter

    def put(
        self,
        tx: MemoryTransaction,
        item: NewItem,
        computed: tuple[Content, Embedded | None] | None,
        actor: str,
        workspace_id: str | None,
    ) -> StoredItem:
        """Create the memory or its next version, unless nothing changes.

        `computed` holds vectors and the content they are of; None leaves embedding to the caller.
        """
        present = _find(tx, item, workspace_id)
        if present is None:
            return self._create(tx, item, computed, actor, workspace_id)
        _check_expected(present, item)
        wanted = _with_kept_title(item.content, present.content)
        self.writer.supersessions.replace(tx, present, item.replaces, actor=actor)
        if wanted == present.content:
            return StoredItem(StoreOutcome.UNCHANGED, present)
        embedded = computed[1] if computed and computed[0] == wanted else None
        memory, title_job_id = self.writer.change(
            tx,
            present,
            wanted,
            edit_event(present, wanted),
            embedded=embedded,
            actor=actor,
            embeds=computed is not None,
        )
        return StoredItem(StoreOutcome.UPDATED, memory, title_job_id)

    def _create(
        self,
        tx: MemoryTransaction,
        item: NewItem,
        computed: tuple[Content, Embedded | None] | None,
        actor: str,
        workspace_id: str | None,
    ) -> StoredItem:
        if item.expected and item.key is None:
            raise InvalidField("expectedVersion", "needs a key, which names the memory")
        if item.expected:
            raise _no_memory(item.key or "")
        check_replaced(tx, item.replaces)
        duplicate_of = tx.memories.find_duplicate(item.content.text).get()
        created = self.writer.insert(
            tx,
            item.content,
            computed[1] if computed and computed[0] == item.content else None,
            actor,
            key=item.key,
            workspace_id=workspace_id,
            embeds=computed is not None,
            replaces=item.replaces,
        )
        return StoredItem(StoreOutcome.CREATED, created.memory, created.title_job_id, duplicate_of)

    def delete(self, tx: MemoryTransaction, memory: Memory, actor: str) -> None:
        self.writer.delete(tx, memory, actor)


def _check_expected(present: Memory, item: NewItem) -> None:
    """Raise KeyTaken or VersionConflict."""
    if item.expected == 0:
        raise KeyTaken(item.key or "", present.id)
    check_version(present, item.expected)


def _find(tx: MemoryTransaction, item: NewItem, workspace_id: str | None) -> Memory | None:
    return None if item.key is None else tx.memories.find_by_key(workspace_id, item.key)


def _get(tx: MemoryTransaction, key: str, workspace_id: str | None) -> Memory:
    """Return the memory. Raises NotFound."""
    memory = tx.memories.find_by_key(workspace_id, key)
    if memory is None:
        raise _no_memory(key)
    return memory


def _no_memory(key: str) -> NotFound:
    return NotFound("memory with the key", key)


def _with_kept_title(wanted: Content, present: Content) -> Content:
    """Keep a title that a job wrote: it would make every repetition a change."""
    if wanted.title is None and wanted.text == present.text:
        return replace(wanted, title=present.title)
    return wanted
