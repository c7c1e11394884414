"""`/mcp` for the web application: Streamable HTTP, stateless, both eras of the protocol."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from memorizer.domain.auth import Identity
from memorizer.domain.oauth import SCOPE_NAMES, scope_text
from memorizer.domain.topics import MEMORIES
from memorizer.mcp import asgi, request_compat
from memorizer.mcp.tool import Tool
from memorizer.mcp.tools import CHATGPT, GROUPS
from memorizer.services import Services
from memorizer.supervision import Loop

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from memorizer.mcp.server import MemoryServer

NOT_ALLOWED: Final = -32_000
UNLIMITED: Final = 2**40
AWAKE_SECONDS: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class PublicSite:
    """Where others reach this server."""

    url: str
    """Of the page, without a slash at the end."""
    resource_metadata: str
    """Of the metadata by which OAuth clients find their login."""


@dataclass(frozen=True, slots=True)
class _Answering:
    """The server behind its two ways to reply."""

    whole: ASGIApp
    """In one piece, which takes half the time."""
    streamed: ASGIApp
    """With news on the way, for calls that have some."""
    closing: asyncio.Event
    """Set when streams should end, for the process is stopping."""


class HttpTransport:
    """An ASGI application that answers while `serving` is entered.

    The SDK takes half a second and 25 MB to be imported, so the first request has that done, and
    waits for it.
    """

    def __init__(self, group: str, site: PublicSite | None = None) -> None:
        self._group = group
        self._site = site
        self._tools = {tool.name: tool for tool in (*GROUPS[group], *CHATGPT)}
        self._ready: asyncio.Future[_Answering] | None = None
        self._wanted = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "POST":
            refusal = _refusal(405, "POST is the only method here: no streams, no sessions.")
            await refusal(scope, receive, send)
        elif (answering := await self._wait_until_ready()) is None:
            refusal = _refusal(503, "Memorizer is starting or stopping; try again in a second.")
            await refusal(scope, receive, send)
        else:
            body = await asgi.read(receive)
            called = self._called(body)
            if (challenge := self._insufficient_scope(scope, called)) is not None:
                await challenge(scope, receive, send)
            elif (refused := request_compat.half_character(body)) is not None:
                await JSONResponse(refused)(scope, receive, send)
            elif request_compat.takes_json_only(scope):
                asked = request_compat.accepting_both(scope)
                await answering.whole(asked, asgi.replayed(body, receive), send)
            elif called is not None and not called.reports:
                await answering.whole(scope, asgi.replayed(body, receive), send)
            else:
                rest = asgi.until(answering.closing, receive)
                await asgi.completed(answering.streamed, scope, asgi.replayed(body, rest), send)

    async def _wait_until_ready(self) -> _Answering | None:
        """None while nothing is served, and when the start that is waited for fails."""
        ready = self._ready
        if ready is None:
            return None
        self._wanted.set()
        await asyncio.wait({ready})
        return None if ready.cancelled() or ready.exception() else ready.result()

    async def loaded(self) -> None:
        """Return when requests are answered without delay."""
        if self._ready is not None:
            self._wanted.set()
            await asyncio.shield(self._ready)

    @asynccontextmanager
    async def serving(self, services: Services) -> AsyncIterator[None]:
        """Answer with these services until the end, or until their signals close."""
        self._ready = asyncio.get_running_loop().create_future()
        running = asyncio.create_task(
            services.supervisor.run("mcp", partial(self._run, services), asyncio.Event())
        )
        try:
            yield
        finally:
            self._ready = None
            running.cancel()
            await asyncio.wait({running})

    async def _run(self, services: Services, loop: Loop) -> None:
        ready = self._ready
        if ready is None or ready.done():  # this is another start
            ready = self._ready = asyncio.get_running_loop().create_future()
        try:
            await self._answer(services, ready, loop)
        except BaseException as error:
            _pass_on(error, ready)
            raise

    async def _answer(
        self, services: Services, ready: asyncio.Future[_Answering], loop: Loop
    ) -> None:
        await self._wanted.wait()
        server = await asyncio.to_thread(self.server, services)
        whole, streamed = _way(server, in_one_piece=True), _way(server, in_one_piece=False)
        async with whole.run(), streamed.run():
            closing = asyncio.Event()
            ready.set_result(_Answering(whole.handle_request, streamed.handle_request, closing))
            loop.works()
            async with services.signals.subscribe(MEMORIES) as changes:
                while not services.signals.closed:
                    await changes.wait(AWAKE_SECONDS)
            closing.set()
            await asyncio.Event().wait()  # what runs may end in its own time

    def server(self, services: Services) -> "MemoryServer":
        """Create the MCP server; the conformance suite overrides this to serve more."""
        from memorizer.mcp.server import MemoryServer  # noqa: PLC0415 - slow

        return MemoryServer(services, self._group, None if self._site is None else self._site.url)

    def _called(self, body: bytes) -> Tool | None:
        """Return the tool of ours that is called; None for anything else."""
        try:
            message = json.loads(body)
            is_call = message["method"] == "tools/call"
            return self._tools.get(message["params"]["name"]) if is_call else None
        except (ValueError, LookupError, TypeError, RecursionError):
            return None  # whatever it is, the SDK has words for it

    def _insufficient_scope(self, scope: Scope, called: Tool | None) -> Response | None:
        """For an OAuth client that needs more: how to ask for it (RFC 6750). Else None.

        Holders of other tokens, and callers of tools that no client is given, hear it as the
        tool's error.
        """
        identity: Identity | None = scope.get("state", {}).get("identity")
        if (
            called is None
            or self._site is None
            or identity is None
            or identity.resource is None
            or identity.scope.covers(called.scope)
            or called.scope not in SCOPE_NAMES.values()
        ):
            return None
        refusal = _refusal(403, f"{called.name} needs more than this connection was allowed.")
        refusal.headers["WWW-Authenticate"] = (
            f'Bearer error="insufficient_scope", scope="{scope_text(called.scope)}", '
            f'resource_metadata="{self._site.resource_metadata}"'
        )
        return refusal


def _pass_on(error: BaseException, ready: asyncio.Future[_Answering]) -> None:
    """Whoever still waits hears that it will not come to anything."""
    if ready.done():
        return
    if isinstance(error, Exception):
        ready.set_exception(error)
        ready.exception()  # perhaps nobody waits, and that is no error
    else:
        ready.cancel()


def _way(server: "MemoryServer", *, in_one_piece: bool) -> "StreamableHTTPSessionManager":
    from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415 - slow

    server.streamable_http_app(
        stateless_http=True,
        json_response=in_one_piece,
        max_request_body_size=UNLIMITED,  # the application has a limit for all its routes
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=False  # and a guard against foreign pages
        ),
    )
    return server.session_manager


def _refusal(status: int, message: str) -> Response:
    error = {"code": NOT_ALLOWED, "message": message}
    headers = {405: {"Allow": "POST"}, 503: {"Retry-After": "1"}}.get(status)
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status, headers)
