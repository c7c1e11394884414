"""Measurements of the core, which an adapter turns into metrics."""

from typing import Protocol

from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.search import Leg


class Telemetry(Protocol):
    """Takes measurements. All durations are in seconds."""

    def attempt_ended(
        self, queue: Queue, name: str, state: JobState, seconds: float, attempt: int
    ) -> None:
        """Count an attempt of a job (from 1) that ended in this state, and its duration."""
        ...

    def batch_embedded(self, texts: int, seconds: float) -> None:
        """Record one run of the model: its number of texts and its duration."""
        ...

    def query_embedded(self, *, remembered: bool) -> None:
        """Count one query that was embedded; `remembered`: its vector was cached."""
        ...

    def leg_searched(self, leg: Leg, seconds: float) -> None:
        """Record the duration of one leg of a search."""
        ...
