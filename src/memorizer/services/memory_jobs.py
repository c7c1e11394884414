"""The jobs of memories, for callers who may see only some of them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from memorizer.domain.errors import NotFound
from memorizer.domain.jobs import Job, Queue
from memorizer.ports.transactions import Database
from memorizer.services.job_memories import JobMemoryLoader, memory_id_of
from memorizer.services.job_progress import JobProgressStream, ProgressUpdate
from memorizer.services.jobs import Jobs


@dataclass(frozen=True, slots=True)
class MemoryJobs:
    """Reads jobs; in a scope only those whose memory belongs to it."""

    database: Database
    jobs: Jobs
    progress: JobProgressStream
    is_scoped: bool = False

    def within(self, database: Database) -> "MemoryJobs":
        """The same on a part of the store."""
        contents = JobMemoryLoader(database)
        return MemoryJobs(
            database,
            replace(self.jobs, contents=contents),
            replace(self.progress, contents=contents),
            is_scoped=True,
        )

    async def get(self, job_id: str, queue: Queue | None = None) -> Job:
        """Return a job. Raises NotFound, QueueUnavailable."""
        job = await self.jobs.get(job_id, queue)
        await self._require_visible(job)
        return job

    async def watch(
        self, job_id: str, queue: Queue | None = None, *, after: int = -1
    ) -> AsyncGenerator[ProgressUpdate | None]:
        """As JobProgressStream.job; ends by NotFound when its memory is not seen any more."""
        async with aclosing(self.progress.job(job_id, queue, after=after)) as updates:
            async for update in updates:
                if update is not None:
                    await self._require_visible(update.job)
                yield update

    async def _require_visible(self, job: Job) -> None:
        if not self.is_scoped:
            return
        memory_id = memory_id_of(job)
        if memory_id is None or not await self._is_visible(memory_id):
            raise NotFound("job", job.id)

    async def _is_visible(self, memory_id: str) -> bool:
        return await self.database.read(
            lambda tx: bool(tx.memories.get_many([memory_id]) or tx.trash.among([memory_id]))
        )
