"""HEAD on whatever answers GET, as `wget --spider`, uptime monitors and link checkers ask."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED_BY_HEAD = "memorizer.head"
"""Set in the scope of a GET that began as HEAD."""


class Head:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET", ASKED_BY_HEAD: True}, receive, send_without_body)
