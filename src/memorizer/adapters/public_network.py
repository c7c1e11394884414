"""Connects to the public internet only, whatever an address of a stranger says.

Nothing of this server's network may be reached by addresses that others name: only public IP
addresses, and the connection goes to the very address that was checked (a second resolution could
answer otherwise: DNS rebinding).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from ssl import SSLContext, create_default_context
from typing import Any, Final

import httpcore
import httpx

_NAT64: Final = IPv6Network("64:ff9b::/96")

AGENT: Final = "memorizer"

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host."""


class ForbiddenAddress(Exception):
    """A host has an address that is not public."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, whatever it is wrapped in."""
    parsed: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if parsed.teredo is not None or parsed.is_site_local or parsed in _NAT64:
            return False
        if inner is not None:
            parsed = inner
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects only where `allows` says so, to an address that was checked."""

    def __init__(self, resolver: Resolve, allows: Callable[[str], bool]) -> None:
        self._resolve = resolver
        self._allows = allows
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve once, refuse if any address is not allowed, connect to the first that answers."""
        try:
            addresses = list(dict.fromkeys(await self._resolve(host, port)))
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        if not addresses or not all(map(self._allows, addresses)):
            raise ForbiddenAddress(host)
        problem: Exception = httpcore.ConnectError(f"{host} does not answer")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem


def connections(
    backend: CheckedBackend, tls: SSLContext | None = None
) -> httpcore.AsyncConnectionPool:
    """Return a pool that connects by this backend; `tls` replaces the trusted certificates.

    It is below httpx, whose client has no place for a backend of ours.
    """
    return httpcore.AsyncConnectionPool(
        ssl_context=tls or create_default_context(), network_backend=backend, retries=0
    )


def request_headers(url: str, accept: str) -> list[tuple[bytes | str, bytes | str]]:
    """Return the headers of a request; the answer comes as it is, so that nothing expands."""
    return [
        ("Host", httpx.URL(url).netloc),
        ("Accept", accept),
        ("Accept-Encoding", "identity"),
        ("User-Agent", AGENT),
    ]
