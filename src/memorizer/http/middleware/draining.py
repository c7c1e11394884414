"""Parting from clients while the server is about to stop."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memorizer.http.app_state import state_of


class DrainingMiddleware:
    """Says `Connection: close`, so that the next request comes by a new way, to another server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def parting(message: Message) -> None:
            if message["type"] == "http.response.start" and state_of(scope["app"]).is_draining:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, parting if scope["type"] == "http" else send)
