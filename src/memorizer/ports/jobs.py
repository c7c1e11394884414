"""Enqueueing jobs, the outbox of an external queue, and the progress of bulk jobs."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from memorizer.domain.jobs import BulkBatch, BulkProgress, JobFailure, NewJob, OutboxEntry


class JobEnqueuer(Protocol):
    """Enqueues jobs inside a transaction: the change and its jobs commit together."""

    def enqueue(self, jobs: Sequence[NewJob]) -> list[str]:
        """Enqueue; per job its id, or that of the unfinished job with its unique key."""
        ...

    def knows(self, job_id: str) -> bool:
        """Whether this store enqueued the job and it has not ended yet."""
        ...


class QueueOutbox(Protocol):
    """Transactional outbox for a queue outside of the database: one row per unfinished job.

    A unique key is taken by a row until the job's effect is written.
    """

    def list_unsent(self, *, limit: int) -> list[OutboxEntry]:
        """Entries that were not sent yet, oldest first."""
        ...

    def list_sent(self, *, after: str, limit: int) -> list[OutboxEntry]:
        """Entries that were sent, by job id, those behind `after`."""
        ...

    def store_id(self) -> str:
        """Return a random id of this store; stores that share a Redis server differ in it."""
        ...

    def mark_sent(self, job_ids: Sequence[str], *, sent: bool) -> None:
        """Mark entries as sent, or as not sent so that they are sent again."""
        ...

    def get(self, job_id: str) -> OutboxEntry | None:
        """Return the entry of this job; None if it has ended or is unknown."""
        ...

    def results(self, job_ids: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        """Results by job id, of the jobs whose effect is written."""
        ...

    def record_result(self, job: NewJob, result: Mapping[str, object]) -> None:
        """Record the result of a job whose effect is written; insert its row if missing."""
        ...

    def reopen(self, job: NewJob) -> str:
        """Mark a retried job as unfinished; the id of the job that holds its unique key."""
        ...

    def drop(self, job_ids: Sequence[str]) -> None:
        """Delete the entries of jobs that have ended."""
        ...

    def unfinished_children(self, parent_id: str) -> list[str]:
        """Ids of the unfinished children of a job."""
        ...


class BulkBatches(Protocol):
    """Progress of bulk jobs by batch of item ids, in the transaction of the work itself."""

    def add(self, job_id: str, batches: Sequence[Sequence[str]]) -> list[BulkBatch]:
        """Append batches of item ids to a job; numbers continue from the last one."""
        ...

    def get(self, job_id: str, number: int) -> BulkBatch:
        """Return the batch. Raises NotFound."""
        ...

    def advance(self, batch: BulkBatch, *, done: int, failures: Sequence[JobFailure]) -> BulkBatch:
        """Move past the next `done + len(failures)` items.

        Raises LeaseLost if another worker moved the batch meanwhile.
        """
        ...

    def items(self, job_id: str) -> BulkProgress | None:
        """Return counts over all batches of a job; None if it has no batches yet."""
        ...

    def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        """Failed items by id, those behind `after`."""
        ...

    def clear(self, job_id: str) -> None:
        """Delete all batches and failures of a job."""
        ...

    def take_unfinished(self, job_id: str) -> list[str]:
        """Remove failed and unprocessed items from the batches and return their ids."""
        ...
