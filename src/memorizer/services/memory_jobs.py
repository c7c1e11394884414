"""The jobs of memories, for callers who may see only some of them."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from memorizer.domain.errors import NotFound
from memorizer.domain.jobs import INGEST_DOCUMENT, Job, Queue
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.transactions import Database
from memorizer.services.job_memories import JobMemoryLoader, memory_id_of
from memorizer.services.job_progress import JobProgressStream, ProgressUpdate
from memorizer.services.jobs import Jobs


@dataclass(frozen=True, slots=True)
class MemoryJobs:
    """Reads jobs; in a scope only those whose memory or document belongs to it."""

    database: Database
    jobs: Jobs
    progress: JobProgressStream
    scope: WorkspaceScope = WorkspaceScope.ALL

    def within(self, database: Database, scope: WorkspaceScope) -> "MemoryJobs":
        """Return the same on a part of the store."""
        contents = JobMemoryLoader(database)
        return MemoryJobs(
            database,
            replace(self.jobs, contents=contents),
            replace(self.progress, contents=contents),
            scope,
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
        if self.scope.is_all:
            return
        if job.name == INGEST_DOCUMENT:
            await self._require_visible_place(job)
            return
        memory_id = memory_id_of(job)
        if memory_id is None or not await self._is_visible(memory_id):
            raise NotFound("job", job.id)

    async def _require_visible_place(self, job: Job) -> None:
        """Raise NotFound for a document's job whose workspace cannot be seen."""
        place = job.data.get("workspaceId")
        is_seen = (
            await self.database.read(lambda tx: tx.workspaces.exists(place))
            if isinstance(place, str)
            else self.scope.unfiled
        )
        if not is_seen:
            raise NotFound("job", job.id)

    async def _is_visible(self, memory_id: str) -> bool:
        return await self.database.read(
            lambda tx: bool(tx.memories.get_many([memory_id]) or tx.trash.among([memory_id]))
        )
