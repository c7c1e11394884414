"""Who wants to know that something changed. A signal never says what: readers read again."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Subscription(Protocol):
    """Remembers that its topics changed, however often, until it is asked."""

    async def wait(self, seconds: float) -> frozenset[str]:
        """Topics that changed since the last call; empty after `seconds` without any."""
        ...


class Signals(Protocol):
    """Hears changes made by this process and by others on the same database or queue."""

    def subscribe(self, *topics: str) -> AbstractAsyncContextManager[Subscription]: ...

    @property
    def closed(self) -> bool:
        """Whether the process is stopping: whoever waits should end."""
        ...

    def publish(self, topics: frozenset[str]) -> None:
        """Tell whoever subscribed to any of these, in this process."""
        ...

    def close(self) -> None:
        """Wake everybody for the last time."""
        ...
