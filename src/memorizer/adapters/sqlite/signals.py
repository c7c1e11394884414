"""Hearing of other processes' commits to the same file.

Our own commits publish their topics at once. Others' are noticed by asking the file for its
version several times a second; what they changed is not known then. The question costs 6 us, but
waking up to ask it 150 us: so the file is asked often only while somebody follows a job's steps.
"""

from threading import Event, Thread
from typing import Final

import apsw

from memorizer.adapters.sql.signals import ANY, LocalSignals

POLL_SECONDS: Final = 0.2
FOLLOWED_SECONDS: Final = 0.025


class FileWatch:
    """A thread that tells when the file was changed, by whomever."""

    def __init__(self, connection: apsw.Connection, signals: LocalSignals) -> None:
        self._connection = connection
        self._signals = signals
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="memorizer-signals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; nothing is noticed any more."""
        self._stopping.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        version = self._version()
        while not self._stopping.wait(self._pause()):
            if (now := self._version()) != version:
                version = now
                self._signals.publish(frozenset({ANY}))

    def _pause(self) -> float:
        return FOLLOWED_SECONDS if self._signals.follows_a_job else POLL_SECONDS

    def _version(self) -> int:
        # the pragma reads the file; APSW's data_version() only tells what was read last
        return int(self._connection.pragma("data_version"))
