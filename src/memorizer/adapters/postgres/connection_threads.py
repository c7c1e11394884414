"""A pool of threads with a connection each, which survives restarts of the server.

docs/decisions/0019 says why it is not psycopg_pool.
"""

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, local
from time import monotonic, sleep
from typing import Final, TypeVar

import psycopg
import structlog

from memorizer.adapters.postgres.connection import Connection, open_connection
from memorizer.adapters.postgres.errors import (
    CONTENTION_ERRORS,
    STORAGE_ERRORS,
    reason_of,
    unavailable,
)
from memorizer.adapters.postgres.pooler import is_pooled

log = structlog.get_logger()

MAX_ATTEMPTS: Final = 20
"""How often a function is run while conflicts with other transactions undo it."""
RETRY_BACKOFF_SECONDS: Final = 0.002
MAX_CONNECTIONS_LOST: Final = 3
"""How often a function is run while its connections break."""
RESTART_GRACE_SECONDS: Final = 5.0
"""How long after its last answer a server is waited for: it may be restarting."""
RECONNECT_INTERVAL_SECONDS: Final = 0.1
RECONNECT_WAIT_SECONDS: Final = 0.5
"""How long the other threads wait for the one that tries to reconnect."""

T = TypeVar("T")
ConnectionFunction = Callable[[Connection], T]
"""A function that runs a transaction to its end; it runs again if nothing was committed."""


class ConnectionLost(Exception):
    """The connection broke before anything was committed."""


class ConnectionThreads:
    """Runs up to `size` functions at a time; a thread connects when it gets its first."""

    def __init__(self, url: str, size: int, *, writing: bool) -> None:
        self._url = url
        self._writing = writing
        name = f"memorizer-{'writer' if writing else 'reader'}"
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._local = local()
        self._opened: set[Connection] = set()
        self._answered_at = monotonic()
        self._reconnect_lock = Lock()
        self._failure = ""
        self.is_down = False
        """Whether the newest attempt to connect failed."""

    async def run(self, function: ConnectionFunction[T]) -> T:
        """Return the function's result.

        Raises StorageUnavailable, OutcomeUnknown, and what it raises.
        """
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self.execute, function
        )

    def run_blocking(self, function: ConnectionFunction[T]) -> T:
        """As `run`, where there is no event loop."""
        return self._threads.submit(self.execute, function).result()

    def submit(self, task: Callable[[], None]) -> None:
        """Call `task` in one of the threads, where it may use `execute` and `with_reconnect`."""
        self._threads.submit(task)

    def close(self) -> None:
        """Finish what is queued, then close all connections."""
        self._threads.shutdown()
        for connection in self._opened:
            connection.close()

    def execute(self, function: ConnectionFunction[T]) -> T:
        """Run the function on this thread's connection, again after conflicts. Raises as `run`."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return self.with_reconnect(function)
            except CONTENTION_ERRORS as error:
                if attempt == MAX_ATTEMPTS:
                    raise unavailable(error) from error
                sleep(random.uniform(0, RETRY_BACKOFF_SECONDS * 2 ** min(attempt, 6)))  # noqa: S311
            except STORAGE_ERRORS as error:
                raise unavailable(error) from error
        raise AssertionError("the loop returns or raises")

    def with_reconnect(self, function: ConnectionFunction[T]) -> T:
        """Run the function, again only if the connection broke. Raises what it raises."""
        for interruption in range(1, MAX_CONNECTIONS_LOST + 1):
            try:
                return self._execute_once(function)
            except ConnectionLost as error:
                if interruption == MAX_CONNECTIONS_LOST:
                    raise unavailable(error) from error
        raise AssertionError("the loop returns or raises")

    def _execute_once(self, function: ConnectionFunction[T]) -> T:
        connection = self._connection()
        try:
            result = function(connection)
        except BaseException as error:
            self._roll_back(connection)
            if connection.closed and isinstance(error, STORAGE_ERRORS):
                raise ConnectionLost(reason_of(error)) from error
            raise
        self._answered_at = monotonic()
        return result

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except psycopg.Error:
            connection.close()  # the server undoes it by itself

    def _connection(self) -> Connection:
        """Return this thread's connection, replaced if it broke."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            if connection is not None:
                self._opened.discard(connection)
            connection = self._local.connection = self._connect()
            self._opened.add(connection)
        return connection

    def _connect(self) -> Connection:
        """Connect; while the server is down only one thread tries, and the others fail."""
        if not self.is_down:
            return self._connect_within_grace()
        if not self._reconnect_lock.acquire(timeout=RECONNECT_WAIT_SECONDS):
            raise psycopg.OperationalError(self._failure)
        try:
            return self._connect_within_grace()
        finally:
            self._reconnect_lock.release()

    def _connect_within_grace(self) -> Connection:
        deadline = self._answered_at + RESTART_GRACE_SECONDS
        while True:
            try:
                connection = open_connection(
                    self._url, writing=self._writing, pooled=is_pooled(self._url)
                )
            except STORAGE_ERRORS as error:
                if monotonic() > deadline:
                    self._note_failure(error)
                    raise
                sleep(RECONNECT_INTERVAL_SECONDS)
            else:
                self._note_success()
                return connection

    def _note_failure(self, error: Exception) -> None:
        """Log the first failure only."""
        if not self.is_down:
            log.error("PostgreSQL cannot be used", error=reason_of(error), writing=self._writing)
        self._failure = reason_of(error)
        self.is_down = True

    def _note_success(self) -> None:
        if self.is_down:
            log.info("PostgreSQL can be used again", writing=self._writing)
        self.is_down = False
