"""What was deleted: looking at it, bringing it back, and letting it go for ever."""

from dataclasses import dataclass, replace
from typing import Final

from memorizer.domain.errors import NotFound
from memorizer.domain.memories import EventType, Memory, TrashCursor, TrashedMemory
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import Embedded, Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.jobs import title_job

BATCH: Final = 50
"""Memories that leave in one transaction; each takes its whole past along."""


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
        """Deleted last comes first, and the place from where the next page goes on."""
        found = await self.database.read(lambda tx: tx.trash.page(before=before, limit=limit + 1))
        page = found[:limit]
        is_more = len(found) > limit
        return page, TrashCursor(page[-1].at, page[-1].memory.id) if is_more else None

    async def count(self) -> int:
        """How many are in it."""
        return await self.database.read(lambda tx: tx.trash.count())

    async def restore(self, memory_id: str, *, actor: str) -> Memory:
        """Bring a memory back as it was, with its past and its relationships.

        A live one stays as it is, so that doing it twice is doing it once. Raises NotFound.
        """
        before = await self.database.read(lambda tx: _find(tx, memory_id))
        if not isinstance(before, TrashedMemory):
            return before
        embedded = await self.embedding.try_embed_inline(before.memory.content)

        def work(tx: MemoryTransaction) -> Memory:
            now = _find(tx, memory_id)
            if not isinstance(now, TrashedMemory):
                return now
            is_same = now.memory.version == before.memory.version
            return self._bring_back(tx, memory_id, embedded if is_same else None, actor)

        return await self.database.write(work)

    async def purge(self, memory_id: str) -> None:
        """Delete one for ever. Raises NotFound when it is not in the trash."""

        def work(tx: MemoryTransaction) -> None:
            tx.trash.get(memory_id)
            _purge(tx, [memory_id])

        await self.database.write(work)

    async def empty(self) -> int:
        """Delete for ever what is in the trash now; how many."""
        return await self._purge_until(self.clock.now())

    async def purge_old(self) -> int:
        """Delete for ever what has been in the trash long enough; how many."""
        return await self._purge_until(self.clock.now() - self.age_ms)

    async def _purge_until(self, at: int) -> int:
        def work(tx: MemoryTransaction) -> int:
            return _purge(tx, tx.trash.oldest(until=at, limit=BATCH))

        purged = 0
        while gone := await self.database.write(work):
            purged += gone
        return purged

    def _bring_back(
        self, tx: MemoryTransaction, memory_id: str, embedded: Embedded | None, actor: str
    ) -> Memory:
        memory = tx.trash.untrash(memory_id)
        tx.full_text.put(memory)
        status = self.embedding.store_or_enqueue(tx, memory, embedded)
        if memory.content.title is None:  # a job that came to write it found nothing
            tx.jobs.enqueue([title_job(self.clock, memory)])
        data = {"from": "trash"}
        self.recorder.add_event(tx, memory, EventType.MEMORY_RESTORED, data, actor=actor)
        return replace(memory, embedding_status=status)


def _find(tx: MemoryTransaction, memory_id: str) -> TrashedMemory | Memory:
    """Where it is now. Raises NotFound when it is gone for ever."""
    try:
        return tx.trash.get(memory_id)
    except NotFound:
        return tx.memories.get(memory_id)


def _purge(tx: MemoryTransaction, ids: list[str]) -> int:
    for memory_id in ids:
        tx.full_text.remove(memory_id)
        tx.idempotency.delete_for_memory(memory_id)
    return tx.trash.purge(ids) if ids else 0
