"""Pools of connections to Redis: the address is checked, and idle connections are replaced."""

import socket
from collections.abc import Mapping
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from memorizer.domain.errors import Misconfigured

CONNECT_TIMEOUT_SECONDS: Final = 2.0
MAX_IDLE_SECONDS: Final = 5.0
"""A connection unused for longer is replaced: a NAT or a firewall may have dropped it silently,
and the next request would run into its timeout."""
KEEPALIVE_SECONDS: Final = 30
_KEEPALIVE: Final = {
    getattr(socket, name): value
    for name, value in (
        ("TCP_KEEPIDLE", KEEPALIVE_SECONDS),
        ("TCP_KEEPINTVL", KEEPALIVE_SECONDS // 3),
        ("TCP_KEEPCNT", 3),
    )
    if hasattr(socket, name)
}
_UNIX: Final = "unix"
_NO_ADDRESS: Final = (
    "MEMORIZER_REDIS_URL is no address of a Redis server. Write redis://HOST:PORT, rediss:// for "
    "TLS, redis://USER:PASSWORD@HOST:PORT/DATABASE, or unix:///PATH of its socket, with "
    "@ : / ? # % in a password as %40 %3A %2F %3F %23 %25."
)
_SEVERAL: Final = (
    "MEMORIZER_REDIS_URL names several servers, a Redis Cluster or a Sentinel; none of these can "
    "be used. Write redis://HOST:PORT of one server that stands alone."
)


def connection_pool(
    url: str, connections: int, *, timeout: float, wait: float, retries: int
) -> BlockingConnectionPool:
    """Return a pool that connects when it is needed. Raises Misconfigured.

    One reply may take `timeout` seconds, and a free connection may be waited for `wait` seconds.
    """
    _require_address(url)
    keepalive: Mapping[str, Any] = {}
    if not url.startswith(_UNIX):
        keepalive = {"socket_keepalive": True, "socket_keepalive_options": _KEEPALIVE}
    try:
        made = _FreshPool.from_url(
            url,
            decode_responses=True,
            max_connections=connections,
            timeout=wait,
            socket_timeout=timeout,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), retries),
            **keepalive,
        )
        made.connection_class(
            **made.connection_kwargs
        )  # not connected: options in the address are looked at here only
    except (ValueError, TypeError):  # what they say may be a part of the password
        raise Misconfigured(_NO_ADDRESS) from None
    return made


def _require_address(url: str) -> None:
    """Raise Misconfigured, also where an unescaped password would be read as a host."""
    try:
        parts = urlsplit(url)
        hosts, scheme = parts.netloc.rpartition("@")[2], parts.scheme
    except ValueError:
        raise Misconfigured(_NO_ADDRESS) from None
    beyond = (parts.query, parts.fragment) if scheme == _UNIX else (parts.path, *parts[3:])
    if parts.netloc.count("@") > 1 or parts.fragment or any("@" in part for part in beyond):
        raise Misconfigured(_NO_ADDRESS)
    if "," in hosts or "cluster" in scheme or "sentinel" in scheme:
        raise Misconfigured(_SEVERAL)


class _FreshPool(BlockingConnectionPool):
    """Reconnects connections that were idle for MAX_IDLE_SECONDS."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._released: WeakKeyDictionary[AbstractConnection, float] = WeakKeyDictionary()

    async def ensure_connection(self, connection: AbstractConnection) -> None:
        released = self._released.get(connection)
        if released is not None and monotonic() > released + MAX_IDLE_SECONDS:
            await connection.disconnect(nowait=True)
        await super().ensure_connection(connection)

    async def release(self, connection: AbstractConnection) -> None:
        self._released[connection] = monotonic()
        await super().release(connection)
