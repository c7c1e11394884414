"""A clock that stands still until a test moves it."""

from memorizer.adapters.system_clock import SystemClock


class ManualClock:
    """Fulfils ports.clock.Clock; ids stay real."""

    def __init__(self, now: int = 1_700_000_000_000) -> None:
        self._now = now
        self._ids = SystemClock()

    def now(self) -> int:
        return self._now

    def new_id(self) -> str:
        return self._ids.new_id()

    def advance(self, *, seconds: float) -> None:
        self._now += int(seconds * 1_000)
