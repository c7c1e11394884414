"""Signals within this process, and from others on the same file.

Our own commits publish their topics at once. Other processes' commits are noticed by asking
the file for its version several times a second, which costs microseconds; what they changed is
not known then, so everybody is told to look.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Event, Lock, Thread
from typing import Final

import apsw

POLL_SECONDS: Final = 0.1
ANY: Final = "*"
"""Told when another process changed something."""


class SqliteSubscription:
    """Fulfils ports.signals.Subscription."""

    def __init__(self, topics: frozenset[str]) -> None:
        self._topics = topics
        self._changed: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    async def wait(self, seconds: float) -> frozenset[str]:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return frozenset()
        self._event.clear()
        changed = frozenset(self._changed)
        self._changed.clear()
        return changed

    def notify(self, topics: frozenset[str]) -> None:
        """Called from any thread."""
        mine = self._topics if ANY in topics else self._topics & topics
        if mine:
            with suppress(RuntimeError):  # its event loop has ended: nobody waits any more
                self._loop.call_soon_threadsafe(self._note, mine)

    def _note(self, topics: frozenset[str]) -> None:
        self._changed |= topics
        self._event.set()


class SqliteSignals:
    """Fulfils ports.signals.Signals."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._subscriptions: set[SqliteSubscription] = set()
        self._lock = Lock()
        self._stopping = Event()
        self.closed = False
        self._thread = Thread(target=self._watch_file, name="memorizer-signals", daemon=True)
        self._thread.start()

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[SqliteSubscription]:
        subscription = SqliteSubscription(frozenset(topics))
        with self._lock:
            self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            with self._lock:
                self._subscriptions.discard(subscription)

    def publish(self, topics: frozenset[str]) -> None:
        """Tell whoever subscribed to any of these."""
        if not topics:
            return
        with self._lock:
            subscriptions = list(self._subscriptions)
        for subscription in subscriptions:
            subscription.notify(topics)

    def close(self) -> None:
        self.closed = True
        self.publish(frozenset({ANY}))

    def stop(self) -> None:
        """End the thread; nothing is noticed any more."""
        self.close()
        self._stopping.set()
        self._thread.join()
        self._connection.close()

    def _watch_file(self) -> None:
        version = self._version()
        while not self._stopping.wait(POLL_SECONDS):
            if (now := self._version()) != version:
                version = now
                self.publish(frozenset({ANY}))

    def _version(self) -> int:
        # the pragma reads the file; APSW's data_version() only tells what was read last
        return int(self._connection.pragma("data_version"))
