"""A server that hangs is told from one that is busy, and nobody waits for it for ever.

A machine that is frozen still acknowledges what it is sent, so neither TCP nor PostgreSQL's own
time limits end the waiting. Whoever has waited for a while asks on another connection whether
the server answers anybody.
"""

from math import inf
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen

PROBE_AFTER_SECONDS: Final = 10.0
"""How long a statement goes without an answer before the server is asked whether it lives."""
PROBE_TIMEOUT_SECONDS: Final = 5
MAX_SILENT_SECONDS: Final = 75.0
"""More than the server itself gives a statement: here the way to it must be broken."""
_LOOK_SECONDS: Final = 0.1

T = TypeVar("T")


class WatchedConnection(psycopg.Connection[tuple[Any, ...]]):
    """Closes itself and raises OperationalError when the server has fallen silent."""

    address: str = ""
    """Where to ask whether the server lives."""
    max_silent_seconds: float = inf
    is_pooled: bool = False
    """Whether each transaction may get another session."""

    def wait(
        self, gen: PQGen[T], interval: float = _LOOK_SECONDS, timeout: float | None = None
    ) -> T:
        """Every answer of the server comes through here."""
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: PQGen[T]) -> PQGen[T]:
        since = asked_at = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = monotonic()
                if ready:
                    since = asked_at = now
                elif now > asked_at + PROBE_AFTER_SECONDS:
                    self._require_life(since)
                    asked_at = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result

    def _require_life(self, since: float) -> None:
        if monotonic() > since + self.max_silent_seconds or not is_responsive(self.address):
            self.close()
            waited = round(monotonic() - since)
            raise psycopg.OperationalError(f"the server has been silent for {waited} seconds")


class _Probe(psycopg.Connection[tuple[Any, ...]]):
    def wait(
        self, gen: PQGen[T], interval: float = _LOOK_SECONDS, timeout: float | None = None
    ) -> T:
        return super().wait(gen, interval, PROBE_TIMEOUT_SECONDS if timeout is None else timeout)


def is_responsive(address: str) -> bool:
    """Whether the server answers anybody; a refusal is an answer."""
    try:
        with _Probe.connect(
            address, connect_timeout=PROBE_TIMEOUT_SECONDS, autocommit=True
        ) as probe:
            probe.execute("SELECT 1")
    except (errors.ConnectionTimeout, errors._WaitTimeout):  # noqa: SLF001 - it has no other name
        return False
    except psycopg.OperationalError:
        return True
    return True
