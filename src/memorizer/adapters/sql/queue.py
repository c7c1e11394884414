"""The job queue on a database: each call is one transaction."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from memorizer.adapters.sql.job_transaction import JobDatabase, JobTransaction
from memorizer.domain.errors import LeaseLost
from memorizer.domain.job_groups import JobGroup
from memorizer.domain.jobs import (
    PUBLIC_QUEUES,
    BulkProgress,
    Claim,
    Job,
    JobFailure,
    JobState,
    Lease,
    MinuteCount,
    Queue,
    QueueCounts,
    StopRequests,
    WorkerRecord,
)
from memorizer.ports.job_queue import Effect

JOBS_PER_TRANSACTION: Final = 1_000
"""Jobs removed or retried in one transaction: other writers wait for its end."""


class DatabaseJobQueue:
    """Implements ports.job_queue.JobQueue and JobReader."""

    def __init__(self, database: JobDatabase) -> None:
        self._database = database

    async def check_available(self) -> None:
        """Nothing to check: a database that fails raises by itself."""

    async def check(self) -> str | None:
        return None

    async def claim(self, worker_id: str, queue: Queue, limit: int) -> list[Claim]:
        if not await self._database.read(lambda tx: tx.job_reader.is_ready(queue)):
            return []
        return await self._database.write(lambda tx: tx.job_consumer.claim(worker_id, queue, limit))

    async def heartbeat(self, worker: WorkerRecord, leases: Sequence[Lease]) -> StopRequests:
        def transaction(tx: JobTransaction) -> StopRequests:
            tx.workers.heartbeat(worker)
            tx.job_consumer.extend(leases)
            return tx.job_consumer.stop_requests(leases)

        return await self._database.write(transaction)

    async def stop_requests(self, leases: Sequence[Lease]) -> StopRequests:
        return await self._database.read(lambda tx: tx.job_consumer.stop_requests(leases))

    async def report(self, lease: Lease, progress: int, items: BulkProgress | None = None) -> None:
        await self._database.write(lambda tx: tx.job_consumer.report(lease, progress, items))

    async def complete(self, lease: Lease, effect: Effect) -> None:
        def transaction(tx: JobTransaction) -> None:
            result = effect(tx)
            tx.job_consumer.complete(lease, result, tx.batches.items(lease.job_id))

        await self._database.write(transaction)

    async def fail(self, lease: Lease, error: str, retry_after_ms: int | None) -> None:
        await self._database.write(lambda tx: tx.job_consumer.fail(lease, error, retry_after_ms))

    async def mark_cancelled(self, lease: Lease) -> None:
        await self._database.write(lambda tx: tx.job_consumer.mark_cancelled(lease))

    async def release(self, leases: Sequence[Lease]) -> None:
        def transaction(tx: JobTransaction) -> None:
            for lease in leases:
                with suppress(LeaseLost):  # rescued by another worker already
                    tx.job_consumer.release(lease)

        await self._database.write(transaction)

    async def rescue(self, dead_workers: Sequence[str]) -> int:
        return await self._database.write(lambda tx: tx.job_consumer.rescue(dead_workers))

    async def deregister_worker(self, worker_id: str) -> None:
        await self._database.write(lambda tx: tx.workers.remove(worker_id))

    async def cancel(self, job_id: str) -> Job:
        return await self._database.write(lambda tx: tx.job_admin.cancel(job_id))

    async def retry(self, job_id: str) -> Job:
        return await self._database.write(lambda tx: tx.job_admin.retry(job_id))

    async def retry_failed(self, queue: Queue | None) -> list[str]:
        retried: list[str] = []
        for each in [queue] if queue else PUBLIC_QUEUES:
            after = 0
            while until := await self._database.read(partial(_last_failed, each, after)):
                retried += await self._database.write(partial(_retry_failed, each, after, until))
                after = until
        return retried

    async def remove(self, job_id: str) -> None:
        await self._database.write(lambda tx: tx.job_admin.remove(job_id))

    async def clean(self, finished_before: int, queue: Queue | None = None) -> int:
        removed = 0
        while gone := await self._database.write(
            lambda tx: tx.job_admin.clean(finished_before, queue, JOBS_PER_TRANSACTION)
        ):
            removed += gone
        return removed

    async def pause(self, queue: Queue, *, paused: bool) -> None:
        await self._database.write(lambda tx: tx.job_admin.set_paused(queue, paused=paused))

    async def get(self, job_id: str, queue: Queue | None = None) -> Job:
        return await self._database.read(lambda tx: tx.job_reader.get(job_id, queue))

    async def counts(self) -> list[QueueCounts]:
        return await self._database.read(lambda tx: tx.job_reader.counts())

    async def page(
        self, *, queue: Queue | None, state: JobState | None, cursor: int | None, limit: int
    ) -> tuple[list[Job], int | None]:
        return await self._database.read(lambda tx: tx.job_reader.page(queue, state, cursor, limit))

    async def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        def transaction(tx: JobTransaction) -> list[JobFailure]:
            tx.job_reader.get(job_id)
            return tx.batches.failures(job_id, after=after, limit=limit)

        return await self._database.read(transaction)

    async def workers(self) -> list[WorkerRecord]:
        return await self._database.read(lambda tx: tx.job_reader.workers())

    async def count_unfinished_children(self, job_id: str) -> int:
        return await self._database.read(lambda tx: tx.job_reader.count_unfinished_children(job_id))

    async def next_due(self, queue: Queue) -> int | None:
        return await self._database.read(lambda tx: tx.job_reader.next_due(queue))

    async def finished_by_minute(self, since: int) -> list[MinuteCount]:
        return await self._database.read(lambda tx: tx.job_reader.finished_by_minute(since))

    async def groups(self, since: int) -> list[JobGroup]:
        return await self._database.read(lambda tx: tx.job_reader.groups(since))

    async def members(self, group_id: str) -> dict[str, JobState]:
        return await self._database.read(lambda tx: tx.job_reader.members(group_id))


def _last_failed(queue: Queue, after: int, tx: JobTransaction) -> int | None:
    return tx.job_admin.last_failed(queue, after=after, limit=JOBS_PER_TRANSACTION)


def _retry_failed(queue: Queue, after: int, until: int, tx: JobTransaction) -> list[str]:
    return tx.job_admin.retry_failed(queue, after=after, until=until)
