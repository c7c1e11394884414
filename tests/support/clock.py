"""Clocks that tests move."""

import asyncio

from memorizer.adapters.system_clock import SystemClock


class ManualClock:
    """Implements ports.clock.Clock: stands still until a test moves it; ids stay real."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._now = now
        self._ids = SystemClock()

    def now(self) -> int:
        return self._now

    def new_id(self) -> str:
        return self._ids.new_id()

    def advance(self, *, seconds: float) -> None:
        self._now += int(seconds * 1_000)


class LoopClock:
    """The running event loop's: its timeouts and sleeps end early where a test says so."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._real, self._ahead = self._loop.time, 0.0
        self._loop.time = self._now  # type: ignore[method-assign]

    def _now(self) -> float:
        return self._real() + self._ahead

    def advance(self, *, seconds: float) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._add, seconds)

    def _add(self, seconds: float) -> None:
        self._ahead += seconds
