"""Hearing of other processes' commits to the same file.

Our own commits publish their topics at once. Others' are noticed by asking the file for its
version several times a second, which costs microseconds; what they changed is not known then.
"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Final

import apsw

from memorizer.adapters.sql.signals import ANY

POLL_SECONDS: Final = 0.1


class FileWatch:
    """A thread that tells when the file was changed, by whomever."""

    def __init__(
        self, connection: apsw.Connection, publish: Callable[[frozenset[str]], None]
    ) -> None:
        self._connection = connection
        self._publish = publish
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
        while not self._stopping.wait(POLL_SECONDS):
            if (now := self._version()) != version:
                version = now
                self._publish(frozenset({ANY}))

    def _version(self) -> int:
        # the pragma reads the file; APSW's data_version() only tells what was read last
        return int(self._connection.pragma("data_version"))
