"""The SQLite database of one process: one writer, a few readers, signals."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Final, TypeVar

import apsw

from memorizer.adapters.sql.dialect import Execute
from memorizer.adapters.sql.queue_backend import is_current, switch_backend
from memorizer.adapters.sql.scoped_database import ScopedDatabase
from memorizer.adapters.sql.signals import LocalSignals
from memorizer.adapters.sqlite import deadline
from memorizer.adapters.sqlite.change_poller import ChangePoller
from memorizer.adapters.sqlite.connection import (
    force_close,
    open_connection,
    roll_back,
    unavailable,
    write_transaction,
)
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.adapters.sqlite.file_identity import FileIdentity
from memorizer.adapters.sqlite.integrity_check import check_integrity, require_content
from memorizer.adapters.sqlite.migration import migrate
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.adapters.sqlite.vector_indexes import QuantizedIndexes
from memorizer.adapters.sqlite.wal_size import WalSizeMonitor
from memorizer.adapters.sqlite.writer import Writer
from memorizer.domain.jobs import LEASE_MS
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database
from memorizer.supervision import Supervisor

MAX_READERS: Final = 4
MIN_LISTED_VECTORS: Final = 200_000
"""Of a kind. So many are compared in memory in 4 ms, and lose less of recall."""
_MAY_NEED_LISTS: Final = """
SELECT EXISTS (SELECT 1 FROM vector_indexes)
  OR coalesce((SELECT max(id) FROM embeddings), 0) >= ?
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Reader:
    """A read-only connection with its transaction and deadline."""

    connection: apsw.Connection
    transaction: SqliteTransaction
    deadline: deadline.Deadline

    def run(self, function: Callable[[SqliteTransaction], T]) -> T:
        """Run the function on one snapshot. Raises StorageUnavailable for what SQLite raises."""
        try:
            self.connection.execute("BEGIN")
            self.transaction.begin()
            return function(self.transaction)
        except apsw.Error as error:
            raise unavailable(error) from error


def _ended(reader: _Reader) -> bool:
    """End its transaction; when that fails, close it: a later read opens another."""
    try:
        roll_back(reader.connection)
    except apsw.Error:
        force_close(reader.connection)
        return False
    return True


class SqliteDatabase:
    """Implements ports.transactions.Database. Opening it brings the schema up to date."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        *,
        lease_ms: int = LEASE_MS,
        dispatching: bool = False,
        may_move_queue: bool = True,
        examine: bool = False,
        supervisor: Supervisor | None = None,
    ) -> None:
        """With `dispatching`, jobs go to a queue elsewhere (ports.jobs.QueueOutbox).

        With `examine`, the file is looked through before. Raises StorageDamaged, and Misconfigured
        when jobs are not where they should be, and may not be moved.
        """
        require_content(path)
        if examine:
            check_integrity(path)
        migrate(path)
        _switch_queue_backend(path, external=dispatching, may_move=may_move_queue)
        self.path = path
        self._clock = clock
        self._lease_ms = lease_ms
        self._dispatching = dispatching
        self._indexes = QuantizedIndexes()
        self.signals = LocalSignals()
        # opened now: a file that is moved away later can still be read
        self._idle_readers: LifoQueue[_Reader | None] = LifoQueue()
        for _ in range(MAX_READERS):
            self._idle_readers.put(self._open_reader())
        supervisor = supervisor or Supervisor()
        self._writer = Writer(
            self._open_writer,
            self.signals.publish,
            FileIdentity(path).require_unchanged,
            supervisor,
        )
        self._poller = ChangePoller(
            lambda: open_connection(path, read_only=True),
            self._writer.external_changes,
            self.signals,
            supervisor,
            WalSizeMonitor(path).check,
        )
        self._reader_threads = ThreadPoolExecutor(
            MAX_READERS, thread_name_prefix="memorizer-reader"
        )

    async def read(self, function: Callable[[SqliteTransaction], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(
            self._reader_threads, self._read, function
        )

    async def read_each(self, functions: Sequence[Callable[[SqliteTransaction], T]]) -> list[T]:
        # one after the other: threads that compute in one process would wait for each other
        return await self.read(lambda tx: [function(tx) for function in functions])

    async def read_long(self, function: Callable[[SqliteTransaction], T]) -> T:
        return await asyncio.to_thread(self._read_long, function)

    async def write(self, function: Callable[[SqliteTransaction], T]) -> T:
        result: T = await asyncio.wrap_future(self._writer.submit(function))
        return result

    async def insert(self, function: Callable[[SqliteTransaction], T]) -> T:
        return await self.write(function)  # all functions that wait are committed together anyway

    def within(self, scope: WorkspaceScope) -> Database:
        return self if scope.is_all else ScopedDatabase(self, scope)

    async def build_vector_index(self, *, least: int = MIN_LISTED_VECTORS) -> int:
        """Write the lists of vectors anew where that is due; return how many vectors they have.

        `least`: vectors of a kind from which there are lists.
        """
        [(may_need_lists,)] = await self.read(
            lambda tx: tx.execute(_MAY_NEED_LISTS, (least,)).fetchall()
        )
        if not may_need_lists:  # most stores never do, and go on without numpy
            return 0
        from memorizer.adapters.sqlite import list_builder  # noqa: PLC0415 - loads numpy

        return await list_builder.renew(self.read, self.write, self._clock.now, least=least)

    async def size(self) -> int:
        return await asyncio.to_thread(self._size)

    async def caveat(self) -> str | None:
        return None

    def close(self) -> None:
        """Finish what is queued, then close all connections."""
        self._reader_threads.shutdown()
        self._writer.close()
        self.signals.close()
        self._poller.stop()
        while not self._idle_readers.empty():
            if reader := self._idle_readers.get():
                reader.connection.close()

    def _read(self, function: Callable[[SqliteTransaction], T]) -> T:
        reader = self._idle_readers.get()
        try:
            reader = reader or self._open_reader()
            with reader.deadline.within(deadline.READ_TIMEOUT_SECONDS):
                return reader.run(function)
        finally:
            self._idle_readers.put(reader if reader and _ended(reader) else None)

    def _read_long(self, function: Callable[[SqliteTransaction], T]) -> T:
        reader = self._open_reader()
        try:
            return reader.run(function)
        finally:
            force_close(reader.connection)

    def _open_reader(self) -> _Reader:
        connection = open_connection(self.path, read_only=True)
        limit = deadline.Deadline(connection)
        return _Reader(connection, self._transaction(connection, limit.execute), limit)

    def _open_writer(self) -> tuple[apsw.Connection, SqliteTransaction]:
        connection = open_connection(self.path)
        return connection, self._transaction(connection)

    def _transaction(
        self, connection: apsw.Connection, execute: Execute | None = None
    ) -> SqliteTransaction:
        return SqliteTransaction(
            connection,
            self._clock,
            self._indexes,
            lease_ms=self._lease_ms,
            dispatching=self._dispatching,
            execute=execute,
        )

    def _size(self) -> int:
        files = (self.path, self.path.with_name(f"{self.path.name}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())


def _switch_queue_backend(path: Path, *, external: bool, may_move: bool) -> None:
    with closing(open_connection(path)) as connection:
        if not is_current(connection.execute, SQLITE, external=external):
            with write_transaction(connection):
                switch_backend(connection.execute, SQLITE, external=external, may_move=may_move)
