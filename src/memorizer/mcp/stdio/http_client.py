"""Hands messages to the server that runs on the data directory."""

import json
import select
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from time import monotonic
from typing import Final

from memorizer.mcp.stdio import messages, server_discovery
from memorizer.mcp.stdio.messages import Json, Request
from memorizer.mcp.stdio.server_discovery import ServerConnection

SILENT_SECONDS: Final = 60.0
"""A stream that is alive says so every 15 seconds."""
IDLE_SECONDS: Final = 2.0
"""The server closes idle connections after 5; one that it is about to close must not be used."""
CHUNK: Final = 65_536


class Lost(Exception):
    """The server went away in the middle of a call."""


class HttpClient:
    """Calls to one server; each has a connection of its own while it lasts."""

    def __init__(self, data_dir: Path, path: str = "/mcp") -> None:
        self._data_dir = data_dir
        self._path = path
        self._idle: deque[tuple[float, ServerConnection]] = deque()

    def exchange(self, request: Request) -> Iterator[bytes] | None:
        """Send a request and return the replies; None if no server runs. Raises Lost."""
        line = self._line()
        return None if line is None else self._post(line, request)

    def close(self) -> None:
        """Hang up where nothing is under way."""
        for _, line in self._idle:
            line.connection.close()

    def _line(self) -> ServerConnection | None:
        with suppress(IndexError):
            while True:
                since, line = self._idle.pop()
                if monotonic() - since < IDLE_SECONDS and _is_open(line.connection):
                    return line
                line.connection.close()
        return server_discovery.connect(self._data_dir)

    def _post(self, line: ServerConnection, request: Request) -> Iterator[bytes]:
        message, connection = request.message, line.connection
        request.on_cancel(lambda: _cut(connection))  # the server notices, and stops
        try:
            connection.sock.settimeout(SILENT_SECONDS)
            body = json.dumps(message).encode()
            headers = messages.headers(message, request.client)
            headers["Authorization"] = f"Bearer {line.key}"
            connection.request("POST", self._path, body, headers)
            yield from _read(connection.getresponse(), message)
        except (OSError, HTTPException) as error:
            connection.close()
            raise Lost(str(error)) from error
        request.on_cancel(None)
        self._idle.append((monotonic(), line))


def _read(reply: HTTPResponse, message: Json) -> Iterator[bytes]:
    found = messages.Reply(message, reply.status, reply.headers.get("Content-Type", ""))
    with reply:  # only a closed reply frees the connection, and read1() alone leaves it open
        while chunk := reply.read1(CHUNK):
            yield from found.feed(chunk)
    yield from found.end()


def _is_open(connection: HTTPConnection) -> bool:
    """Whether the other end has kept an idle connection: a closed one can be read."""
    if connection.sock is None:
        return False
    readable, _, _ = select.select([connection.sock], [], [], 0)
    return not readable


def _cut(connection: HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):  # it may have ended by itself just now
            connection.sock.shutdown(socket.SHUT_RDWR)
