"""The books of a queue that lives outside the database: what it was given, and what became of it.

A job is enqueued in the transaction of the change that causes it, as a row here; a dispatcher
hands it over afterwards. The row stays until the job has ended, so that a queue that loses its
memory can be told again, and so that an effect that happened is never repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memorizer.domain.jobs import NewJob


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A job as it was enqueued; `result` is set once its effect is written."""

    job: NewJob
    created_at: int
    sent: bool
    result: Mapping[str, object] | None = None


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
