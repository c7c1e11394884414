"""CORS for the addresses that inspectors in browsers ask from their own pages.

No cookie counts at any of them, so any page may read their replies. The consent page is not among
them: it must only ever be a page of its own.
"""

from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATHS: Final = frozenset({"/register", "/token"})
WELL_KNOWN: Final = ("/.well-known/oauth-", "/.well-known/openid-configuration")
ALLOWED: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version",
    "Access-Control-Max-Age": "600",
}
_PAGE_HEADERS: Final = (b"origin", b"sec-fetch-site")


class OAuthCors:
    """Answers preflight requests, and lets pages of other sites read the replies."""

    def __init__(self, app: ASGIApp, is_on: bool) -> None:
        self._app = app
        self._is_on = is_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is for these paths without the name of its page, and all else as it is."""
        if not self._is_on or scope["type"] != "http" or not _is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await Response(status_code=204, headers=ALLOWED)(scope, receive, send)
            return

        async def send_open(message: Message) -> None:
            if message["type"] == "http.response.start":
                reply = MutableHeaders(raw=list(message["headers"]))
                reply["Access-Control-Allow-Origin"] = "*"
                reply["Cross-Origin-Resource-Policy"] = "cross-origin"
                message = {**message, "headers": reply.raw}
            await send(message)

        kept = [pair for pair in scope["headers"] if pair[0] not in _PAGE_HEADERS]
        await self._app({**scope, "headers": kept}, receive, send_open)


def _is_open(path: str) -> bool:
    return path in PATHS or path.startswith(WELL_KNOWN)
