"""Detect commits of other processes to the same file.

Our own commits publish their topics at once. Other processes' commits are detected by polling the
file's data version: every 0.2 s, or every 25 ms while a job is followed (a poll costs 6 us, waking
up for it 150 us). When it has changed, the writer knows whether other processes committed something
that is signalled: the version also changes for our own commits, and for heartbeats of workers. What
they changed is not known, so ANY_TOPIC is published.
"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import apsw

from memorizer.adapters.sql.signals import ANY_TOPIC, LocalSignals
from memorizer.adapters.sqlite.connection import force_close
from memorizer.domain.errors import StorageUnavailable
from memorizer.supervision import Loop, Supervisor

POLL_SECONDS: Final = 0.2
FOLLOWED_POLL_SECONDS: Final = 0.025


class ChangePoller:
    """A thread that publishes ANY_TOPIC when another process has changed the file."""

    def __init__(
        self,
        open_: Callable[[], apsw.Connection],
        others: Callable[[], int],
        signals: LocalSignals,
        supervisor: Supervisor,
        on_poll: Callable[[], None] = lambda: None,
    ) -> None:
        """`others` returns how many changes they committed; raises StorageUnavailable.

        `on_poll` is called at each poll.
        """
        self._open = open_
        self._others = others
        self._last_others: int | None = None
        self._on_poll = on_poll
        self._is_from_others()
        self._connection = open_()
        self._last_version: int | None = self._version()
        self._signals = signals
        self._stopping = Event()
        self._thread = Thread(
            target=supervisor.run_in_thread,
            args=("signals", self._run, self._stopping),
            name="memorizer-signals",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join()
        force_close(self._connection)

    def _run(self, loop: Loop) -> None:
        if self._last_version is None:  # the last connection failed
            force_close(self._connection)
            self._connection = self._open()
        while not self._stopping.wait(self._interval_seconds()):
            self._poll()
            self._on_poll()
            loop.works()

    def _poll(self) -> None:
        """Publish if others committed, and after a failed poll, which may have missed a commit."""
        seen, self._last_version = self._last_version, None
        version = self._version()
        is_from_others = version != seen and self._is_from_others()
        if is_from_others or seen is None:
            self._signals.publish(frozenset({ANY_TOPIC}))
        self._last_version = version

    def _is_from_others(self) -> bool:
        """Whether another process may have committed since the last call."""
        seen = self._last_others
        try:
            self._last_others = self._others()
        except StorageUnavailable:
            self._last_others = None
        return seen is None or self._last_others != seen

    def _interval_seconds(self) -> float:
        return FOLLOWED_POLL_SECONDS if self._signals.has_job_subscriber else POLL_SECONDS

    def _version(self) -> int:
        # the pragma reads the file; APSW's data_version() only tells what was read last
        return int(self._connection.pragma("data_version"))
