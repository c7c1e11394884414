"""One measured number beside what it should be."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured. Without a target it only explains another figure."""

    name: str
    ours: float
    unit: str = ""
    at_most: float | None = None
    at_least: float | None = None

    @property
    def target(self) -> float | None:
        return self.at_least if self.at_most is None else self.at_most

    @property
    def ratio(self) -> float | None:
        """Ours divided by the target."""
        return None if self.target is None else self.ours / self.target

    @property
    def is_met(self) -> bool:
        above = self.at_most is not None and self.ours > self.at_most
        below = self.at_least is not None and self.ours < self.at_least
        return not (above or below)

    def as_json(self) -> dict[str, object]:
        """All of it, with what follows from it."""
        return {**asdict(self), "ratio": self.ratio, "is_met": self.is_met}


@dataclass(frozen=True, slots=True)
class Bench:
    """What every benchmark is given: an empty folder, things to remember, maybe a judged set."""

    folder: Path
    corpus: Corpus
    cranfield: Path | None = None


Measure = Callable[[Bench], Awaitable[Sequence[Figure]]]
