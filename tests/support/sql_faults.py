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
from memorizer.adapters.sqlite.writer import GET_CHANGES
from memorizer.ports.transactions import Database


@dataclass
class SqlFault:
    """Runs `action` before statement number `at`, counted from `arm` on, and then no more."""

    action: Callable[[], None]
    committed: Callable[[], None] = lambda: None
    at: int = 0
    statements: list[str] = field(default_factory=list)

    def arm(self, at: int) -> None:
        """With 0, only record the statements."""
        self.at = at
        self.statements.clear()

    @property
    def was_injected(self) -> bool:
        return 0 < self.at <= len(self.statements)

    def before(self, sql: str) -> None:
        """A statement is about to run."""
        self.statements.append(sql)
        if len(self.statements) == self.at:
            self.action()


def full_disk() -> None:
    raise apsw.FullError("injected by the test")


def constraint() -> None:
    raise apsw.ConstraintError("injected by the test")


def lost_connection() -> None:
    raise psycopg.OperationalError("injected by the test")


def contention() -> None:
    raise psycopg.errors.SerializationFailure("injected by the test")


def kill_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class _FaultyConnection:
    """An APSW connection that runs the fault before each statement, BEGIN and COMMIT too."""

    def __init__(self, real: apsw.Connection, fault: SqlFault) -> None:
        self._real = real
        self._fault = fault

    def execute(self, sql: str, *values: Any) -> apsw.Cursor:
        if sql != GET_CHANGES:  # asked from time to time by what follows other processes
            self._fault.before(sql)
        rows = self._real.execute(sql, *values)
        if sql == "COMMIT":
            self._fault.committed()
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def injecting(database: Database, fault: SqlFault) -> Iterator[None]:
    """Put the fault before every statement that writes."""
    if isinstance(database, SqliteDatabase):
        writer = database._writer
        faulty = cast("apsw.Connection", _FaultyConnection(writer._connection, fault))
        writer._connection = faulty
        writer._transaction = database._transaction(faulty)
        yield
        return

    class FaultyExecutor(Executor):
        def __init__(self, connection: Connection) -> None:
            super().__init__(connection)
            self._is_writing = not connection.read_only

        def __call__(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
            if self._is_writing:
                fault.before(sql)
            return super().__call__(sql, values)

    with patch.object(postgres, "Executor", FaultyExecutor):
        yield
