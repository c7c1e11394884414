"""Faults between any two statements, put in where every statement passes: `execute`."""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from unittest.mock import patch

import apsw
import psycopg

from memorizer.adapters.postgres import transaction as postgres
from memorizer.adapters.postgres.connection import Connection, Executor
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.ports.transactions import Database


@dataclass
class Strike:
    """Strikes at statement number `at`, counted from `arm` on, and then no more."""

    blow: Callable[[], None]
    committed: Callable[[], None] = lambda: None
    at: int = 0
    statements: list[str] = field(default_factory=list)

    def arm(self, at: int) -> None:
        """With 0, only watch."""
        self.at = at
        self.statements.clear()

    @property
    def has_struck(self) -> bool:
        return 0 < self.at <= len(self.statements)

    def meet(self, sql: str) -> None:
        """A statement is about to run."""
        self.statements.append(sql)
        if len(self.statements) == self.at:
            self.blow()


def full_disk() -> None:
    raise apsw.FullError("struck by the test")


def constraint() -> None:
    raise apsw.ConstraintError("struck by the test")


def lost_connection() -> None:
    raise psycopg.OperationalError("struck by the test")


def contention() -> None:
    raise psycopg.errors.SerializationFailure("struck by the test")


def sudden_death() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _StruckConnection:
    """An APSW connection that meets the strike before each statement, BEGIN and COMMIT too."""

    def __init__(self, real: apsw.Connection, strike: Strike) -> None:
        self._real = real
        self._strike = strike

    def execute(self, sql: str, *values: Any) -> apsw.Cursor:
        self._strike.meet(sql)
        rows = self._real.execute(sql, *values)
        if sql == "COMMIT":
            self._strike.committed()
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def striking(database: Database, strike: Strike) -> Iterator[None]:
    """Put the strike before every statement that writes."""
    if isinstance(database, SqliteDatabase):
        writer = database._writer
        struck = cast("apsw.Connection", _StruckConnection(writer._connection, strike))
        writer._connection = struck
        writer._transaction = database._transaction(struck)
        yield
        return

    class StruckExecutor(Executor):
        def __init__(self, connection: Connection) -> None:
            super().__init__(connection)
            self._is_writing = not connection.read_only

        def __call__(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
            if self._is_writing:
                strike.meet(sql)
            return super().__call__(sql, values)

    with patch.object(postgres, "Executor", StruckExecutor):
        yield
