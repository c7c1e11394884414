"""Calls an ASGI application without a network, from any thread."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from memorizer.mcp import pinning
from memorizer.mcp.stdio import messages
from memorizer.mcp.stdio.embedded_server import Put
from memorizer.mcp.stdio.messages import Request

Open = Callable[[], AbstractAsyncContextManager[ASGIApp]]
FAILED: Final = "Something unexpected happened; standard error has more."


class AsgiLoop:
    """Implements embedded_server.Loop."""

    def __init__(self, open_: Open, workspace: str | None = None) -> None:
        """Pin all calls to a workspace, which the first memory stored creates, if one is named."""
        self._open = open_
        self._workspace = workspace
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, on_ready: Callable[[], None]) -> None:
        """Open the application, call `on_ready`, and serve until `stop`."""
        asyncio.run(self._run(on_ready))

    def call(self, request: Request, put: Put) -> None:
        """Start a call; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._begin, request, put)

    def stop(self) -> None:
        """Make `run` return; may be called from any thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _run(self, on_ready: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        async with self._open() as app:
            self._app = app
            on_ready()
            await self._stopped.wait()

    def _begin(self, request: Request, put: Put) -> None:
        task = asyncio.create_task(_Call(request, put, self._workspace).run(self._app))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        request.on_cancel(lambda: self._loop.call_soon_threadsafe(task.cancel))


class _Call:
    """One request, and its reply on the way back."""

    def __init__(self, request: Request, put: Put, workspace: str | None) -> None:
        self._request = request
        self._put = put
        self._workspace = workspace
        self._is_read = False
        self._reply = messages.Reply(request.message, 0, "")

    async def run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope(), self._receive, self._send)
        except Exception:
            self._put(messages.refusal(self._request.id, messages.INTERNAL_ERROR, FAILED))
            raise  # the loop logs it
        finally:
            self._put(None)

    def _scope(self) -> Scope:
        headers = messages.headers(self._request.message, self._request.client) | {
            "Host": "localhost"
        }
        raw_path, _, query = pinning.path_to(self._workspace).partition("?")
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": unquote(raw_path),
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
            "client": None,
            "server": ("localhost", 80),
            "state": {},
            "path_params": {"workspace": self._workspace} if self._workspace else {},
        }

    async def _receive(self) -> Message:
        if self._is_read:
            await asyncio.Event().wait()  # this client never hangs up: it cancels
        self._is_read = True
        body = json.dumps(self._request.message).encode()
        return {"type": "http.request", "body": body, "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kinds = [value for name, value in message["headers"] if name == b"content-type"]
            kind = kinds[0].decode() if kinds else ""
            self._reply = messages.Reply(self._request.message, message["status"], kind)
            return
        found = self._reply.feed(message.get("body", b""))
        if not message.get("more_body", False):
            found += self._reply.end()
        for each in found:
            self._put(each)
