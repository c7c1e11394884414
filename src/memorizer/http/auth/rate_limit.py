"""Limits per client: requests a minute, failed logins, open event streams."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from math import ceil
from time import monotonic
from typing import Final

from memorizer.domain.errors import TooManyRequests

MINUTE_SECONDS: Final = 60.0


class TokenBucket:
    """Allows each client `per_minute` requests a minute, also in one burst; 0: no limit."""

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = monotonic,
        *,
        who: str = "This token",
        setting: str = " (MEMORIZER_REQUESTS_PER_MINUTE)",
        max_clients: int = 100_000,
    ) -> None:
        """`who` and `setting` are words of the refusal; of more clients the oldest is forgotten."""
        self._per_minute = per_minute
        self._clock = clock
        self._who, self._setting = who, setting
        self._max_clients = max_clients
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> None:
        """Count one request. Raises TooManyRequests when none is left."""
        if not self._per_minute:
            return
        now, a_second = self._clock(), self._per_minute / MINUTE_SECONDS
        left, at = self._left.get(client, (float(self._per_minute), now))
        left = min(left + (now - at) * a_second, self._per_minute)
        if left < 1:
            raise TooManyRequests(
                f"{self._who} may make {self._per_minute:,} requests a minute{self._setting}. "
                "Wait, then send requests more slowly.",
                retry_after=ceil((1 - left) / a_second),
            )
        self._left[client] = (left - 1, now)
        self._left.move_to_end(client)
        if len(self._left) > self._max_clients:
            self._left.popitem(last=False)


class LoginThrottle:
    """Delays replies to wrong tokens, doubling with each one from the same address.

    Valid tokens are never delayed, so a client cannot lock out others.
    """

    MIN_DELAY_SECONDS: Final = 0.1
    MAX_DELAY_SECONDS: Final = 5.0
    MAX_DOUBLINGS: Final = 10
    MAX_WAITING: Final = 20
    MAX_ADDRESSES: Final = 1_000

    def __init__(
        self,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._waiting = 0
        self._recent: OrderedDict[str, tuple[int, float]] = OrderedDict()

    async def slow_down(self, address: str) -> None:
        """Wait as long as this address must. Raises TooManyRequests when too many wait."""
        seconds = self._seconds(address)
        if self._waiting >= self.MAX_WAITING:
            raise TooManyRequests(
                "Too many requests with an invalid token. Check the token.",
                retry_after=ceil(seconds),
            )
        self._waiting += 1
        try:
            await self._sleep(seconds)
        finally:
            self._waiting -= 1

    def _seconds(self, address: str) -> float:
        now = self._clock()
        before, at = self._recent.pop(address, (0, now))
        doublings = before if now - at < MINUTE_SECONDS else 0
        self._recent[address] = (min(doublings + 1, self.MAX_DOUBLINGS), now)
        if len(self._recent) > self.MAX_ADDRESSES:
            self._recent.popitem(last=False)
        return min(self.MIN_DELAY_SECONDS * 2.0**doublings, self.MAX_DELAY_SECONDS)


class StreamLimit:
    """At most `maximum` open event streams for each client."""

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._open: Counter[str] = Counter()

    def acquire(self, client: str) -> None:
        """Count one more stream. Raises TooManyRequests at the maximum."""
        if self._open[client] >= self._maximum:
            raise TooManyRequests(
                f"This client has reached its limit of {self._maximum} open event streams "
                "(MEMORIZER_MAX_STREAMS). Close unused ones.",
                retry_after=5,
            )
        self._open[client] += 1

    def release(self, client: str) -> None:
        """Count one stream less."""
        self._open[client] -= 1
        if not self._open[client]:
            del self._open[client]
