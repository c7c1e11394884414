"""The socket a server listens on, opened early so that an address in use is reported at once."""

import errno
import ipaddress
import os
import socket

from memorizer.domain.errors import Misconfigured

BACKLOG = 2_048
AIRPLAY_PORT = 5_000


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; connections wait in it until the server is ready.

    Raises Misconfigured, with a suggestion, when the address cannot be used.
    """
    # where something else holds ::1 or every address, binding 127.0.0.1 can succeed and
    # browsers would still reach the other program under the name localhost
    if port and _answers(port):
        raise _taken(host, port)
    try:
        return _bind(host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise _taken(host, port) from error
        if error.errno == errno.EACCES:
            raise Misconfigured(
                f"Ports below 1024 need administrator rights. Try: {_start(8_000 + port)}"
            ) from error
        raise Misconfigured(f"Cannot listen on {host}, port {port}: {error.strerror}.") from error


def url(listener: socket.socket) -> str:
    """Return the URL to open in a browser."""
    host, port, *_ = listener.getsockname()
    name = "localhost" if host == "127.0.0.1" or is_wildcard(host) else as_host(host)
    return f"http://{name}:{port}"


def is_loopback(host: str) -> bool:
    """Whether this is an address that only this machine can reach."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name: it may lead anywhere


def is_wildcard(host: str) -> bool:
    """Whether this is the wildcard address (0.0.0.0 or ::)."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def as_host(host: str) -> str:
    """Format an address for a URL: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _bind(host: str, port: int) -> socket.socket:
    address = "127.0.0.1" if host == "localhost" else host
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; else each reply waits 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere this would share a port that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _answers(port: int) -> bool:
    """Whether a program listens on this port of localhost, over IPv4 or IPv6."""
    try:
        socket.create_connection(("localhost", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _taken(host: str, port: int) -> Misconfigured:
    airplay = " (on macOS AirPlay Receiver uses it)" if port == AIRPLAY_PORT else ""
    return Misconfigured(
        f"Port {port} is in use{airplay}; perhaps Memorizer runs already? "
        f"Try: {_start(_next_free(host, port))}"
    )


def _next_free(host: str, port: int) -> int:
    for candidate in range(port + 1, min(port + 100, 65_536)):
        try:
            _bind(host, candidate).close()
        except OSError:
            continue
        if not _answers(candidate):
            return candidate
    return 0  # any


def _start(port: int) -> str:
    return f"memorizer start --port {port}"
