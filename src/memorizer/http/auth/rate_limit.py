"""How fast clients may go: requests of a token, wrong tokens, open streams."""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from math import ceil
from time import monotonic
from typing import Final

from memorizer.domain.errors import TooManyRequests

MINUTE: Final = 60.0


class TokenBucket:
    """So many requests a minute for each; who was quiet may be quick for a while. 0: any number."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, who: str) -> None:
        """Note a request. Raises TooManyRequests."""
        if not self._per_minute:
            return
        now, a_second = self._clock(), self._per_minute / MINUTE
        left, at = self._left.get(who, (float(self._per_minute), now))
        left = min(left + (now - at) * a_second, self._per_minute)
        if left < 1:
            raise TooManyRequests(
                f"This token may make {self._per_minute:,} requests a minute "
                "(MEMORIZER_REQUESTS_PER_MINUTE). Wait a little, then go on more slowly.",
                retry_after=ceil((1 - left) / a_second),
            )
        self._left[who] = (left - 1, now)


class LoginThrottle:
    """Each wrong token is answered later than the one before from the same address.

    Right ones are never held up, so nobody can lock others out.
    """

    FIRST_SECONDS: Final = 0.1
    LONGEST_SECONDS: Final = 5.0
    MOST_DOUBLINGS: Final = 10
    MOST_WAITING: Final = 20
    MOST_ADDRESSES: Final = 1_000

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
        """Wait. Raises TooManyRequests at once where too many wait already."""
        seconds = self._seconds(address)
        if self._waiting >= self.MOST_WAITING:
            raise TooManyRequests(
                "Too many wrong tokens. Check the one that is sent.", retry_after=ceil(seconds)
            )
        self._waiting += 1
        try:
            await self._sleep(seconds)
        finally:
            self._waiting -= 1

    def _seconds(self, address: str) -> float:
        now = self._clock()
        before, at = self._recent.pop(address, (0, now))
        doublings = before if now - at < MINUTE else 0
        self._recent[address] = (min(doublings + 1, self.MOST_DOUBLINGS), now)
        if len(self._recent) > self.MOST_ADDRESSES:
            self._recent.popitem(last=False)
        return min(self.FIRST_SECONDS * 2.0**doublings, self.LONGEST_SECONDS)


class StreamLimit:
    """How many streams each client holds open."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def acquire(self, who: str) -> None:
        """One more. Raises TooManyRequests."""
        if self._open[who] >= self._most:
            raise TooManyRequests(
                f"{self._most} event streams are open for this client, and that is the most "
                "(MEMORIZER_MAX_STREAMS). Close some that nobody reads.",
                retry_after=5,
            )
        self._open[who] += 1

    def release(self, who: str) -> None:
        """One less."""
        self._open[who] -= 1
        if not self._open[who]:
            del self._open[who]
