"""Which MCP clients have connected since this process began."""

from dataclasses import dataclass
from typing import Final

from memorizer.ports.clock import Clock

MAX_CLIENTS: Final = 50
"""Names that are remembered; the one that was heard of longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class ConnectedClient:
    """A client, as it calls itself, and when its last handshake was (UTC milliseconds)."""

    name: str
    at: int


class ConnectedClients:
    """Remembers the last handshake of each client, in memory."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last: dict[str, int] = {}

    def note(self, name: str) -> None:
        """Note a handshake."""
        self._last.pop(name, None)
        self._last[name] = self._clock.now()
        if len(self._last) > MAX_CLIENTS:
            del self._last[next(iter(self._last))]

    def newest(self) -> list[ConnectedClient]:
        """All that are remembered, the last one first."""
        return [ConnectedClient(name, at) for name, at in reversed(self._last.items())]
