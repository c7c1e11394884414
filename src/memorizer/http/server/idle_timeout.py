"""Closes connections whose clients send no request, or do not read the reply.

Uvicorn sets no limit for either. Checking all connections once a second works with every HTTP
implementation that Uvicorn may use.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from memorizer.supervision import Loop

CHECK_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Progress:
    """The state of a connection at its last progress: unsent bytes, and monotonic seconds."""

    unsent: int
    at: float


class IdleTimeout:
    """Aborts connections without progress for `request_seconds` or `stalled_seconds`."""

    def __init__(
        self,
        connections: Callable[[], Iterable[Any]],
        *,
        request_seconds: float,
        stalled_seconds: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._connections = connections
        self._request_seconds = request_seconds
        self._stalled_seconds = stalled_seconds
        self._clock = clock
        self._last: dict[Any, _Progress] = {}

    async def watch(self, loop: Loop) -> None:
        """Call `check` every second until cancelled."""
        while True:
            self.check()
            loop.works()
            await asyncio.sleep(CHECK_SECONDS)

    def check(self) -> None:
        """Abort the connections that made no progress for too long."""
        now = self._clock()
        current = {each: self._progress(each, now) for each in self._connections()}
        for connection, last in current.items():
            if now - last.at > self._allowed(connection, last):
                connection.transport.abort()
        self._last = current

    def _progress(self, connection: Any, now: float) -> _Progress:
        unsent = connection.transport.get_write_buffer_size()
        last = self._last.get(connection)
        if last is None or unsent < last.unsent or (not unsent and _is_answering(connection)):
            return _Progress(unsent, now)
        return _Progress(unsent, last.at)

    def _allowed(self, connection: Any, last: _Progress) -> float:
        """Return the limit in seconds: for reading a reply, or for sending a request."""
        return self._stalled_seconds if last.unsent else self._request_seconds


def _is_answering(connection: Any) -> bool:
    """Whether the application is working on a reply, for which there is no limit here."""
    cycle = connection.cycle
    return cycle is not None and not cycle.response_complete
