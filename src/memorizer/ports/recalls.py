"""The log of recalls, as the services need it."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.memories import Memory
from memorizer.domain.recalls import Door, Recall, RecallSummary


class Recalls(Protocol):
    """What was shown to whom, and how often each memory was shown."""

    def add(self, recalls: Sequence[Recall], *, keep: bool) -> None:
        """Count the memories that were shown and, with `keep`, log the recalls.

        Memories and workspaces that are gone meanwhile are left out.
        """
        ...

    def page(
        self, *, empty: bool | None, doors: Sequence[Door], before: str | None, limit: int
    ) -> list[Recall]:
        """Recalls before the one with this id, newest first; `empty`: only such, or only others.

        Only those that came by one of the doors.
        """
        ...

    def of_memory(self, memory_id: str, *, limit: int) -> list[Recall]:
        """Return the newest recalls that showed a memory; `shown` of each is that alone."""
        ...

    def summary(self, memory_id: str) -> RecallSummary:
        """How often a memory was shown, and when last."""
        ...

    def never(self, *, since: int, before: str | None, limit: int) -> list[Memory]:
        """Live memories made and last shown before `since` (UTC ms), newest first."""
        ...

    def count_never(self, *, since: int) -> int:
        """Return the number of live memories made and last shown before `since` (UTC ms)."""
        ...

    def began_at(self) -> int:
        """When the log began (UTC milliseconds)."""
        ...

    def delete_older_than(self, at: int) -> int:
        """Delete recalls before `at` (UTC milliseconds); return how many. The counts stay."""
        ...
