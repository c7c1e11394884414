"""Threads with a connection each: they run works, and outlive restarts of the server."""

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
"""How often a work is run before others who come in between are called a failure."""
RETRY_BACKOFF_SECONDS: Final = 0.002
MAX_CONNECTIONS_LOST: Final = 3
"""How often a work is run before its breaking connections are called a failure."""
RESTART_GRACE_SECONDS: Final = 5.0
"""How long after it answered last a server is waited for: it may only be restarting."""
RECONNECT_INTERVAL_SECONDS: Final = 0.1
RECONNECT_WAIT_SECONDS: Final = 0.5
"""How long others wait for the one that looks whether the server is back."""

T = TypeVar("T")
Work = Callable[[Connection], T]
"""Runs a transaction to its end. It is run again when nothing of it was committed."""


class ConnectionLost(Exception):
    """The connection broke before anything was committed."""


class ConnectionThreads:
    """Up to `size` works at a time; a thread connects when it has its first."""

    def __init__(self, url: str, size: int, *, writing: bool) -> None:
        self._url = url
        self._writing = writing
        name = f"memorizer-{'writer' if writing else 'reader'}"
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)
        self._mine = local()
        self._opened: set[Connection] = set()
        self._answered_at = monotonic()
        self._trial = Lock()
        self._failure = ""
        self.is_down = False
        """Whether the newest attempt to connect failed."""

    async def run(self, work: Work[T]) -> T:
        """Raises StorageUnavailable, OutcomeUnknown, and what the work raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.execute, work)

    def run_blocking(self, work: Work[T]) -> T:
        """The same where there is no event loop."""
        return self._threads.submit(self.execute, work).result()

    def submit(self, task: Callable[[], None]) -> None:
        """Call `task` in one of the threads, where it may use `run_here` and `attempt`."""
        self._threads.submit(task)

    def close(self) -> None:
        """Finish what is queued, then close all connections."""
        self._threads.shutdown()
        for connection in self._opened:
            connection.close()

    def execute(self, work: Work[T]) -> T:
        """Run the work on this thread's connection, again while others come in between."""
        for attempt in range(1, MAX_ATTEMPTS + 1):
            try:
                return self.with_reconnect(work)
            except CONTENTION_ERRORS as error:
                if attempt == MAX_ATTEMPTS:
                    raise unavailable(error) from error
                sleep(random.uniform(0, RETRY_BACKOFF_SECONDS * 2 ** min(attempt, 6)))  # noqa: S311
            except STORAGE_ERRORS as error:
                raise unavailable(error) from error
        raise AssertionError("the loop returns or raises")

    def with_reconnect(self, work: Work[T]) -> T:
        """Run it, again only where the connection broke. Raises what it raises."""
        for interruption in range(1, MAX_CONNECTIONS_LOST + 1):
            try:
                return self._once(work)
            except ConnectionLost as error:
                if interruption == MAX_CONNECTIONS_LOST:
                    raise unavailable(error) from error
        raise AssertionError("the loop returns or raises")

    def _once(self, work: Work[T]) -> T:
        connection = self._connection()
        try:
            result = work(connection)
        except BaseException as error:
            self._undo(connection)
            if connection.closed and isinstance(error, STORAGE_ERRORS):
                raise ConnectionLost(reason_of(error)) from error
            raise
        self._answered_at = monotonic()
        return result

    def _undo(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except psycopg.Error:
            connection.close()  # the server undoes it by itself

    def _connection(self) -> Connection:
        """This thread's own; a new one in the place of one that broke."""
        mine: Connection | None = getattr(self._mine, "connection", None)
        if mine is None or mine.closed:
            if mine is not None:
                self._opened.discard(mine)
            mine = self._mine.connection = self._connect()
            self._opened.add(mine)
        return mine

    def _connect(self) -> Connection:
        """While the server is away one thread looks for it, and the others say that it is."""
        if not self.is_down:
            return self._connect_patiently()
        if not self._trial.acquire(timeout=RECONNECT_WAIT_SECONDS):
            raise psycopg.OperationalError(self._failure)
        try:
            return self._connect_patiently()
        finally:
            self._trial.release()

    def _connect_patiently(self) -> Connection:
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
        """Say it once, not at every call."""
        if not self.is_down:
            log.error("PostgreSQL cannot be used", error=reason_of(error), writing=self._writing)
        self._failure = reason_of(error)
        self.is_down = True

    def _note_success(self) -> None:
        if self.is_down:
            log.info("PostgreSQL can be used again", writing=self._writing)
        self.is_down = False
