"""Works that only add rows share transactions, on a connection of their own.

While one transaction runs, others gather; the next takes them all. Their statements follow each
other in one pipeline and none waits for a commit of its own: of many small stores more than half
of the time goes, here and in PostgreSQL. They lock no row that another work could wait for, so
sharing makes no deadlocks.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from memorizer.adapters.postgres.connection import Connection
from memorizer.adapters.postgres.connection_threads import ConnectionThreads
from memorizer.adapters.postgres.errors import unavailable
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.domain.errors import OutcomeUnknown, StorageUnavailable

MAX_GROUP_SIZE: Final = 64

T = TypeVar("T")
Work = Callable[[PostgresTransaction], Any]
Perform = Callable[[Connection, Sequence[Work]], list[Any]]
"""Runs works in one transaction, to its end."""


@dataclass(slots=True)
class InsertRequest:
    """A piece of work somebody waits for."""

    work: Work
    future: Future[Any] = field(default_factory=Future)


class GroupCommitter:
    """Runs works in the order in which they came."""

    def __init__(self, url: str, perform: Perform) -> None:
        self._pool = ConnectionThreads(url, 1, writing=True)
        self._perform = perform
        self._orders: SimpleQueue[InsertRequest] = SimpleQueue()

    async def run(self, work: Callable[[PostgresTransaction], T]) -> T:
        """Raises StorageUnavailable, OutcomeUnknown, and what the work raises."""
        order = InsertRequest(work)
        self._orders.put(order)
        self._pool.submit(self._serve)
        result: T = await asyncio.wrap_future(order.future)
        return result

    def close(self) -> None:
        """Finish what is queued, then close the connection."""
        self._pool.close()

    def _serve(self) -> None:
        """All that wait; an earlier call may have taken them along."""
        group = self._group()
        try:
            if len(group) > 1 and self._is_done_together(group):
                return
            for order in group:
                self._do_alone(order)
        except BaseException as error:
            for order in group:  # nobody waits for ever, not even after a bug of ours
                if not order.future.done():
                    order.future.set_exception(error)
            raise

    def _group(self) -> list[InsertRequest]:
        group: list[InsertRequest] = []
        while len(group) < MAX_GROUP_SIZE:
            try:
                order = self._orders.get_nowait()
            except Empty:
                break
            # a caller that was cancelled before its turn is left out; after this it cannot be
            if order.future.set_running_or_notify_cancel():
                group.append(order)
        return group

    def _is_done_together(self, group: Sequence[InsertRequest]) -> bool:
        """False when nothing was written because one of them failed, whichever it was."""
        works = [order.work for order in group]
        try:
            results = self._pool.with_reconnect(lambda connection: self._perform(connection, works))
        except OutcomeUnknown as error:
            _tell(group, error)
        except Exception as error:  # noqa: BLE001 - it comes again to the one it belongs to
            if not self._pool.is_down:
                return False
            _tell(group, unavailable(error))  # at once: each would wait for the server in vain
        else:
            for order, result in zip(group, results, strict=True):
                order.future.set_result(result)
        return True

    def _do_alone(self, order: InsertRequest) -> None:
        try:
            [result] = self._pool.execute(lambda c: self._perform(c, [order.work]))
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and is handed over
            order.future.set_exception(error)
        else:
            order.future.set_result(result)


def _tell(group: Sequence[InsertRequest], error: OutcomeUnknown | StorageUnavailable) -> None:
    for order in group:
        order.future.set_exception(error)
