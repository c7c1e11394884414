"""The job queue by reader: workers, administrators, and whoever looks (jobs.py: enqueueing)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from memorizer.domain.job_groups import JobGroup
from memorizer.domain.jobs import (
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
from memorizer.ports.transactions import Transaction

Effect = Callable[[Transaction], Mapping[str, object]]
"""The final write of a job; returns the job's result.

It runs in the transaction that completes the job, so that both happen or neither. It raises
StaleWork when the memory changed since the task read it; nothing is written then.
"""


class JobConsumer(Protocol):
    """What a worker does with jobs.

    All methods raise StorageUnavailable or QueueUnavailable within a deadline. A lease that
    expired or was taken by another worker raises LeaseLost.
    """

    async def claim(self, worker_id: str, queue: Queue, limit: int) -> list[Claim]:
        """Lease up to `limit` ready jobs, oldest first; none while the queue is paused."""
        ...

    async def heartbeat(self, worker: WorkerRecord, leases: Sequence[Lease]) -> StopRequests:
        """Record that the worker lives, extend its leases, and return which jobs to stop."""
        ...

    async def stop_requests(self, leases: Sequence[Lease]) -> StopRequests:
        """Which of these jobs to stop; extends nothing."""
        ...

    async def report(self, lease: Lease, progress: int, items: BulkProgress | None = None) -> None:
        """Record progress (0-100). Raises LeaseLost."""
        ...

    async def complete(self, lease: Lease, effect: Effect) -> None:
        """Run the effect and complete the job in one transaction.

        Raises LeaseLost, and what the effect raises; nothing is written then.
        """
        ...

    async def fail(self, lease: Lease, error: str, retry_after_ms: int | None) -> None:
        """End an attempt: delayed if it may be retried, else failed. Raises LeaseLost."""
        ...

    async def mark_cancelled(self, lease: Lease) -> None:
        """End an active job and its children as cancelled. Raises LeaseLost."""
        ...

    async def release(self, leases: Sequence[Lease]) -> None:
        """Return unfinished jobs to their queue without counting an attempt."""
        ...

    async def rescue(self, dead_workers: Sequence[str]) -> int:
        """Requeue jobs of expired leases and dead workers. Return the number of jobs requeued."""
        ...

    async def deregister_worker(self, worker_id: str) -> None:
        """Delete the record of a worker that stops."""
        ...


class JobAdmin(Protocol):
    """What an administrator and the maintenance do to jobs and queues.

    All methods raise StorageUnavailable or QueueUnavailable within a deadline.
    """

    async def check_available(self) -> None:
        """Write to the queue as a trial. Raises QueueUnavailable with a hint."""
        ...

    async def check(self) -> str | None:
        """As `check_available`; raises also if jobs were lost. A warning if they may be."""
        ...

    async def cancel(self, job_id: str) -> Job:
        """Cancel a waiting job, or ask an active one's worker to stop.

        Raises NotFound, ActionNotAllowed.
        """
        ...

    async def retry(self, job_id: str) -> Job:
        """Return a failed or cancelled job to its queue.

        Raises NotFound, ActionNotAllowed; AlreadyRunning while another job has its unique key.
        """
        ...

    async def retry_failed(self, queue: Queue | None) -> list[str]:
        """Retry the failed jobs of this queue, or of all; the ids of those retried."""
        ...

    async def remove(self, job_id: str) -> None:
        """Delete an ended job and its children. Raises NotFound, ActionNotAllowed."""
        ...

    async def clean(self, finished_before: int, queue: Queue | None = None) -> int:
        """Delete jobs that ended before this time (UTC milliseconds). Return the number deleted."""
        ...

    async def pause(self, queue: Queue, *, paused: bool) -> None:
        """Pause or resume a queue. While paused nothing is claimed; active jobs go on."""
        ...


class JobQueue(JobConsumer, JobAdmin, Protocol):
    """A job queue, as an adapter implements it."""


class JobReader(Protocol):
    """Reads jobs for people, pages and metrics.

    All methods raise StorageUnavailable or QueueUnavailable within a deadline.
    """

    async def get(self, job_id: str, queue: Queue | None = None) -> Job:
        """Return the job. Raises NotFound."""
        ...

    async def counts(self) -> list[QueueCounts]:
        """Return counts by state of each public queue; takes constant time."""
        ...

    async def page(
        self, *, queue: Queue | None, state: JobState | None, cursor: int | None, limit: int
    ) -> tuple[list[Job], int | None]:
        """Jobs, newest first, and the cursor of the next page; None on the last page.

        A cursor is opaque and only valid for the implementation that returned it.
        """
        ...

    async def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        """Failed items of a bulk job by id, those after id `after`. Raises NotFound."""
        ...

    async def workers(self) -> list[WorkerRecord]:
        """Workers with a heartbeat within the lease time."""
        ...

    async def count_unfinished_children(self, job_id: str) -> int:
        """Return the number of jobs of this parent that are not final."""
        ...

    async def next_due(self, queue: Queue) -> int | None:
        """When the next delayed job becomes ready (UTC milliseconds); None without any."""
        ...

    async def finished_by_minute(self, since: int) -> list[MinuteCount]:
        """Per public queue, the minutes since `since` (UTC ms) in which jobs ended."""
        ...

    async def groups(self, since: int) -> list[JobGroup]:
        """Job groups created since `since` (UTC milliseconds), newest first."""
        ...

    async def members(self, group_id: str) -> Mapping[str, JobState]:
        """Job ids of a group, with their states."""
        ...


class Reporter(Protocol):
    """Reports a task's progress."""

    async def __call__(self, progress: int, items: BulkProgress | None = None) -> None:
        """Record progress (0-100) and the counts of a bulk job. Raises LeaseLost."""
        ...


class Task(Protocol):
    """The code behind a job name. It may run more than once for one job; its effect only once."""

    @property
    def name(self) -> str:
        """The name of the jobs that it runs."""
        ...

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Do everything but the final write, which the returned effect does.

        A MemorizerError fails the attempt.
        """
        ...
