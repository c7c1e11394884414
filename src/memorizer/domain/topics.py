"""Names of the topics of change signals (ports/signals.py)."""

from typing import Final

from memorizer.domain.jobs import Queue

MEMORIES: Final = "memories"


JOBS: Final = "jobs"
"""Any job of any queue."""


STOPS: Final = "stops"
"""Running jobs that should stop: somebody cancelled them, or they are no longer ours."""


DISPATCHES: Final = "dispatches"
"""Jobs that wait to be handed to a queue outside the database."""


JOB: Final = "job:"
"""How the topic of one job begins."""


def of_job(job_id: str) -> str:
    """The topic of one job."""
    return f"{JOB}{job_id}"


def of_queue(queue: Queue) -> str:
    """The topic of work that became ready in one queue."""
    return f"queue:{queue}"
