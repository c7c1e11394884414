"""Enqueueing as part of a change."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.jobs import NewJob


class JobEnqueuer(Protocol):
    """Enqueueing inside a transaction: the change and its jobs commit together."""

    def enqueue(self, jobs: Sequence[NewJob]) -> list[str]:
        """Ids of the jobs that will do it: a new one, or the unfinished one of the same key."""
        ...

    def knows(self, job_id: str) -> bool:
        """Whether this store enqueued that job, and has not seen its end yet."""
        ...
