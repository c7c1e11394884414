"""Reading and inserting the raw rows of a whole database, to copy it into another one.

Rows are plain values that are the same on SQLite and PostgreSQL, in the same order. Derived data
(full-text and vector indexes) is not copied; `insert` builds it.
"""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.database_copy import Key, Page, Row, Table


class DatabaseCopy(Protocol):
    """Raw rows by table, inside a transaction."""

    def count(self, table: Table) -> int:
        """Return the number of rows of this table a copy has to read."""
        ...

    def page(self, table: Table, *, after: Key | None, limit: int) -> Page | None:
        """Up to `limit` rows behind the key `after`; None if there are no more."""
        ...

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert the rows that are missing. Raises Conflict for a row that contradicts one."""
        ...
