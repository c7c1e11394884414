"""Limits the size of a request body (413) and the time it takes (408)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memorizer.http.errors import problem


class BodyLimit:
    """Rejects oversized bodies by Content-Length, or while reading where it is absent."""

    def __init__(
        self, app: ASGIApp, max_bytes: int, seconds: float, uploads: Mapping[str, int]
    ) -> None:
        """Allow larger bodies for the paths of `uploads`, which may take longer in proportion."""
        self._app = app
        self._limit = _Limit(max_bytes, seconds)
        self._uploads = {
            path: _Limit(size, seconds * max(1.0, size / max_bytes))
            for path, size in uploads.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Reply 413 to a declared length over the limit; count the bytes of all other bodies."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._uploads.get(scope["path"], self._limit)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > limit.max_bytes:
            await problem(413, "Body too large", limit.message)(scope, receive, send)
            return
        await self._app(scope, limit.counting(receive), send)


@dataclass(frozen=True, slots=True)
class _Limit:
    """How large a body may be, and how long it may take."""

    max_bytes: int
    seconds: float

    @property
    def message(self) -> str:
        """What is said of a larger one."""
        return f"At most {self.max_bytes:,} bytes are read. Split the text, or send less at once."

    def counting(self, receive: Receive) -> Receive:
        """Count the bytes that are received; more or later ones raise HTTPException."""
        received, is_whole = 0, False
        deadline = asyncio.get_running_loop().time() + self.seconds

        async def count() -> Message:
            nonlocal received, is_whole
            if is_whole:
                return await receive()  # waits for the client to disconnect, without a limit
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"The body took more than {self.seconds:g} s.") from None
            is_whole = not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                # the one kind of exception that FastAPI lets through while it reads a body
                raise HTTPException(413, self.message)
            return message

        return count
