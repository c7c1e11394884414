"""Signals within this process; signals of other processes differ by database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Lock
from typing import Final

from memorizer.domain.topics import JOB

ANY_TOPIC: Final = "*"
"""Wildcard topic: wakes every subscription."""


class LocalSubscription:
    """Implements ports.signals.Subscription."""

    def __init__(self, topics: frozenset[str]) -> None:
        self._topics = topics
        self._changed: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self.follows_job = any(topic.startswith(JOB) for topic in topics)

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
        """Wake the subscriber for the topics it subscribed to. Callable from any thread."""
        subscribed = self._topics if ANY_TOPIC in topics else self._topics & topics
        if subscribed:
            with suppress(RuntimeError):  # its event loop has ended: nobody waits any more
                self._loop.call_soon_threadsafe(self._add, subscribed)

    def _add(self, topics: frozenset[str]) -> None:
        self._changed |= topics
        self._event.set()


class LocalSignals:
    """Implements ports.signals.Signals."""

    def __init__(self) -> None:
        self._subscriptions: set[LocalSubscription] = set()
        self._lock = Lock()
        self.closed = False

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[LocalSubscription]:
        subscription = LocalSubscription(frozenset(topics))
        with self._lock:
            self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            with self._lock:
                self._subscriptions.discard(subscription)

    def publish(self, topics: frozenset[str]) -> None:
        """Notify the subscribers of any of these topics. Callable from any thread."""
        if not topics:
            return
        with self._lock:
            subscriptions = list(self._subscriptions)
        for subscription in subscriptions:
            subscription.notify(topics)

    @property
    def has_job_subscriber(self) -> bool:
        """Whether somebody follows the progress of a job: then changes are polled for often."""
        with self._lock:
            return any(subscription.follows_job for subscription in self._subscriptions)

    def close(self) -> None:
        self.closed = True
        self.publish(frozenset({ANY_TOPIC}))
