"""Hearing of other processes' commits to the same file.

Our own commits publish their topics at once. Others' are noticed by asking the file for its
version several times a second; what they changed is not known then. The question costs 6 us, but
waking up to ask it 150 us: so the file is asked often only while somebody follows a job's steps.
A change may be our own, and then everything has been said: a heartbeat would make every page read
everything anew. So the connection that writes is asked too, whose version tells of others alone.
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
    """A thread that tells when the file was changed by others."""

    def __init__(
        self,
        open_: Callable[[], apsw.Connection],
        others: Callable[[], int],
        signals: LocalSignals,
        supervisor: Supervisor,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """`others` gives a number that changes with their commits; raises StorageUnavailable.

        `look` is called at each turn too.
        """
        self._open = open_
        self._others = others
        self._seen_others: int | None = None
        self._look_elsewhere = look
        self._connection = open_()
        self._seen: int | None = self._version()
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
        """End the thread; nothing is noticed any more."""
        self._stopping.set()
        self._thread.join()
        force_close(self._connection)

    def _run(self, loop: Loop) -> None:
        if self._seen is None:  # the last connection failed
            force_close(self._connection)
            self._connection = self._open()
        while not self._stopping.wait(self._pause()):
            self._look()
            self._look_elsewhere()
            loop.works()

    def _look(self) -> None:
        """Publish ANY if others committed, and after a failed look, which may have missed one."""
        seen, self._seen = self._seen, None
        version = self._version()
        is_by_others = version != seen and self._is_by_others()
        if is_by_others or seen is None:
            self._signals.publish(frozenset({ANY_TOPIC}))
        self._seen = version

    def _is_by_others(self) -> bool:
        """Whether it may be."""
        seen = self._seen_others
        try:
            self._seen_others = self._others()
        except StorageUnavailable:
            self._seen_others = None
        return seen is None or self._seen_others != seen

    def _pause(self) -> float:
        return FOLLOWED_POLL_SECONDS if self._signals.has_job_subscriber else POLL_SECONDS

    def _version(self) -> int:
        # the pragma reads the file; APSW's data_version() only tells what was read last
        return int(self._connection.pragma("data_version"))
