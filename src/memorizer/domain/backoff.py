"""How long a failed job waits before its next attempt."""


def exponential(
    attempt: int, *, jitter: float, first_ms: int = 1_000, most_ms: int = 60_000
) -> int:
    """Milliseconds to wait after failed attempt number `attempt` (from 1).

    Doubles each time; `jitter` in [0, 1) adds up to a quarter so that jobs which failed
    together do not return together.
    """
    wait = min(first_ms * 2 ** (attempt - 1), most_ms)
    return int(wait * (1 + jitter / 4))
