"""Who wants to know that something changed. A signal never says what: readers read again."""

from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

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


class Subscription(Protocol):
    """Remembers that its topics changed, however often, until it is asked."""

    async def wait(self, seconds: float) -> frozenset[str]:
        """Topics that changed since the last call; empty after `seconds` without any."""
        ...


class Signals(Protocol):
    """Hears changes made by this process and by others on the same database or queue."""

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[Subscription]: ...

    @property
    def closed(self) -> bool:
        """Whether the process is stopping: whoever waits should end."""
        ...

    def publish(self, topics: frozenset[str]) -> None:
        """Tell whoever subscribed to any of these, in this process."""
        ...

    def close(self) -> None:
        """Wake everybody for the last time."""
        ...
