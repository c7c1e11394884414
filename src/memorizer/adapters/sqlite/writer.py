"""Group commit: one thread runs queued transaction functions and commits them together.

Each commit flushes the disk. Functions queued while one runs share the next commit; each has its
own savepoint, so that one that fails rolls back only itself. Callers get their result after the
commit, when it is durable. Every caller gets a result or an error: a connection that cannot roll
back is replaced.
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
GET_CHANGES: Final = "SELECT changes FROM store"
_CLOSED: Final = "The database was closed. Nothing was written."
_COUNT_CHANGE: Final = "UPDATE store SET changes = changes + 1"
_FAILED: Final = "Writing failed unexpectedly; it may be done or not. Read again what is there."

TransactionFunction = Callable[[SqliteTransaction], Any]
Publish = Callable[[frozenset[str]], None]
Open = Callable[[], tuple[apsw.Connection, SqliteTransaction]]


@dataclass(slots=True)
class WriteRequest:
    """A transaction function and the future of its result."""

    function: TransactionFunction
    future: Future[Any] = field(default_factory=Future)
    result: Any = None
    error: BaseException | None = None
    is_changes_query: bool = False
    """Whether it only asks for `external_changes`."""

    def resolve(self) -> None:
        """Hand the result or error to the caller."""
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Writer:
    """Runs transaction functions in the order of their arrival, each in a savepoint."""

    def __init__(
        self, open_: Open, publish: Publish, check: Callable[[], None], supervisor: Supervisor
    ) -> None:
        """`check` raises StorageUnavailable where a commit would not be seen by anybody."""
        self._open = open_
        self._check = check
        self._connection, self._transaction = open_()
        self._is_broken = False
        self._own_changes = 0
        self._publish = publish
        self._requests: SimpleQueue[WriteRequest | None] = SimpleQueue()
        self._current_group: list[WriteRequest | None] = []
        self._closing = Event()
        self._thread = Thread(
            target=supervisor.run_in_thread,
            args=("writer", self._run, self._closing),
            name="memorizer-writer",
            daemon=True,
        )
        self._thread.start()

    def submit(self, function: TransactionFunction) -> Future[Any]:
        """Queue the function; its result or error comes after the commit."""
        request = WriteRequest(function)
        self._put(request)
        return request.future

    def _put(self, request: WriteRequest) -> None:
        self._requests.put(request)
        if not self._thread.is_alive():
            self._fail_late_requests()

    def external_changes(self) -> int:
        """Return the number of commits with changes to signal that were not made here.

        Raises StorageUnavailable.
        """
        request = WriteRequest(_do_nothing, is_changes_query=True)
        self._put(request)
        return int(request.future.result())

    def close(self) -> None:
        """Finish what is queued and stop."""
        self._closing.set()
        self._requests.put(None)
        self._thread.join()
        force_close(self._connection)
        self._fail_late_requests()

    def _run(self, loop: Loop) -> None:
        if self._current_group:  # the last start failed in the middle of these
            self._fail(self._current_group, OutcomeUnknown(_FAILED))
            self._is_broken = True
        is_last = False
        while not is_last:
            group, is_last = self._group()
            if group:
                self._serve(group, loop)

    def _group(self) -> tuple[list[WriteRequest], bool]:
        """Return the requests that wait; and whether the writer was closed after them."""
        requests = self._current_group = [self._requests.get()]
        with suppress(Empty):
            while len(requests) < MAX_GROUP_SIZE and requests[-1] is not None:
                requests.append(self._requests.get_nowait())
        # a caller that was cancelled before its turn is left out; after this it cannot be
        group = [
            request
            for request in requests
            if request is not None and request.future.set_running_or_notify_cancel()
        ]
        return group, requests[-1] is None

    def _serve(self, group: Sequence[WriteRequest], loop: Loop) -> None:
        """Commit the group and answer every request, whatever happens."""
        topics: frozenset[str] = frozenset()
        try:
            if requests := [request for request in group if not request.is_changes_query]:
                topics = self._commit(requests)
            loop.works()
        except Exception as error:  # noqa: BLE001 - every caller gets it
            failure = _as_unavailable(error)
            for request in group:
                request.error = request.error or failure
            self._recover(error, loop)
        for request in group:
            if request.is_changes_query and request.error is None:
                self._answer_changes_query(request)
            request.resolve()
        self._publish(topics)

    def _answer_changes_query(self, query: WriteRequest) -> None:
        try:
            [(changes,)] = self._connection.execute(GET_CHANGES)
            query.result = changes - self._own_changes
        except Exception as error:  # noqa: BLE001 - the caller gets it; what was committed stays
            query.error = _as_unavailable(error)

    def _fail_late_requests(self) -> None:
        self._fail(self._current_group, OutcomeUnknown(_FAILED))
        with suppress(Empty):
            while True:
                self._fail([self._requests.get_nowait()], StorageUnavailable(_CLOSED))

    def _fail(self, requests: Sequence[WriteRequest | None], error: StorageUnavailable) -> None:
        """Fail those requests that have no answer yet."""
        for request in requests:
            if request is not None and not request.future.done():
                request.future.set_exception(error)

    def _commit(self, group: Sequence[WriteRequest]) -> frozenset[str]:
        """Return the topics that were touched. Raises what undid the whole group."""
        self._reopen()
        self._check()
        self._connection.execute("BEGIN IMMEDIATE")
        if len(group) == 1:
            topics = self._perform_alone(group[0])
        else:
            topics = frozenset().union(*map(self._perform, group))
        if self._connection.in_transaction:
            if topics:
                self._connection.execute(_COUNT_CHANGE)
            self._connection.execute("COMMIT")
            self._own_changes += bool(topics)
            self._check()
        return topics

    def _perform(self, request: WriteRequest) -> frozenset[str]:
        """Run one function under its savepoint; the topics it touched, none if it failed."""
        self._connection.execute("SAVEPOINT work")
        topics = self._attempt(request)
        if request.error is not None:
            self._connection.execute("ROLLBACK TO work")
        self._connection.execute("RELEASE work")
        return topics

    def _perform_alone(self, request: WriteRequest) -> frozenset[str]:
        """Do the same without a savepoint, which would journal what each statement does."""
        topics = self._attempt(request)
        if request.error is not None:
            roll_back(self._connection)
        return topics

    def _attempt(self, request: WriteRequest) -> frozenset[str]:
        self._transaction.begin()
        try:
            request.result = request.function(self._transaction)
        except STORAGE_ERRORS:
            raise  # the whole transaction is in doubt
        except BaseException as error:  # noqa: BLE001 - it is the caller's, and is handed over
            request.error = _as_unavailable(error) if isinstance(error, apsw.Error) else error
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
        """Raise StorageUnavailable; then the next group tries again."""
        if self._is_broken:
            force_close(self._connection)
            self._connection, self._transaction = self._open()
            self._is_broken = False


def _do_nothing(_: SqliteTransaction) -> None:
    """Change nothing."""


def _as_unavailable(error: BaseException) -> StorageUnavailable:
    """Return the error as StorageUnavailable, for callers whose own work did not raise it."""
    if isinstance(error, StorageUnavailable):
        return error
    if isinstance(error, apsw.Error):
        unavailable_error = unavailable(error)
    else:
        unavailable_error = StorageUnavailable(f"Writing failed: {type(error).__name__}: {error}")
    unavailable_error.__cause__ = error
    return unavailable_error
