"""Recalls: what a search or a context pack showed to whom."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_CLIENT: Final = 100
"""Characters of a client's name."""
NEVER_DAYS: Final = 90
"""Days after which a memory that nobody was shown counts as never recalled."""


class Door(StrEnum):
    """The way by which a recall came."""

    REST = "rest"
    MCP = "mcp"
    CONTEXT = "context"
    """A context pack: of a hook, mostly."""
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Recaller:
    """Who asked. `caller`: the id of the token; `client`: the program, as it calls itself."""

    door: Door
    actor: str
    caller: str
    client: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A memory that was shown. `relevance`: None where nothing was asked, as for pinned ones."""

    memory_id: str
    rank: int
    """From 1."""
    relevance: float | None = None
    is_weak: bool = False
    """Whether it was probably only the nearest there is."""


@dataclass(frozen=True, slots=True)
class Recall:
    """What was shown at one time. `query` is None where none was, or where texts are not kept."""

    id: str
    at: int
    """UTC milliseconds."""
    by: Recaller
    query: str | None
    workspace_id: str | None
    """The workspace that was searched; None: several, or everything."""
    took_ms: int
    is_degraded: bool
    shown: tuple[Shown, ...]

    @property
    def answered(self) -> int:
        """Return the number of memories that were no weak matches; 0: an empty recall."""
        return sum(not each.is_weak for each in self.shown)


@dataclass(frozen=True, slots=True)
class RecallSummary:
    """How often a memory was shown since the log began, and when last (UTC milliseconds)."""

    count: int
    last_at: int | None
