"""Fetches the documents that OAuth clients publish of themselves, from addresses of strangers.

The address comes from whoever asks for a login, so nothing of this server's network may be reached
by it: only https, only public IP addresses, and the connection goes to the very address that was
checked (a second resolution could answer otherwise: DNS rebinding). No redirects, no proxy, at most
64 kB in 5 s.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ssl import SSLContext
from time import monotonic
from typing import Final, Literal

import httpcore
import httpx
import structlog

from memorizer.adapters.public_network import (
    CheckedBackend,
    ForbiddenAddress,
    Resolve,
    connections,
    is_public,
    request_headers,
    resolve,
)
from memorizer.domain.oauth import OAuthError

MAX_BYTES: Final = 64 * 1024
DEADLINE_SECONDS: Final = 5.0
KEPT_SECONDS: Final = 600.0
FAILURE_KEPT_SECONDS: Final = 30.0
MAX_KEPT: Final = 200
MAX_PARALLEL: Final = 4
REACH_SECONDS: Final = 3.0
REACHABLE_KEPT_SECONDS: Final = 3_600.0
UNREACHABLE_KEPT_SECONDS: Final = 300.0
LANDMARKS: Final = ("claude.ai", "chatgpt.com")
"""Where the documents of the clients in use are; a connection to one shows that they can be read.
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    document: Mapping[str, object] | None
    problem: str = ""


class HttpClientDocuments:
    """Implements ports.oauth.ClientDocuments; what it fetched is kept for ten minutes."""

    def __init__(
        self,
        mode: Literal["auto", "on", "off"] = "auto",
        *,
        resolver: Resolve = resolve,
        allows: Callable[[str], bool] = is_public,
        tls: SSLContext | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._mode = mode
        self._backend = CheckedBackend(resolver, allows)
        self._tls = tls
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._slots = asyncio.Semaphore(MAX_PARALLEL)
        self._can_fetch, self._known_until = False, 0.0
        self._probe = asyncio.Lock()

    async def can_fetch(self) -> bool:
        if self._mode != "auto":
            return self._mode == "on"
        async with self._probe:
            if self._clock() >= self._known_until:
                self._can_fetch = await self._reaches_out()
                keep = REACHABLE_KEPT_SECONDS if self._can_fetch else UNREACHABLE_KEPT_SECONDS
                self._known_until = self._clock() + keep
        return self._can_fetch

    async def get(self, url: str) -> Mapping[str, object]:
        if self._mode == "off":
            raise OAuthError("invalid_client", "This server does not read documents of clients.")
        kept = self._kept.get(url)
        if kept is None or self._clock() >= kept.until:
            kept = await self._fetched(url)
            self._kept[url] = kept
            self._kept.move_to_end(url)
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        if kept.document is None:
            raise OAuthError("invalid_client", f"The client's document {url}: {kept.problem}.")
        return kept.document

    async def _fetched(self, url: str) -> _Kept:
        try:
            async with self._slots, asyncio.timeout(DEADLINE_SECONDS):
                body = await self._read(url)
            document = json.loads(body)
        except ForbiddenAddress:
            problem = "its host is not on the public internet"
        except (TimeoutError, httpcore.TimeoutException):
            problem = f"it did not come within {DEADLINE_SECONDS:g} s"
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            problem = "it cannot be fetched"
        except _Refused as error:
            problem = str(error)
        except (ValueError, RecursionError):
            problem = "it is not JSON"
        else:
            if isinstance(document, dict):
                return _Kept(self._clock() + KEPT_SECONDS, document)
            problem = "it is not a JSON object"
        log.info("a client's document was refused", url=url, problem=problem)
        return _Kept(self._clock() + FAILURE_KEPT_SECONDS, None, problem)

    async def _read(self, url: str) -> bytes:
        headers = request_headers(url, "application/json")
        async with (
            connections(self._backend, self._tls) as pool,
            pool.stream("GET", url, headers=headers) as reply,
        ):
            if reply.status != httpx.codes.OK:
                raise _Refused(f"the answer is {reply.status}; redirects are not followed")
            body = b""
            async for part in reply.aiter_stream():
                body += part
                if len(body) > MAX_BYTES:
                    raise _Refused(f"it is longer than {MAX_BYTES:,} bytes")
            return body

    async def _reaches_out(self) -> bool:
        """Whether a connection to one of the landmarks can be opened; nothing is sent."""
        for host in LANDMARKS:
            with suppress(
                ForbiddenAddress, httpcore.NetworkError, httpcore.TimeoutException, OSError
            ):
                async with asyncio.timeout(REACH_SECONDS):
                    stream = await self._backend.connect_tcp(host, 443, REACH_SECONDS)
                await stream.aclose()
                return True
        log.info("documents of OAuth clients are not advertised: the internet cannot be reached")
        return False


class _Refused(Exception):
    """The answer is not acceptable; the text says why."""
