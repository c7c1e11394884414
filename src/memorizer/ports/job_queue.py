"""The queue, cut by who uses it: those who work and those who look (outbox.py: who enqueues)."""

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
"""What a job changes in the end; returns the job's result.

It runs in the transaction that completes the job, so that both happen or neither. It raises
StaleWork when the world moved on since the task read it; nothing is written then.
"""


class JobQueue(Protocol):
    """What a worker and an administrator do to jobs.

    Everything raises StorageUnavailable or QueueUnavailable within a deadline; nothing hangs.
    """

    async def check_available(self) -> None:
        """Try to change something. Raises QueueUnavailable with the remedy where that fails.

        Asked before jobs are enqueued because somebody wants them.
        """
        ...

    async def check(self) -> str | None:
        """As `ready`, and raises also where jobs were lost; a warning where they may be."""
        ...

    async def claim(self, worker_id: str, queue: Queue, limit: int) -> list[Claim]:
        """Take up to `limit` ready jobs, oldest first; none while the queue is paused."""
        ...

    async def heartbeat(self, worker: WorkerRecord, leases: Sequence[Lease]) -> StopRequests:
        """Say that the worker lives, extend its leases, and learn which jobs to stop."""
        ...

    async def stop_requests(self, leases: Sequence[Lease]) -> StopRequests:
        """Which of these jobs to stop."""
        ...

    async def report(self, lease: Lease, progress: int, items: BulkProgress | None = None) -> None:
        """Record progress (0-100). Raises LeaseLost."""
        ...

    async def complete(self, lease: Lease, effect: Effect) -> None:
        """Run the effect and end the job as completed, both or neither. Raises LeaseLost."""
        ...

    async def fail(self, lease: Lease, error: str, retry_after_ms: int | None) -> None:
        """End an attempt: delayed when it may be retried, else failed. Raises LeaseLost."""
        ...

    async def mark_cancelled(self, lease: Lease) -> None:
        """End an active job as cancelled, its children too. Raises LeaseLost."""
        ...

    async def release(self, leases: Sequence[Lease]) -> None:
        """Return jobs unfinished, as if never claimed: this worker stops."""
        ...

    async def rescue(self, dead_workers: Sequence[str]) -> int:
        """Return jobs with expired leases, or of workers known dead, to waiting; how many."""
        ...

    async def deregister_worker(self, worker_id: str) -> None:
        """This worker is gone."""
        ...

    async def cancel(self, job_id: str) -> Job:
        """Cancel now, or ask its worker to. Raises NotFound, ActionNotAllowed."""
        ...

    async def retry(self, job_id: str) -> Job:
        """Make a failed or cancelled job wait again. Raises NotFound, ActionNotAllowed."""
        ...

    async def retry_failed(self, queue: Queue | None) -> list[str]:
        """Retry all failed jobs; their ids."""
        ...

    async def remove(self, job_id: str) -> None:
        """Delete an ended job and all that belongs to it. Raises NotFound, ActionNotAllowed."""
        ...

    async def clean(self, finished_before: int, queue: Queue | None = None) -> int:
        """Remove jobs that ended before this time; how many."""
        ...

    async def pause(self, queue: Queue, *, paused: bool) -> None:
        """While paused nothing is claimed; what runs goes on."""
        ...


class JobInsights(Protocol):
    """What people, pages and metrics see of the jobs; raises as JobQueue does."""

    async def get(self, job_id: str, queue: Queue | None = None) -> Job:
        """Raises NotFound."""
        ...

    async def counts(self) -> list[QueueCounts]:
        """For each public queue, in constant time."""
        ...

    async def page(
        self, *, queue: Queue | None, state: JobState | None, cursor: int | None, limit: int
    ) -> tuple[list[Job], int | None]:
        """Newest first, and the cursor of the next page; what it counts is the queue's own."""
        ...

    async def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        """Items of a bulk job that failed, in the order of their ids. Raises NotFound."""
        ...

    async def workers(self) -> list[WorkerRecord]:
        """Those with a heartbeat within the lease time."""
        ...

    async def count_unfinished_children(self, job_id: str) -> int:
        """How many jobs of this parent are not final."""
        ...

    async def next_due(self, queue: Queue) -> int | None:
        """When the next delayed job of a queue becomes ready."""
        ...

    async def finished_by_minute(self, since: int) -> list[MinuteCount]:
        """For each public queue, the minutes since then in which jobs completed or failed."""
        ...

    async def groups(self, since: int) -> list[JobGroup]:
        """Those asked for since then, newest first."""
        ...

    async def members(self, group_id: str) -> Mapping[str, JobState]:
        """The ids of a group's jobs, and where each stands."""
        ...


class Reporter(Protocol):
    """How a task tells its progress."""

    async def __call__(self, progress: int, items: BulkProgress | None = None) -> None:
        """Raises LeaseLost."""
        ...


class Task(Protocol):
    """The code behind a job name. It may run more than once for one job; its effect only once."""

    @property
    def name(self) -> str: ...

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Do all work but the final change. Any MemorizerError fails the attempt."""
        ...
