"""Group commit: insert-only functions share transactions, on a connection of their own.

While one transaction runs, others gather; the next takes them all. Their statements follow each
other in one pipeline and none waits for a commit of its own: of many small stores more than half
of the time goes, here and in PostgreSQL. They lock no row that another one could wait for, so
sharing makes no deadlocks.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from memorizer.adapters.postgres.connection import Connection
from memorizer.adapters.postgres.connection_threads import ConnectionThreads
from memorizer.adapters.postgres.errors import unavailable
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.domain.errors import OutcomeUnknown, StorageUnavailable

MAX_GROUP_SIZE: Final = 64
FAILED: Final = "Writing failed unexpectedly; it may be done or not. Read again what is there."

T = TypeVar("T")
TransactionFunction = Callable[[PostgresTransaction], Any]
Perform = Callable[[Connection, Sequence[TransactionFunction]], list[Any]]
"""Runs functions in one transaction, to its end."""


@dataclass(slots=True)
class InsertRequest:
    """A function and the future of its result."""

    function: TransactionFunction
    future: Future[Any] = field(default_factory=Future)


class GroupCommitter:
    """Runs functions in the order in which they came, several in one transaction."""

    def __init__(self, url: str, perform: Perform) -> None:
        self._pool = ConnectionThreads(url, 1, writing=True)
        self._perform = perform
        self._requests: SimpleQueue[InsertRequest] = SimpleQueue()

    async def run(self, function: Callable[[PostgresTransaction], T]) -> T:
        """Return the function's result.

        Raises StorageUnavailable, OutcomeUnknown, and what it raises.
        """
        request = InsertRequest(function)
        self._requests.put(request)
        self._pool.submit(self._serve)
        result: T = await asyncio.wrap_future(request.future)
        return result

    def close(self) -> None:
        """Finish what is queued, then close the connection."""
        self._pool.close()

    def _serve(self) -> None:
        """Run all requests that wait; an earlier call may have run them already."""
        group: list[InsertRequest] = []
        try:
            self._take(group)
            if len(group) > 1 and self._run_together(group):
                return
            for request in group:
                self._run_alone(request)
        except BaseException as error:  # nobody waits for ever, not even after a bug of ours
            unknown = OutcomeUnknown(FAILED)
            unknown.__cause__ = error
            _fail_all(group, unknown)
            raise

    def _take(self, group: list[InsertRequest]) -> None:
        """Add the requests that wait to the group, at most MAX_GROUP_SIZE."""
        with suppress(Empty):
            while len(group) < MAX_GROUP_SIZE:
                group.append(self._requests.get_nowait())
        # a caller that was cancelled before its turn is left out; after this it cannot be
        group[:] = [each for each in group if each.future.set_running_or_notify_cancel()]

    def _run_together(self, group: Sequence[InsertRequest]) -> bool:
        """Run all in one transaction; False when one of them failed and nothing was written."""
        functions = [request.function for request in group]
        try:
            results = self._pool.with_reconnect(
                lambda connection: self._perform(connection, functions)
            )
        except OutcomeUnknown as error:
            _fail_all(group, error)
        except Exception as error:  # noqa: BLE001 - it comes again to the one it belongs to
            if not self._pool.is_down:
                return False
            _fail_all(group, unavailable(error))  # at once: each would wait for the server in vain
        else:
            for request, result in zip(group, results, strict=True):
                request.future.set_result(result)
        return True

    def _run_alone(self, request: InsertRequest) -> None:
        try:
            [result] = self._pool.execute(lambda c: self._perform(c, [request.function]))
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and is handed over
            request.future.set_exception(error)
        else:
            request.future.set_result(result)


def _fail_all(group: Sequence[InsertRequest], error: OutcomeUnknown | StorageUnavailable) -> None:
    """Fail those that have no answer yet."""
    for request in group:
        if not request.future.done():
            request.future.set_exception(error)
