"""Fetches web pages and files that people name by address, from the public internet only.

Only https; each redirect is a new request whose host is resolved, checked and connected to anew
(public_network.py); what robots.txt forbids is not fetched (RFC 9309). Size, time, redirects and
media types are limited, and nothing of this server is sent: no cookies, no proxy.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from ssl import SSLContext
from typing import Final
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpcore
import httpx

from memorizer.adapters.public_network import (
    AGENT,
    CheckedBackend,
    ForbiddenAddress,
    Resolve,
    connections,
    is_public,
    request_headers,
    resolve,
)
from memorizer.domain.errors import DocumentRejected, DocumentUnavailable
from memorizer.ports.documents import FetchedPage

MAX_REDIRECTS: Final = 5
MAX_ROBOTS_BYTES: Final = 512_000
"""RFC 9309, section 2.5."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TOO_MANY: Final = 429
_SERVER_ERRORS: Final = 500
_NOT_HTTPS: Final = "It leads to an address that is not https, or none."


class WebPages:
    """Implements ports.documents.PageFetcher, for these media types.

    `resolver`, `allows` and `tls` replace the system's resolver, the check of addresses and the
    trusted certificates: for servers of one's own, as in tests.
    """

    def __init__(
        self,
        *,
        max_bytes: int,
        seconds: float,
        media_types: Collection[str],
        resolver: Resolve = resolve,
        allows: Callable[[str], bool] = is_public,
        tls: SSLContext | None = None,
    ) -> None:
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._media_types = media_types
        self._backend = CheckedBackend(resolver, allows)
        self._tls = tls

    async def fetch(self, url: str, target: Path) -> FetchedPage:
        try:
            async with asyncio.timeout(self._seconds), self._connections() as visit:
                return await visit.fetch(url, target)
        except ForbiddenAddress:
            raise DocumentRejected(
                f"{_host(url)} is not on the public internet, or leads away from it: only public "
                "addresses are fetched."
            ) from None
        except (TimeoutError, httpcore.TimeoutException):
            raise DocumentUnavailable(f"{url} did not come within {self._seconds:g} s.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise DocumentUnavailable(f"{url} cannot be fetched: {error}.") from error

    @asynccontextmanager
    async def _connections(self) -> AsyncIterator["_Visit"]:
        async with connections(self._backend, self._tls) as pool:
            yield _Visit(pool, self._max_bytes, self._media_types)


@dataclass(frozen=True, slots=True)
class _Visit:
    """One fetch of a page, with its redirects and the check of robots.txt."""

    pool: httpcore.AsyncConnectionPool
    max_bytes: int
    media_types: Collection[str]

    async def fetch(self, url: str, target: Path) -> FetchedPage:
        """Follow redirects; write what is at their end into a file."""
        for _ in range(MAX_REDIRECTS + 1):
            url = _checked(url)
            await self._require_permission(url)
            async with self._get(url) as reply:
                if reply.status not in _REDIRECTS:
                    return await self._save(url, reply, target)
                url = _joined(url, _header(reply, "location"))
        raise DocumentRejected(f"It redirects more than {MAX_REDIRECTS} times.")

    async def _save(self, url: str, reply: httpcore.Response, target: Path) -> FetchedPage:
        if reply.status == _TOO_MANY or reply.status >= _SERVER_ERRORS:
            raise DocumentUnavailable(f"{url} answers {reply.status}.")
        if reply.status != httpx.codes.OK:
            raise DocumentRejected(f"{url} answers {reply.status}.")
        media_type = _header(reply, "content-type") or None
        bare = (media_type or "").partition(";")[0].strip().lower()
        if bare not in self.media_types:
            raise DocumentRejected(
                f"{url} is {bare or 'of no declared type'}, which cannot be read as a document."
            )
        await self._write(reply, target)
        return FetchedPage(url, media_type)

    async def _write(self, reply: httpcore.Response, target: Path) -> None:
        size = 0
        with target.open("wb") as out:
            async for piece in reply.aiter_stream():
                size += len(piece)
                if size > self.max_bytes:
                    raise DocumentRejected(f"It is longer than {self.max_bytes:,} bytes.")
                await asyncio.to_thread(out.write, piece)

    async def _require_permission(self, url: str) -> None:
        """Raise DocumentRejected for what robots.txt forbids; without one all is permitted."""
        async with self._get(urljoin(url, "/robots.txt")) as reply:
            if reply.status == _TOO_MANY or reply.status >= _SERVER_ERRORS:
                raise DocumentUnavailable(f"{_host(url)} does not say what robots may read.")
            if reply.status != httpx.codes.OK:
                return
            text = b""
            async for piece in reply.aiter_stream():
                text += piece
                if len(text) > MAX_ROBOTS_BYTES:
                    break
        rules = RobotFileParser()
        rules.parse(text.decode("utf-8", "replace").splitlines())
        if not rules.can_fetch(AGENT, url):
            raise DocumentRejected(
                f"{_host(url)} does not permit robots to read it (robots.txt). Save the page with "
                "a browser and send the file."
            )

    @asynccontextmanager
    async def _get(self, url: str) -> AsyncIterator[httpcore.Response]:
        headers = request_headers(url, "text/html, application/pdf, text/*;q=0.9, */*;q=0.5")
        async with self.pool.stream("GET", url, headers=headers) as reply:
            yield reply


def _header(reply: httpcore.Response, name: str) -> str:
    wanted = name.encode()
    found = (value for key, value in reply.headers if key.lower() == wanted)
    return next(found, b"").decode("latin-1")


def _host(url: str) -> str:
    return urlsplit(url).hostname or url


def _joined(url: str, location: str) -> str:
    """Return the address to which a redirect leads. Raises DocumentRejected."""
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise DocumentRejected(_NOT_HTTPS) from error


def _checked(url: str) -> str:
    """Return the address as ASCII. Raises DocumentRejected unless it is https."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise DocumentRejected(_NOT_HTTPS) from error
    if parsed.scheme != "https" or not parsed.host or parsed.port == 0 or parsed.userinfo:
        raise DocumentRejected(_NOT_HTTPS)
    return str(parsed.copy_with(fragment=None))
