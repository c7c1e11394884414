"""Deleted memories: kept whole for a while, seen by nobody else. All inside a transaction."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from memorizer.domain.memories import Memory, TrashedMemory


class TrashCursor(NamedTuple):
    """Where a memory stands in the trash, which is in the order of deleting."""

    at: int
    memory_id: str


class Trash(Protocol):
    """What was deleted and can be brought back."""

    def get(self, memory_id: str) -> TrashedMemory:
        """Raises NotFound, for a live memory too."""
        ...

    def page(self, *, before: TrashCursor | None, limit: int) -> list[TrashedMemory]:
        """Deleted last comes first."""
        ...

    def among(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that are in the trash."""
        ...

    def count(self) -> int: ...

    def oldest(self, *, until: int, limit: int) -> list[str]:
        """Ids of those deleted at this time or before, the longest ago first."""
        ...

    def untrash(self, memory_id: str) -> Memory:
        """Make it visible again; words and vectors are not made here. Raises NotFound."""
        ...

    def purge(self, ids: Sequence[str]) -> int:
        """Delete these for ever, with all that hangs on their rows; how many were in the trash."""
        ...
