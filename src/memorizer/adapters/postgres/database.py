"""A PostgreSQL database as this process sees it: a pool of connections, and signals."""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Final, TypeVar

from memorizer.adapters.postgres.connection import Connection, Executor, open_pool
from memorizer.adapters.postgres.corpus import CorpusMemory
from memorizer.adapters.postgres.errors import CONTENTION, STORAGE_ERRORS, unavailable
from memorizer.adapters.postgres.migration import migrate
from memorizer.adapters.postgres.signals import Courier
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.adapters.sql.queue_home import is_settled, settle
from memorizer.adapters.sql.signals import LocalSignals
from memorizer.domain.jobs import LEASE_MS
from memorizer.ports.clock import Clock

CONNECTIONS: Final = 10
ATTEMPTS: Final = 20
"""How often a work is run before others who come in between are called a failure."""
PAUSE_SECONDS: Final = 0.002
_QUEUE_HOME: Final = 0x6D656D03  # an advisory lock

T = TypeVar("T")
Work = Callable[[PostgresTransaction], T]


class PostgresDatabase:
    """Fulfils ports.unit_of_work.Database. Opening it brings the schema up to date.

    Reads see one snapshot. Writes run beside each other: what a work is going to change it
    locks as it reads it, and a work that another one came in between is run again.
    """

    def __init__(
        self,
        url: str,
        clock: Clock,
        *,
        lease_ms: int = LEASE_MS,
        dispatching: bool = False,
        may_move_queue: bool = True,
        connections: int = CONNECTIONS,
    ) -> None:
        """As SqliteDatabase. Raises Misconfigured, StorageUnavailable."""
        migrate(url)
        self._clock = clock
        self._corpus = CorpusMemory()
        self._lease_ms = lease_ms
        self._dispatching = dispatching
        self.signals = LocalSignals()
        readers = max(connections // 2, 1)
        writers = max(connections - readers, 1)
        # apart, so that reads never wait for writers, which may wait for each other
        self._reading = open_pool(url, readers, writing=False)
        self._writing = open_pool(url, writers, writing=True)
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="memorizer-reader")
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="memorizer-writer")
        self._courier = Courier(url, self.signals.publish)
        try:
            self._settle_queue(may_move=may_move_queue)
        except BaseException:
            self.close()
            raise

    async def read(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def write(self, work: Work[T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._write, work)

    async def size(self) -> int:
        return await self.read(PostgresTransaction.bytes_on_disk)

    def close(self) -> None:
        """Finish what runs, then close all connections."""
        self._readers.shutdown()
        self._writers.shutdown()
        self.signals.close()
        self._courier.stop()
        self._reading.close()
        self._writing.close()

    def _read(self, work: Work[T]) -> T:
        try:
            return self._look(work)
        except STORAGE_ERRORS:
            try:  # the server may have been restarted since this connection was used last
                return self._look(work)
            except STORAGE_ERRORS as error:
                raise unavailable(error) from error

    def _look(self, work: Work[T]) -> T:
        with self._reading.connection() as connection:
            return work(self._transaction(connection, writing=False))

    def _write(self, work: Work[T]) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._change(work)
            except CONTENTION as error:
                if attempt == ATTEMPTS:
                    raise unavailable(error) from error
                sleep(random.uniform(0, PAUSE_SECONDS * 2 ** min(attempt, 6)))  # noqa: S311
            except STORAGE_ERRORS as error:
                raise unavailable(error) from error
        raise AssertionError("unreachable")

    def _change(self, work: Work[T]) -> T:
        with self._writing.connection() as connection:
            transaction = self._transaction(connection, writing=True)
            result = work(transaction)
        topics = frozenset(transaction.touched)
        self.signals.publish(topics)
        self._courier.send(topics)
        return result

    def _transaction(self, connection: Connection, *, writing: bool) -> PostgresTransaction:
        return PostgresTransaction(
            connection,
            self._clock,
            self._corpus,
            writing=writing,
            lease_ms=self._lease_ms,
            dispatching=self._dispatching,
        )

    def _settle_queue(self, *, may_move: bool) -> None:
        """Several servers may start at once: one moves the queue, the others find it moved."""
        with self._writing.connection() as connection:
            execute = Executor(connection)
            if not is_settled(execute, elsewhere=self._dispatching):
                execute("SELECT pg_advisory_xact_lock(?)", (_QUEUE_HOME,))
                settle(execute, elsewhere=self._dispatching, may_move=may_move)
