"""Limits the size of a request body (413) and the time it takes (408)."""

import asyncio

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memorizer.http.errors import problem


class BodyLimit:
    """Rejects oversized bodies by Content-Length, or while reading where it is absent."""

    def __init__(self, app: ASGIApp, max_bytes: int, seconds: float) -> None:
        self._app = app
        self._max = max_bytes
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reply 413 to a declared length over the limit; count the bytes of all other bodies."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > self._max:
            await problem(413, "Body too large", self._message)(scope, receive, send)
            return
        await self._app(scope, self._counting(receive), send)

    @property
    def _message(self) -> str:
        return f"At most {self._max:,} bytes are read. Split the text, or send less at once."

    def _counting(self, receive: Receive) -> Receive:
        received, is_whole = 0, False
        deadline = asyncio.get_running_loop().time() + self._seconds

        async def count() -> Message:
            nonlocal received, is_whole
            if is_whole:
                return await receive()  # waits for the client to disconnect, without a limit
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The body took more than {self._seconds:g} s.") from None
            is_whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self._max:
                # the one kind of exception that FastAPI lets through while it reads a body
                raise HTTPException(413, self._message)
            return message

        return count
