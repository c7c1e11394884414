"""Times of many repetitions, and what is said of them. All in milliseconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter


@dataclass(slots=True)
class Stopwatch:
    """Collects how long each repetition took."""

    times: list[float] = field(default_factory=list)

    @contextmanager
    def lap(self) -> Iterator[None]:
        """Time what happens inside."""
        start = perf_counter()
        yield
        self.times.append((perf_counter() - start) * 1_000)

    @property
    def p50(self) -> float:
        return median(self.times)

    @property
    def p99(self) -> float:
        return sorted(self.times)[int(len(self.times) * 0.99)]
