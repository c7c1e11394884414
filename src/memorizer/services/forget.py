"""Putting memories out of sight: archiving, restoring, deleting."""

from dataclasses import dataclass

from memorizer.domain.errors import VersionConflict
from memorizer.domain.memories import EventType, Memory
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.history import ChangeRecorder
from memorizer.services.job_factory import title_job


@dataclass(frozen=True, slots=True)
class ArchiveMemory:
    """Archives, restores and deletes memories."""

    database: Database
    history: ChangeRecorder
    clock: Clock

    async def archive(self, memory_id: str, *, actor: str) -> Memory:
        """Hide from search and lists unless asked for; an archived one stays as it is."""
        return await self._set_archived(memory_id, self.clock.now(), actor)

    async def unarchive(self, memory_id: str, *, actor: str) -> Memory:
        """Bring back from the archive; a live one stays as it is."""
        return await self._set_archived(memory_id, None, actor)

    async def delete(self, memory_id: str, *, actor: str, expected: int | None = None) -> None:
        """Move to the trash: out of every list, search and count. services/trash.py goes on.

        With `expected`, the memory must be at this version. Raises NotFound, VersionConflict.
        """

        def work(tx: Transaction) -> None:
            memory = tx.memories.get(memory_id)
            if expected is not None and memory.version != expected:
                raise VersionConflict(memory_id, expected, memory.version)
            self.history.add_event(tx, memory, EventType.MEMORY_DELETED, {}, actor=actor)
            tx.full_text.remove(memory_id)
            tx.vectors.remove(memory_id)
            tx.memories.soft_delete(memory_id, self.clock.now())

        await self.database.write(work)

    async def _set_archived(self, memory_id: str, at: int | None, actor: str) -> Memory:
        event = EventType.MEMORY_RESTORED if at is None else EventType.MEMORY_ARCHIVED

        def work(tx: Transaction) -> Memory:
            memory = tx.memories.get(memory_id)
            if (memory.archived_at is None) == (at is None):
                return memory
            memory = tx.memories.set_archived(memory_id, at)
            if at is None and memory.content.title is None:  # an import left it without
                tx.jobs.enqueue([title_job(self.clock, memory)])
            self.history.add_event(tx, memory, event, {}, actor=actor)
            return memory

        return await self.database.write(work)
