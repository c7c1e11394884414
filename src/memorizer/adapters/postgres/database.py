"""The PostgreSQL database of one process: connections, and signals."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from memorizer.adapters.postgres.connection import (
    Connection,
    Executor,
    apply_settings,
    commit,
    pipeline,
)
from memorizer.adapters.postgres.connection_threads import ConnectionThreads
from memorizer.adapters.postgres.dialect import WRITING
from memorizer.adapters.postgres.group_commit import FAILED, GroupCommitter
from memorizer.adapters.postgres.migration import migrate
from memorizer.adapters.postgres.notify import NotifyBridge
from memorizer.adapters.postgres.term_statistics import TermStatisticsCache
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.adapters.postgres.unindexed_vectors import UnindexedVectors
from memorizer.adapters.sql.queue_backend import is_current, switch_backend
from memorizer.adapters.sql.scoped_database import ScopedDatabase
from memorizer.adapters.sql.signals import LocalSignals
from memorizer.domain.errors import OutcomeUnknown
from memorizer.domain.jobs import LEASE_MS
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database
from memorizer.supervision import Supervisor

MAX_CONNECTIONS: Final = 10
_QUEUE_BACKEND_LOCK: Final = 0x6D656D03  # an advisory lock

T = TypeVar("T")
TransactionFunction = Callable[[PostgresTransaction], T]


class PostgresDatabase:
    """Implements ports.transactions.Database. Opening it brings the schema up to date.

    Reads see one snapshot. Writes run beside each other: what a function is going to change it
    locks as it reads it, and a function that another one came in between is run again.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        lease_ms: int = LEASE_MS,
        dispatching: bool = False,
        may_move_queue: bool = True,
        connections: int = MAX_CONNECTIONS,
        supervisor: Supervisor | None = None,
    ) -> None:
        """As SqliteDatabase. Raises Misconfigured, StorageUnavailable."""
        migrate(url)
        self._clock = clock
        self._term_statistics = TermStatisticsCache()
        self._unindexed = UnindexedVectors()
        self._lease_ms = lease_ms
        self._dispatching = dispatching
        self.signals = LocalSignals()
        readers = max(connections // 2, 1)
        # apart, so that reads never wait for writers, which may wait for each other
        self._reading = ConnectionThreads(url, readers, writing=False)
        # connects when there is such a read
        self._reading_long = ConnectionThreads(url, 1, writing=False)
        self._writing = ConnectionThreads(url, max(connections - readers - 1, 1), writing=True)
        self._group_committer = GroupCommitter(url, self._write)
        self._notify_bridge = NotifyBridge(url, self.signals.publish, supervisor or Supervisor())
        try:
            self._writing.run_blocking(
                lambda c: self._switch_queue_backend(c, may_move=may_move_queue)
            )
        except BaseException:
            self.close()
            raise

    async def read(self, function: TransactionFunction[T]) -> T:
        return await self._reading.run(lambda connection: self._read(connection, function))

    async def read_each(self, functions: Sequence[TransactionFunction[T]]) -> list[T]:
        return await asyncio.gather(*map(self.read, functions))

    async def read_long(self, function: TransactionFunction[T]) -> T:
        # only its single statements have a deadline
        return await self._reading_long.run(lambda connection: self._read(connection, function))

    async def write(self, function: TransactionFunction[T]) -> T:
        [result] = await self._writing.run(lambda connection: self._write(connection, [function]))
        return result

    async def insert(self, function: TransactionFunction[T]) -> T:
        return await self._group_committer.run(function)

    def within(self, scope: WorkspaceScope) -> Database:
        return self if scope.is_all else ScopedDatabase(self, scope)

    async def size(self) -> int:
        return await self.read(PostgresTransaction.bytes_on_disk)

    async def caveat(self) -> str | None:
        return await self.read(PostgresTransaction.caveat)

    def close(self) -> None:
        """Finish what runs, then close all connections."""
        self._reading.close()
        self._reading_long.close()
        self._group_committer.close()
        self._writing.close()
        self.signals.close()
        self._notify_bridge.stop()

    def _read(self, connection: Connection, function: TransactionFunction[T]) -> T:
        apply_settings(connection)
        result = function(self._transaction(connection, writing=False))
        connection.rollback()
        return result

    def _write(
        self, connection: Connection, functions: Sequence[TransactionFunction[T]]
    ) -> list[T]:
        """Run all in one transaction."""
        transaction = self._transaction(connection, writing=True)
        with pipeline(connection):
            apply_settings(connection)
            results = [function(transaction) for function in functions]
        commit(connection, has_written=transaction.has_written)
        try:
            topics = frozenset(transaction.touched)
            self.signals.publish(topics)
            self._notify_bridge.send(topics)
        except Exception as error:  # it is written: whoever runs it again would write it twice
            raise OutcomeUnknown(FAILED) from error
        return results

    def _transaction(self, connection: Connection, *, writing: bool) -> PostgresTransaction:
        return PostgresTransaction(
            connection,
            self._clock,
            self._term_statistics,
            self._unindexed,
            writing=writing,
            lease_ms=self._lease_ms,
            dispatching=self._dispatching,
        )

    def _switch_queue_backend(self, connection: Connection, *, may_move: bool) -> None:
        """Move the queue if configured so; of several servers that start at once, one does."""
        execute = Executor(connection)
        if not is_current(execute, WRITING, external=self._dispatching):
            execute("SELECT pg_advisory_xact_lock(?)", (_QUEUE_BACKEND_LOCK,))
            switch_backend(execute, WRITING, external=self._dispatching, may_move=may_move)
        commit(connection, has_written=execute.has_written)
