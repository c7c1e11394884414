"""A body that is too large is refused before it fills the memory."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memorizer.http.errors import problem


class BodyLimit:
    """Refuses by the announced length at once, and an unannounced one while it comes in."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._max:
            await problem(413, "Body too large", self._message)(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    @property
    def _message(self) -> str:
        return f"At most {self._max:,} bytes are read. Split the text, or send less at once."

    def _counting(self, receive: Receive) -> Receive:
        received = 0

        async def count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max:
                # the one kind of exception that FastAPI lets through while it reads a body
                raise HTTPException(413, self._message)
            return message

        return count
