"""Refusals of /mcp as JSON-RPC errors.

Python clients of MCP show a person nothing but the message of a JSON-RPC error: any other body
becomes "Server returned an error response" (mcp 2.3, client/streamable_http.py).
"""

import json
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MCP_PREFIX: Final = "/mcp"
REFUSED: Final = -32_001
"""Code of an error that the transport reports; JSON-RPC leaves -32000 to -32099 to servers."""


class JsonRpcErrors:
    """Turns the problem that any part behind it answers with into a JSON-RPC error."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the problems in replies of /mcp; pass on all else."""
        if scope["type"] != "http" or not is_mcp(scope["path"]):
            await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, _Rewriter(send))


class _Rewriter:
    """Sends on; holds back a problem until its body is whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_error(self._start, self._body)

    async def _send_error(self, start: Message, body: bytes) -> None:
        body = as_json_rpc(body)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["Content-Length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def is_mcp(path: str) -> bool:
    """Whether this is the path of the MCP endpoint, or one below it."""
    return path == MCP_PREFIX or path.startswith(f"{MCP_PREFIX}/")


def as_json_rpc(body: bytes) -> bytes:
    """Turn a problem into a JSON-RPC error, its other fields into `data`; keep other bodies."""
    try:
        problem = json.loads(body)
    except ValueError:
        return body
    if not isinstance(problem, dict) or "jsonrpc" in problem or "message" not in problem:
        return body
    message = problem.pop("message")
    error = {"code": REFUSED, "message": message, "data": problem}
    # `message` stays where the other addresses have it, for clients that show it from there
    reply = {"jsonrpc": "2.0", "id": None, "error": error, "message": message}
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode()


def _is_problem(start: Message) -> bool:
    kind = Headers(raw=start["headers"]).get("content-type", "")
    return bool(start["status"] >= 400 and kind.startswith("application/json"))  # noqa: PLR2004
