"""How long a failed job waits before its next attempt."""

from typing import Final

FIRST_MS: Final = 1_000
MOST_MS: Final = 60_000


def exponential(
    attempt: int, *, jitter: float, first_ms: int = FIRST_MS, most_ms: int = MOST_MS
) -> int:
    """Milliseconds to wait after failed attempt number `attempt` (from 1).

    Doubles each time; `jitter` in [0, 1) adds up to a quarter so that jobs which failed
    together do not return together.
    """
    wait = min(first_ms * 2 ** (attempt - 1), most_ms)
    return int(wait * (1 + jitter / 4))
