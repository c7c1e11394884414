"""Tell a server that hangs from one that is busy, so that nobody waits for it for ever.

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
"""How long a statement goes unanswered before the server is probed."""
PROBE_TIMEOUT_SECONDS: Final = 5
MAX_SILENT_SECONDS: Final = 75.0
"""Longer than the server's statement_timeout: beyond it the network must be broken."""
_WAIT_INTERVAL_SECONDS: Final = 0.1

T = TypeVar("T")


class WatchedConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection that closes and raises OperationalError when the server does not respond."""

    address: str = ""
    """The connection string for probes."""
    max_silent_seconds: float = inf
    is_pooled: bool = False
    """Whether each transaction may get another session."""

    def wait(
        self, gen: PQGen[T], interval: float = _WAIT_INTERVAL_SECONDS, timeout: float | None = None
    ) -> T:
        """Wait for the server; psycopg calls this for every answer."""
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: PQGen[T]) -> PQGen[T]:
        since = probed_at = monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = monotonic()
                if ready:
                    since = probed_at = now
                elif now > probed_at + PROBE_AFTER_SECONDS:
                    self._require_response(since)
                    probed_at = monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            result: T = end.value
            return result

    def _require_response(self, since: float) -> None:
        if monotonic() > since + self.max_silent_seconds or not is_responsive(self.address):
            self.close()
            waited = round(monotonic() - since)
            raise psycopg.OperationalError(f"the server has been silent for {waited} seconds")


class _Probe(psycopg.Connection[tuple[Any, ...]]):
    def wait(
        self, gen: PQGen[T], interval: float = _WAIT_INTERVAL_SECONDS, timeout: float | None = None
    ) -> T:
        return super().wait(gen, interval, PROBE_TIMEOUT_SECONDS if timeout is None else timeout)


def is_responsive(address: str) -> bool:
    """Whether the server answers a new connection; a refusal is an answer."""
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
