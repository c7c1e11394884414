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

from memorizer.domain.topics import MEMORIES
from memorizer.mcp import asgi, request_compat
from memorizer.mcp.tools import GROUPS
from memorizer.services import Services
from memorizer.supervision import Loop

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from memorizer.mcp.server import MemoryServer

NOT_ALLOWED: Final = -32_000
UNLIMITED: Final = 2**40
AWAKE_SECONDS: Final = 3_600.0


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

    The SDK takes a second to be imported, so that is done beside the start of the server; the
    first request waits for it.
    """

    def __init__(self, group: str) -> None:
        self._group = group
        self._quiet = {tool.name for tool in GROUPS[group] if not tool.reports}
        self._ready: asyncio.Future[_Answering] | None = None

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
            if (refused := request_compat.half_character(body)) is not None:
                await JSONResponse(refused)(scope, receive, send)
            elif request_compat.takes_json_only(scope):
                asked = request_compat.accepting_both(scope)
                await answering.whole(asked, asgi.replayed(body, receive), send)
            elif self._is_quiet(body):
                await answering.whole(scope, asgi.replayed(body, receive), send)
            else:
                rest = asgi.until(answering.closing, receive)
                await asgi.completed(answering.streamed, scope, asgi.replayed(body, rest), send)

    async def _wait_until_ready(self) -> _Answering | None:
        """None while nothing is served, and when the start that is waited for fails."""
        ready = self._ready
        if ready is None:
            return None
        await asyncio.wait({ready})
        return None if ready.cancelled() or ready.exception() else ready.result()

    async def loaded(self) -> None:
        """Return when requests are answered without delay."""
        if self._ready is not None:
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

        return MemoryServer(services, self._group)

    def _is_quiet(self, body: bytes) -> bool:
        """Whether this calls a tool of ours that says nothing on the way."""
        try:
            message = json.loads(body)
            return message["method"] == "tools/call" and message["params"]["name"] in self._quiet
        except (ValueError, LookupError, TypeError, RecursionError):
            return False  # whatever it is, the SDK has words for it


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
    headers = {"Allow": "POST"} if status == 405 else {"Retry-After": "1"}  # noqa: PLR2004
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status, headers)
