"""Topics of change signals (ports/signals.py)."""

from typing import Final

from memorizer.domain.jobs import Queue

MEMORIES: Final = "memories"


JOBS: Final = "jobs"
"""Any job of any queue."""


STOPS: Final = "stops"
"""Active jobs that must stop: they were cancelled or lost their lease."""


OUTBOX: Final = "dispatches"
"""New entries in the outbox of an external queue."""


JOB: Final = "job:"
"""Prefix of the topic of one job."""


def of_job(job_id: str) -> str:
    """Return the topic of one job."""
    return f"{JOB}{job_id}"


def of_queue(queue: Queue) -> str:
    """Return the topic of work that became ready in one queue."""
    return f"queue:{queue}"
