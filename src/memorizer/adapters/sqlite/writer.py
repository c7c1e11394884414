"""One thread that writes. Works that wait together are committed together.

A commit costs a flush of the disk. While one runs, others queue up; the next commit takes
them all, each under its own savepoint so that one that fails undoes only itself. Every caller
is answered after the commit: what was answered is on disk.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final

import apsw

from memorizer.adapters.sqlite.connection import STORAGE_ERRORS, unavailable
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.domain.errors import StorageUnavailable

LARGEST_GROUP: Final = 64

Work = Callable[[SqliteTransaction], Any]
Publish = Callable[[frozenset[str]], None]


@dataclass(slots=True)
class Order:
    """A piece of work somebody waits for."""

    work: Work
    answer: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Runs works in write transactions, in the order in which they came."""

    def __init__(
        self,
        connection: apsw.Connection,
        transaction: SqliteTransaction,
        publish: Publish,
        check: Callable[[], None],
    ) -> None:
        """`check` raises StorageUnavailable where a commit would not be seen by anybody."""
        self._check = check
        self._connection = connection
        self._transaction = transaction
        self._publish = publish
        self._orders: SimpleQueue[Order | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="memorizer-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work) -> Future[Any]:
        """Queue the work; its result or error comes after the commit."""
        order = Order(work)
        self._orders.put(order)
        return order.answer

    def close(self) -> None:
        """Finish what is queued and stop."""
        self._orders.put(None)
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while (first := self._orders.get()) is not None:
            group, is_last = self._group(first)
            self._commit(group)
            if is_last:
                return

    def _group(self, first: Order) -> tuple[list[Order], bool]:
        group = [first]
        while len(group) < LARGEST_GROUP:
            try:
                order = self._orders.get_nowait()
            except Empty:
                break
            if order is None:
                return group, True
            group.append(order)
        return group, False

    def _commit(self, group: list[Order]) -> None:
        # a caller that was cancelled before its turn is left out; after this it cannot be
        group = [order for order in group if order.answer.set_running_or_notify_cancel()]
        topics: set[str] = set()
        try:
            self._check()
            self._connection.execute("BEGIN IMMEDIATE")
            for order in group:
                topics |= self._perform(order)
            self._connection.execute("COMMIT")
            self._check()
        except apsw.Error as error:
            self._undo_all(group, unavailable(error))
        except StorageUnavailable as error:
            self._undo_all(group, error)
        for order in group:
            if order.error is None:
                order.answer.set_result(order.result)
            else:
                order.answer.set_exception(order.error)
        self._publish(frozenset(topics))

    def _perform(self, order: Order) -> set[str]:
        """Run one work under its savepoint; the topics it touched, none if it failed."""
        self._transaction.begin()
        self._connection.execute("SAVEPOINT work")
        try:
            order.result = order.work(self._transaction)
        except STORAGE_ERRORS:
            raise  # the whole transaction is in doubt
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and is handed over
            self._connection.execute("ROLLBACK TO work")
            self._connection.execute("RELEASE work")
            order.error = error
            return set()
        self._connection.execute("RELEASE work")
        return set(self._transaction.touched)

    def _undo_all(self, group: list[Order], error: StorageUnavailable) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        for order in group:
            order.error = order.error or error
