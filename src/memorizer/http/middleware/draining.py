"""Closes connections while the server is draining."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memorizer.http.app_state import state_of


class DrainingMiddleware:
    """Adds `Connection: close` while draining, so that a load balancer picks another server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add `Connection: close` to the replies of a server that is stopping."""

        async def send_closing(message: Message) -> None:
            if message["type"] == "http.response.start" and state_of(scope["app"]).is_draining:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self._app(scope, receive, send_closing if scope["type"] == "http" else send)
