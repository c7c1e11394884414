"""Ends connections whose clients say nothing, or take nothing of what they asked for.

Uvicorn waits for ever for the rest of a request's head, and for a client to read its reply. One
look every second at all connections is enough to end that, with whatever speaks HTTP below.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from memorizer.supervision import Loop

LOOK_SECONDS: Final = 1.0


@dataclass(slots=True)
class _Seen:
    """A connection as it was when something last moved in it."""

    unsent: int
    at: float


class IdleTimeout:
    """With the connections of a server."""

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
        self._seen: dict[Any, _Seen] = {}

    async def watch(self, loop: Loop) -> None:
        """Look, for as long as the server runs."""
        while True:
            self.look()
            loop.works()
            await asyncio.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """End those in which nothing has moved for too long."""
        now = self._clock()
        seen = {each: self._progress(each, now) for each in self._connections()}
        for connection, last in seen.items():
            if now - last.at > self._allowed(connection, last):
                connection.transport.abort()
        self._seen = seen

    def _progress(self, connection: Any, now: float) -> _Seen:
        unsent = connection.transport.get_write_buffer_size()
        last = self._seen.get(connection)
        if last is None or unsent < last.unsent or (not unsent and _is_answering(connection)):
            return _Seen(unsent, now)
        return _Seen(unsent, last.at)

    def _allowed(self, connection: Any, last: _Seen) -> float:
        """For a reply that is not read, or for a request that does not come."""
        return self._stalled_seconds if last.unsent else self._request_seconds


def _is_answering(connection: Any) -> bool:
    """Whether the application has the word: it may take its time."""
    cycle = connection.cycle
    return cycle is not None and not cycle.response_complete
