"""Every row of a store, for a copy of it in another database.

Rows are plain values, equal on both databases, in an order that the copy has too. What can be
made anew from them (the words that are searched, the indexes of vectors) `put` makes anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

Value = str | int | float | bytes | None
Row = tuple[Value, ...]
Key = tuple[str | int, ...]


class Table(StrEnum):
    """What a copy consists of, in the order in which it has to come."""

    MEMORIES = "memories"
    """Deleted ones too, each with its tags."""
    VERSIONS = "versions"
    EVENTS = "events"
    RELATIONSHIPS = "relationships"
    REPLIES = "replies"
    TOKENS = "tokens"
    MODELS = "models"
    """Those in use; vectors of retired ones are left."""
    VECTORS = "vectors"
    JOBS = "jobs"
    """Those that have not ended; in the copy they wait."""
    PARTS = "parts of jobs"
    SLICES = "slices of jobs"
    FAILURES = "failures of jobs"
    PAUSES = "paused queues"


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a table, the key behind which the next ones are, and how far that brought us."""

    rows: tuple[Row, ...]
    last: Key
    done: int


class DatabaseCopy(Protocol):
    """Reading rows out and putting them in, inside a transaction."""

    def count(self, table: Table) -> int: ...

    def page(self, table: Table, *, after: Key | None, limit: int) -> Page | None:
        """The next rows; None when there are no more."""
        ...

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add those that are not there. Raises Conflict for what can never fit."""
        ...
