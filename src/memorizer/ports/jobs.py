"""Enqueueing as part of a change."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from memorizer.domain.jobs import BulkBatch, BulkProgress, JobFailure, NewJob, OutboxEntry


class JobEnqueuer(Protocol):
    """Enqueueing inside a transaction: the change and its jobs commit together."""

    def enqueue(self, jobs: Sequence[NewJob]) -> list[str]:
        """Ids of the jobs that will do it: a new one, or the unfinished one of the same key."""
        ...

    def knows(self, job_id: str) -> bool:
        """Whether this store enqueued that job, and has not seen its end yet."""
        ...


class QueueOutbox(Protocol):
    """Rows of unfinished jobs; a unique key belongs to a row until its effect is written."""

    def list_unsent(self, *, limit: int) -> list[OutboxEntry]:
        """Oldest first."""
        ...

    def list_sent(self, *, after: str, limit: int) -> list[OutboxEntry]:
        """By job id."""
        ...

    def store_id(self) -> str:
        """Names this store among all that may be pointed at one queue."""
        ...

    def mark_sent(self, job_ids: Sequence[str], *, sent: bool) -> None: ...

    def get(self, job_id: str) -> OutboxEntry | None: ...

    def results(self, job_ids: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        """Of those whose effect is written."""
        ...

    def record_result(self, job: NewJob, result: Mapping[str, object]) -> None:
        """Note that the effect is written, also of a job that others put into the queue."""
        ...

    def reopen(self, job: NewJob) -> str:
        """A retried job is unfinished again; the id of the job that has its key."""
        ...

    def drop(self, job_ids: Sequence[str]) -> None:
        """These have ended."""
        ...

    def unfinished_children(self, parent_id: str) -> list[str]:
        """Ids of jobs of this parent that have not ended."""
        ...


class BulkBatches(Protocol):
    """Written in the same transaction as the work it counts."""

    def add(self, job_id: str, slices: Sequence[Sequence[str]]) -> list[BulkBatch]:
        """Append slices to a job's ledger, numbered on from what is there."""
        ...

    def get(self, job_id: str, number: int) -> BulkBatch:
        """Raises NotFound."""
        ...

    def advance(self, slice_: BulkBatch, *, done: int, failures: Sequence[JobFailure]) -> BulkBatch:
        """Settle the next `done + len(failures)` items. Raises LeaseLost if another was faster."""
        ...

    def items(self, job_id: str) -> BulkProgress | None:
        """The job's counts; None before it was fanned out."""
        ...

    def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        """In the order of the items' ids."""
        ...

    def clear(self, job_id: str) -> None:
        """Forget all slices and failures of a job."""
        ...

    def take_unfinished(self, job_id: str) -> list[str]:
        """Remove failed and never reached items from the ledger and return their ids."""
        ...
