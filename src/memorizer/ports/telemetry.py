"""What is measured, said in our own words; an adapter turns it into metrics."""

from typing import Protocol

from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.search import Leg


class Telemetry(Protocol):
    """Figures for the people who run the service. Times in seconds."""

    def attempt_ended(
        self, queue: Queue, name: str, state: JobState, seconds: float, attempt: int
    ) -> None: ...

    def batch_embedded(self, texts: int, seconds: float) -> None: ...

    def query_embedded(self, *, remembered: bool) -> None:
        """A query's vector was wanted; `remembered`: no model was needed for it."""
        ...

    def leg_searched(self, leg: Leg, seconds: float) -> None: ...
