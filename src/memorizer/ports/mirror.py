"""The folder that mirrors the memories as notes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from memorizer.domain.memories import Memory
from memorizer.domain.records import MemorySummary


@dataclass(frozen=True, slots=True)
class MirrorContents:
    """What the mirror has to show: one consistent state of a store."""

    store_id: str
    at: int
    """UTC ms."""
    marker: str
    """Fingerprint of the state; equal values mean equal contents."""
    workspaces: Mapping[str, str]
    """The paths of workspaces by id."""
    summaries: Sequence[MemorySummary]
    """Of all memories, by id."""
    links: Mapping[str, Sequence[tuple[str, str]]]
    """By the id of the memory where they begin: types and ids of the memories they lead to."""
    fetch: Callable[[Sequence[str]], Sequence[Memory]]
    """Reads whole memories."""


@dataclass(frozen=True, slots=True)
class MirrorState:
    """What was written last, at `at` (UTC ms)."""

    at: int
    marker: str
    notes: int
    problems: int = 0
    """Notes that could not be written."""
    problem: str = ""
    """The first of them, and why."""


class MirrorFolder(Protocol):
    """A folder of notes. All methods block: call them outside of the event loop."""

    def state(self) -> MirrorState | None:
        """Try whether the folder can be written; return what was written last, if anything.

        Raises MirrorFailed.
        """
        ...

    def write(
        self, contents: MirrorContents, *, verify: bool, is_stopped: Callable[[], bool]
    ) -> MirrorState | None:
        """Write what changed since the last time, follow moves and deletions.

        `verify` compares all files with what was written. Returns None where another process is at
        it, or `is_stopped`: what is missing is written the next time. Raises MirrorFailed.
        """
        ...
