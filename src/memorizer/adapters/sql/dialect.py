"""Where SQLite and PostgreSQL differ in statements that are otherwise the same.

Statements in this room mark values with `?`, in order, and use nothing else that only one of
the two understands. Only constants become SQL; whatever users typed is bound.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

UNLIMITED: Final = 2**31 - 1
"""For a LIMIT that limits nothing."""

Value = str | int | float | bytes | None


class Rows(Protocol):
    """The rows of a statement: tuples whose types only the SQL knows."""

    def __iter__(self) -> Iterator[Any]: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


Execute = Callable[..., Rows]
Touch = Callable[[str], None]
"""Notes a topic to signal once the transaction is committed."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """The words of one database."""

    members: str
    """A query for the texts of a JSON list, its one value."""
    json_list: Callable[[str], str]
    """An aggregate of these values as a JSON list, in the order that follows them."""
    with_step: str
    """A job's steps and one more: its revision that comes, and the value (a progress)."""
    first_row: Callable[[Rows], Callable[[], Any]]
    """The first of these rows or None, read no later than the database needs it."""
    days_index: str = ""
    """Which index of memories to count the days by, where the planner has to be told."""
    row_lock: str = ""
    """Ends a query for one row that is going to be changed: nobody else changes it meanwhile."""
    job_lock: str = ""
    """Ends a query for jobs to claim: those that another is about to claim are passed over."""
