"""Deleted memories: listing, untrashing and purging them."""

from dataclasses import dataclass, replace
from typing import Final

from memorizer.domain.errors import NotFound
from memorizer.domain.memories import EventType, Memory, TrashCursor, TrashedMemory
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.jobs import title_job
from memorizer.services.supersession import Supersessions

BATCH: Final = 50
"""Memories purged in one transaction, each with its whole history."""


@dataclass(frozen=True, slots=True)
class Untrashed:
    """A live memory, and the key it lost because another one has it now."""

    memory: Memory
    lost_key: str | None = None


@dataclass(frozen=True, slots=True)
class Trash:
    """Keeps deleted memories for `age_ms`."""

    database: Database
    embedding: Embedding
    recorder: ChangeRecorder
    clock: Clock
    age_ms: int

    async def page(
        self, *, before: TrashCursor | None, limit: int
    ) -> tuple[list[TrashedMemory], TrashCursor | None]:
        """Return the memories in the trash, last deleted first, and the next page's cursor."""
        found = await self.database.read(lambda tx: tx.trash.page(before=before, limit=limit + 1))
        page = found[:limit]
        is_more = len(found) > limit
        return page, TrashCursor(page[-1].at, page[-1].memory.id) if is_more else None

    async def count(self) -> int:
        """Return the number of memories in the trash."""
        return await self.database.read(lambda tx: tx.trash.count())

    async def untrash(self, memory_id: str, *, actor: str) -> Untrashed:
        """Take a memory out of the trash as it was, with its history and relationships.

        A key that another memory has got meanwhile is lost; answer and event say so. A live
        memory stays as it is. Raises NotFound.
        """
        before = await self.database.read(lambda tx: _find(tx, memory_id))
        if not isinstance(before, TrashedMemory):
            return Untrashed(before)
        embedded = await self.embedding.try_embed_inline(before.memory.content)

        def transaction(tx: MemoryTransaction) -> Untrashed:
            now = _find(tx, memory_id)
            if not isinstance(now, TrashedMemory):
                return Untrashed(now)
            is_same = now.memory.version == before.memory.version
            return self._untrash(tx, memory_id, embedded if is_same else None, actor)

        return await self.database.write(transaction)

    async def purge(self, memory_id: str) -> None:
        """Delete one for good. Raises NotFound when it is not in the trash."""

        def transaction(tx: MemoryTransaction) -> None:
            tx.trash.get(memory_id)
            _purge(tx, [memory_id])

        await self.database.write(transaction)

    async def empty(self) -> int:
        """Permanently delete what is in the trash now. Return the number of memories deleted."""
        return await self._purge_until(self.clock.now())

    async def purge_old(self) -> int:
        """Permanently delete what has been in the trash for `age_ms`. Return the number deleted."""
        return await self._purge_until(self.clock.now() - self.age_ms)

    async def _purge_until(self, at: int) -> int:
        def transaction(tx: MemoryTransaction) -> int:
            return _purge(tx, tx.trash.oldest(until=at, limit=BATCH))

        purged = 0
        while gone := await self.database.write(transaction):
            purged += gone
        return purged

    def _untrash(
        self, tx: MemoryTransaction, memory_id: str, embedded: Embedded | None, actor: str
    ) -> Untrashed:
        lost = _release_taken_key(tx, tx.trash.get(memory_id).memory)
        with Supersessions(self.recorder).changed_memory(tx, memory_id, actor=actor):
            memory = tx.trash.untrash(memory_id)
        tx.full_text.put(memory)
        status = self.embedding.store_or_enqueue(tx, memory, embedded)
        if memory.content.title is None:  # a job that came to write it found nothing
            tx.jobs.enqueue([title_job(self.clock, memory)])
        data = {"from": "trash", "lostKey": lost}
        self.recorder.add_event(tx, memory, EventType.MEMORY_RESTORED, data, actor=actor)
        return Untrashed(replace(memory, embedding_status=status), lost)


def _find(tx: MemoryTransaction, memory_id: str) -> TrashedMemory | Memory:
    """Return the memory, trashed or live. Raises NotFound."""
    try:
        return tx.trash.get(memory_id)
    except NotFound:
        return tx.memories.get(memory_id)


def _release_taken_key(tx: MemoryTransaction, memory: Memory) -> str | None:
    """Take away and return a key that another memory has now."""
    if memory.key is None or not tx.memories.find_by_key(memory.workspace_id, memory.key):
        return None
    tx.memories.set_key(memory.id, None)
    return memory.key


def _purge(tx: MemoryTransaction, ids: list[str]) -> int:
    for memory_id in ids:
        tx.full_text.remove(memory_id)
        tx.idempotency.delete_for_memory(memory_id)
    tx.proposals.forget(ids)
    return tx.trash.purge(ids) if ids else 0
