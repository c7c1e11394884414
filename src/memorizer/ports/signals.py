"""Change signals by topic (domain/topics.py). They carry no data: subscribers read again."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Subscription(Protocol):
    """Collects which of its topics changed until `wait` is called."""

    async def wait(self, seconds: float) -> frozenset[str]:
        """Wait for a change; the topics changed since the last call, empty after `seconds`."""
        ...


class Signals(Protocol):
    """Delivers changes of this process and of others on the same database or queue."""

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[Subscription]:
        """Subscribe to these topics while the context is entered."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the process is stopping; subscribers should end then."""
        ...

    def publish(self, topics: frozenset[str]) -> None:
        """Notify the subscribers in this process."""
        ...

    def close(self) -> None:
        """Set `closed` and wake all subscribers."""
        ...
