"""Working on jobs: claims and leases, and the workers that hold them."""

import json
from collections.abc import Iterable, Sequence
from uuid import uuid4

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, Value
from memorizer.adapters.sql.job_changes import JobChanges
from memorizer.domain.errors import LeaseLost
from memorizer.domain.jobs import (
    LEASE_MS,
    MAX_DELAY_MS,
    BulkProgress,
    Claim,
    JobState,
    Lease,
    Queue,
    StopRequests,
    WorkerRecord,
)
from memorizer.domain.topics import STOPS
from memorizer.ports.clock import Clock


class ConsumerRows:
    """What a worker does with jobs and leases inside one transaction."""

    def __init__(
        self,
        execute: Execute,
        touch: Touch,
        clock: Clock,
        dialect: Dialect,
        *,
        lease_ms: int = LEASE_MS,
    ) -> None:
        self._execute = execute
        self._touch = touch
        self._clock = clock
        self._statements = dialect.statements
        self._lease_ms = lease_ms
        self._changes = JobChanges(execute, touch, clock, dialect)

    def claim(self, worker_id: str, queue: Queue, limit: int) -> list[Claim]:
        """Lease up to `limit` ready jobs, the oldest first."""
        now, token = self._clock.now(), uuid4().hex
        jobs = self._changes.change(
            "claim_jobs",
            (queue, now, now + MAX_DELAY_MS, limit, worker_id, token, now + self._lease_ms, now),
        )
        jobs.sort(key=lambda job: (job.created_at, job.id))
        return [Claim(job, Lease(job.id, token)) for job in jobs]

    def stop_requests(self, leases: Sequence[Lease]) -> StopRequests:
        """Which of these jobs the worker must stop, and why."""
        lost: set[str] = set()
        cancel: set[str] = set()
        for lease in leases:
            row = self._execute(
                self._statements["get_held_cancel_request"], (lease.job_id, lease.token)
            ).fetchone()
            if row is None:
                lost.add(lease.job_id)
            elif row[0]:
                cancel.add(lease.job_id)
        return StopRequests(frozenset(lost), frozenset(cancel))

    def extend(self, leases: Sequence[Lease]) -> None:
        """Extend the leases that are still held."""
        until = self._clock.now() + self._lease_ms
        for lease in leases:
            self._execute(self._statements["extend_lease"], (until, lease.job_id, lease.token))

    def report(self, lease: Lease, progress: int, items: BulkProgress | None) -> None:
        """Set the progress (per cent) and the counts of items. Raises LeaseLost."""
        self._change_held(
            "report_progress", lease, (progress, progress, progress, *_item_counts(items))
        )

    def complete(self, lease: Lease, result: object, items: BulkProgress | None = None) -> None:
        """End the job with a result, which JSON must be able to hold. Raises LeaseLost."""
        values = (json.dumps(result, ensure_ascii=False), self._clock.now())
        self._change_held("complete_job", lease, (*values, *_item_counts(items)))

    def fail(self, lease: Lease, error: str, retry_after_ms: int | None) -> None:
        """Delay the next attempt, or end the job: without a delay or attempts. Raises LeaseLost."""
        now = self._clock.now()
        if retry_after_ms is None:
            self._change_held("fail_job", lease, (now, error))
        else:
            self._change_held("delay_or_fail_job", lease, (now + retry_after_ms, now, error))

    def mark_cancelled(self, lease: Lease) -> None:
        """End the job as cancelled, and cancel its children. Raises LeaseLost."""
        self._change_held("cancel_held_job", lease, (self._clock.now(),))
        self._changes.cancel_children(lease.job_id)

    def release(self, lease: Lease) -> None:
        """Return the job to its queue. Raises LeaseLost."""
        self._change_held("release_job", lease, ())

    def rescue(self, dead_workers: Iterable[str]) -> int:
        """Delete workers without heartbeats, requeue their jobs. Return the number of jobs."""
        now, dead = self._clock.now(), json.dumps(list(dead_workers))
        jobs = self._changes.change(
            "rescue_jobs", (now, now, now + self._lease_ms + MAX_DELAY_MS, dead)
        )
        self._execute(
            self._statements["delete_dead_workers"],
            (now - self._lease_ms, now + MAX_DELAY_MS, dead),
        )
        for job in jobs:
            if job.state is JobState.CANCELLED:
                self._changes.cancel_children(job.id)
        if jobs:
            self._touch(STOPS)  # should their worker live after all
        return len(jobs)

    def _change_held(self, statement: str, lease: Lease, values: tuple[Value, ...]) -> None:
        """Change a job under its lease. Raises LeaseLost."""
        if not self._changes.change(statement, (*values, lease.job_id, lease.token)):
            raise LeaseLost


class WorkerRows:
    """One row per running worker."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def heartbeat(self, worker: WorkerRecord) -> None:
        """Register the worker, or note its newest heartbeat."""
        self._execute(
            self._statements["upsert_worker"],
            (
                worker.id,
                worker.host,
                worker.pid,
                json.dumps(worker.queues),
                worker.started_at,
                worker.heartbeat_at,
                worker.pid_scope,
            ),
        )

    def remove(self, worker_id: str) -> None:
        self._execute(self._statements["delete_worker"], (worker_id,))


def _item_counts(items: BulkProgress | None) -> tuple[int | None, int | None, int | None]:
    return (None, None, None) if items is None else (items.total, items.done, items.failed)
