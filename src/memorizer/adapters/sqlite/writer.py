"""One thread that writes. Works that wait together are committed together.

A commit costs a flush of the disk. While one runs, others queue up; the next commit takes
them all, each under its own savepoint so that one that fails undoes only itself. Every caller
is answered after the commit: what was answered is on disk. Every caller is answered, whatever
happens: a connection that cannot even undo what it began is replaced.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, Final

import apsw

from memorizer.adapters.sqlite.connection import (
    STORAGE_ERRORS,
    force_close,
    roll_back,
    unavailable,
)
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.domain.errors import OutcomeUnknown, StorageUnavailable
from memorizer.supervision import Loop, Supervisor

MAX_GROUP_SIZE: Final = 64
_CLOSED: Final = "The database was closed. Nothing was written."
_FAILED: Final = "Writing failed unexpectedly; it may be done or not. Read again what is there."

Work = Callable[[SqliteTransaction], Any]
Publish = Callable[[frozenset[str]], None]
Open = Callable[[], tuple[apsw.Connection, SqliteTransaction]]


@dataclass(slots=True)
class WriteRequest:
    """A piece of work somebody waits for."""

    work: Work
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None
    is_version_query: bool = False
    """Whether it only wants to know what others wrote."""

    def resolve(self) -> None:
        """Tell who waits."""
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Runs works in write transactions, in the order in which they came."""

    def __init__(
        self, open_: Open, publish: Publish, check: Callable[[], None], supervisor: Supervisor
    ) -> None:
        """`check` raises StorageUnavailable where a commit would not be seen by anybody."""
        self._open = open_
        self._check = check
        self._connection, self._transaction = open_()
        self._is_broken = False
        self._publish = publish
        self._orders: SimpleQueue[WriteRequest | None] = SimpleQueue()
        self._taken: list[WriteRequest | None] = []
        self._closing = Event()
        self._thread = Thread(
            target=supervisor.run_in_thread,
            args=("writer", self._run, self._closing),
            name="memorizer-writer",
            daemon=True,
        )
        self._thread.start()

    def submit(self, work: Work) -> Future[Any]:
        """Queue the work; its result or error comes after the commit."""
        order = WriteRequest(work)
        self._put(order)
        return order.future

    def _put(self, order: WriteRequest) -> None:
        self._orders.put(order)
        if not self._thread.is_alive():
            self._refuse_late_orders()

    def others_version(self) -> int:
        """A number that changes when another connection wrote. Raises StorageUnavailable.

        SQLite's data version leaves the commits of the connection out that is asked.
        """
        order = WriteRequest(_nothing, is_version_query=True)
        self._put(order)
        return int(order.future.result())

    def close(self) -> None:
        """Finish what is queued and stop."""
        self._closing.set()
        self._orders.put(None)
        self._thread.join()
        force_close(self._connection)
        self._refuse_late_orders()

    def _run(self, loop: Loop) -> None:
        if self._taken:  # the last start failed in the middle of these
            self._refuse(self._taken, OutcomeUnknown(_FAILED))
            self._is_broken = True
        is_last = False
        while not is_last:
            group, is_last = self._group()
            if group:
                self._serve(group, loop)

    def _group(self) -> tuple[list[WriteRequest], bool]:
        """What waits; and whether that is all for ever."""
        orders = self._taken = [self._orders.get()]
        with suppress(Empty):
            while len(orders) < MAX_GROUP_SIZE and orders[-1] is not None:
                orders.append(self._orders.get_nowait())
        # a caller that was cancelled before its turn is left out; after this it cannot be
        group = [
            order
            for order in orders
            if order is not None and order.future.set_running_or_notify_cancel()
        ]
        return group, orders[-1] is None

    def _serve(self, group: Sequence[WriteRequest], loop: Loop) -> None:
        """Answer every order, whatever happens."""
        topics: frozenset[str] = frozenset()
        try:
            if works := [order for order in group if not order.is_version_query]:
                topics = self._commit(works)
            loop.works()
        except Exception as error:  # noqa: BLE001 - everybody who waits is told
            failure = _told(error)
            for order in group:
                order.error = order.error or failure
            self._recover(error, loop)
        for order in group:
            if order.is_version_query and order.error is None:
                self._answer(order)
            order.resolve()
        self._publish(topics)

    def _answer(self, question: WriteRequest) -> None:
        try:
            question.result = self._connection.pragma("data_version")
        except Exception as error:  # noqa: BLE001 - who asks is told; what was written stays so
            question.error = _told(error)

    def _refuse_late_orders(self) -> None:
        self._refuse(self._taken, OutcomeUnknown(_FAILED))
        with suppress(Empty):
            while True:
                self._refuse([self._orders.get_nowait()], StorageUnavailable(_CLOSED))

    def _refuse(self, orders: Sequence[WriteRequest | None], error: StorageUnavailable) -> None:
        """Tell those who have not been told anything yet."""
        for order in orders:
            if order is not None and not order.future.done():
                order.future.set_exception(error)

    def _commit(self, group: Sequence[WriteRequest]) -> frozenset[str]:
        """The topics that were touched. Raises what undid the whole group."""
        self._reopen()
        self._check()
        self._connection.execute("BEGIN IMMEDIATE")
        if len(group) == 1:
            topics = self._perform_alone(group[0])
        else:
            topics = frozenset().union(*map(self._perform, group))
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")
            self._check()
        return topics

    def _perform(self, order: WriteRequest) -> frozenset[str]:
        """Run one work under its savepoint; the topics it touched, none if it failed."""
        self._connection.execute("SAVEPOINT work")
        topics = self._attempt(order)
        if order.error is not None:
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")
        return topics

    def _perform_alone(self, order: WriteRequest) -> frozenset[str]:
        """The same without a savepoint, which would cost a journal of what each statement does."""
        topics = self._attempt(order)
        if order.error is not None:
            roll_back(self._connection)
        return topics

    def _attempt(self, order: WriteRequest) -> frozenset[str]:
        self._transaction.begin()
        try:
            order.result = order.work(self._transaction)
        except STORAGE_ERRORS:
            raise  # the whole transaction is in doubt
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and is handed over
            order.error = _told(error) if isinstance(error, apsw.Error) else error
            return frozenset()
        return frozenset(self._transaction.touched)

    def _recover(self, error: Exception, loop: Loop) -> None:
        """Undo what was begun; where even that fails, go on with another connection."""
        if not isinstance(error, apsw.Error | StorageUnavailable):
            loop.failed(error)
        try:
            roll_back(self._connection)
        except Exception as second:  # noqa: BLE001 - the connection is of no use any more
            loop.failed(second)
            self._is_broken = True

    def _reopen(self) -> None:
        """Raises StorageUnavailable; then the next group tries again."""
        if self._is_broken:
            force_close(self._connection)
            self._connection, self._transaction = self._open()
            self._is_broken = False


def _nothing(_: SqliteTransaction) -> None:
    """Change nothing."""


def _told(error: BaseException) -> StorageUnavailable:
    """What callers hear of an error that is not of their own work."""
    if isinstance(error, StorageUnavailable):
        return error
    if isinstance(error, apsw.Error):
        told = unavailable(error)
    else:
        told = StorageUnavailable(f"Writing failed: {type(error).__name__}: {error}")
    told.__cause__ = error
    return told
