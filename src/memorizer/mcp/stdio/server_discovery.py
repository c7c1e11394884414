"""How a running server is found: a small file in its data directory, believed only when proven.

The file may be stale and its port another program's by now. So whoever comes asks `/healthz`
for the server's own random name, on the very connection that it goes on to use. The file also
holds a key, new at every start, that lets its reader in where tokens are needed: whoever may
read this file could read the database beside it.
"""

import json
import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

FILE: Final = "server.json"
HEADER: Final = "Memorizer-Instance"
CONNECT_SECONDS: Final = 5.0
LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where it listens
"""A server that listens on all addresses is reached by this machine's own."""


@dataclass(frozen=True, slots=True)
class ServerRecord:
    """Where a server says that it is. `instance` is a random name and `key` a secret, both new."""

    host: str
    port: int
    pid: int
    instance: str
    key: str = field(repr=False)

    @classmethod
    def at(cls, listener: socket.socket, instance: str, key: str) -> "ServerRecord":
        """Describe this process, listening on this socket."""
        host, port, *_ = listener.getsockname()
        return cls(LOOPBACK_OF.get(host, host), port, os.getpid(), instance, key)


def new_instance() -> str:
    """Return a random id of this server."""
    return secrets.token_hex(8)


def new_key() -> str:
    """Return a random key that this server accepts as long as it runs."""
    return secrets.token_hex(32)


@dataclass(frozen=True, slots=True)
class ServerConnection:
    """A connection to the server, and the key that lets in."""

    connection: HTTPConnection
    key: str = field(repr=False)


@contextmanager
def announced(data_dir: Path, presence: ServerRecord) -> Iterator[None]:
    """Leave the file, and take it away at the end unless it is another server's by then."""
    path = data_dir / FILE
    draft = data_dir / f"{FILE}.{presence.instance}"
    draft.touch(mode=0o600, exist_ok=False)
    draft.write_text(json.dumps(asdict(presence)) + "\n", encoding="utf-8")
    draft.replace(path)
    try:
        yield
    finally:
        if read(data_dir) == presence:
            path.unlink(missing_ok=True)


def read(data_dir: Path) -> ServerRecord | None:
    """Read the record file; None if it is missing, malformed or owned by a stranger."""
    try:
        if not _is_believed(data_dir):
            return None
        said = json.loads((data_dir / FILE).read_bytes())
        return ServerRecord(
            str(said["host"]),
            int(said["port"]),
            int(said["pid"]),
            str(said["instance"]),
            str(said["key"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_believed(data_dir: Path) -> bool:
    """Whether the file belongs to this user or to the directory's owner."""
    if os.name != "posix":
        return True
    return (data_dir / FILE).stat().st_uid in {os.geteuid(), data_dir.stat().st_uid}


def connect(data_dir: Path) -> ServerConnection | None:
    """Connect to the server on this data directory and verify that it is this one; else None."""
    presence = read(data_dir)
    if presence is None:
        return None
    connection = HTTPConnection(presence.host, presence.port, timeout=CONNECT_SECONDS)
    with suppress(OSError, HTTPException):
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.request("GET", "/healthz")
        reply = connection.getresponse()
        reply.read()
        if reply.headers.get(HEADER) == presence.instance:
            return ServerConnection(connection, presence.key)
    connection.close()
    return None
