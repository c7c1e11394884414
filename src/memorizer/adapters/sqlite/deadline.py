"""A time limit for reads: one that takes too long is interrupted and frees its connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import Any, Final

import apsw

READ_TIMEOUT_SECONDS: Final = 60.0
"""How long one read may take, as with PostgreSQL; ours take milliseconds, the longest a second."""
VM_STEPS_PER_CHECK: Final = 100_000
"""Of SQLite's machine between two looks at the clock: some milliseconds."""


class Deadline:
    """Runs the statements of one connection; each ends by the deadline, if there is one."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._execute = connection.execute
        self._at = inf
        connection.set_progress_handler(self._is_over, VM_STEPS_PER_CHECK)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Statements that run or begin later than this raise apsw.InterruptError."""
        self._at = monotonic() + seconds
        try:
            yield
        finally:
            self._at = inf

    def execute(self, sql: str, *values: Any) -> apsw.Cursor:
        if self._is_over():  # many short statements never come to a look within one
            raise apsw.InterruptError("the deadline has passed")
        return self._execute(sql, *values)

    def _is_over(self) -> bool:
        return monotonic() > self._at
