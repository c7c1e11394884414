"""Every row of a store, for a copy of it in another database.

Rows are plain values, equal on both databases, in an order that the copy has too. What can be
made anew from them (the words that are searched, the indexes of vectors) `put` makes anew.
"""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.database_copy import Key, Page, Row, Table


class DatabaseCopy(Protocol):
    """Reading rows out and putting them in, inside a transaction."""

    def count(self, table: Table) -> int: ...

    def page(self, table: Table, *, after: Key | None, limit: int) -> Page | None:
        """The next rows; None when there are no more."""
        ...

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Add those that are not there. Raises Conflict for what can never fit."""
        ...
