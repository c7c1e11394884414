"""Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event. `id`: to be sent as Last-Event-ID when the connection is made again."""

    data: Any
    """Its JSON."""
    id: str | None = None


@dataclass(slots=True)
class EventParser:
    """Reads a stream line by line."""

    _data: list[str] = field(default_factory=list)
    _id: str | None = None

    def feed(self, line: str) -> ServerEvent | None:
        """Take a line without its end; return the event that it completes."""
        if not line:
            data, self._data = self._data, []
            return ServerEvent(json.loads("\n".join(data)), self._id) if data else None
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None
