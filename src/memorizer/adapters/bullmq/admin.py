"""What an administrator does with jobs on Redis: cancel, retry, remove, clean, pause."""

from collections.abc import Mapping, Sequence
from typing import Final

from memorizer.adapters.bullmq.cancellation import Cancellation
from memorizer.adapters.bullmq.job_reader import BullmqJobReader
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.domain.errors import AlreadyRunning, NotFound
from memorizer.domain.jobs import PUBLIC_QUEUES, Action, Job, JobState, Queue, require
from memorizer.ports.transactions import Database, Transaction

BATCH_JOBS: Final = 500


class BullmqAdmin:
    """Implements the administrator's part of ports.job_queue.JobQueue."""

    def __init__(
        self,
        queues: Mapping[Queue, Transitions],
        *,
        job_reader: BullmqJobReader,
        cancellation: Cancellation,
        database: Database,
    ) -> None:
        self._queues = queues
        self._job_reader = job_reader
        self._cancellation = cancellation
        self._database = database

    async def cancel(self, job_id: str) -> Job:
        return await self._cancellation.cancel(job_id)

    async def retry(self, job_id: str) -> Job:
        job = await self._job_reader.get(job_id)
        require(Action.RETRY, job.state)
        transitions = self._queues[job.queue]
        if not (holders := await self._reopen(transitions, [job_id])):
            raise NotFound("job", job_id)
        if holders[job_id] != job_id:
            raise AlreadyRunning(holders[job_id])
        await transitions.retry([job_id], job.state)
        return await self._job_reader.get(job_id)

    async def retry_failed(self, queue: Queue | None) -> list[str]:
        retried: list[str] = []
        for each in [queue] if queue else PUBLIC_QUEUES:
            transitions = self._queues[each]
            failed = await transitions.list_failed()
            for start in range(0, len(failed), BATCH_JOBS):
                retried += await self._retry_batch(transitions, failed[start : start + BATCH_JOBS])
        return retried

    async def _retry_batch(self, transitions: Transitions, job_ids: Sequence[str]) -> list[str]:
        """Retry those still failed whose work no other unfinished job does; return their ids."""
        holders = await self._reopen(transitions, await transitions.still_failed(job_ids))
        mine = [job_id for job_id, holder in holders.items() if holder == job_id]
        retried = await transitions.retry(mine, JobState.FAILED)
        return [job_id for job_id in mine if job_id in retried]

    async def _reopen(self, transitions: Transitions, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Put jobs into the outbox again.

        Return, by job id, the id of the unfinished job that does the work: itself, or the one
        that holds the same unique key. Jobs that are gone are missing.
        """
        jobs = await transitions.list_enqueued(job_ids)
        if not jobs:
            return {}
        return await self._database.write(
            lambda tx: {job.id: tx.outbox.reopen(job) for job in jobs}
        )

    async def remove(self, job_id: str) -> None:
        job = await self._job_reader.get(job_id)
        require(Action.REMOVE, job.state)
        await self._queues[job.queue].remove(job_id)
        await self._delete_records([job_id])

    async def clean(self, finished_before: int, queue: Queue | None = None) -> int:
        removed = 0
        for each in [queue] if queue else PUBLIC_QUEUES:
            while gone := await self._queues[each].clean(finished_before, BATCH_JOBS):
                await self._delete_records(gone)
                removed += len(gone)
        return removed

    async def _delete_records(self, job_ids: Sequence[str]) -> None:
        """Delete outbox entries and item counts of removed jobs."""

        def work(tx: Transaction) -> None:
            for job_id in job_ids:
                tx.batches.clear(job_id)
            tx.outbox.drop(job_ids)

        await self._database.write(work)

    async def pause(self, queue: Queue, *, paused: bool) -> None:
        await self._queues[queue].pause(paused=paused)
