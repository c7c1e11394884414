"""The outermost middleware: request ids, a log line (debug) for each, 500 for unexpected errors."""

import re
from time import perf_counter
from typing import Final
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memorizer.http.errors import problem

log = structlog.get_logger(__name__)

MAX_LOGGED_PATH = 200
"""Characters of a path that are logged."""

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # a browser that renders JSON, metrics or errors as a page must not run scripts in them
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}
"""Added to every reply; the web page sets its own Content-Security-Policy."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class RequestContext:
    """Binds a request id to all logs of a request, and logs the request when it ends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request an id, for its log entries and its reply."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await _Exchange(scope, send, request_id).run(self._app, receive)


class _Exchange:
    """One request and its reply."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._status: int | None = None

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        start = perf_counter()
        try:
            await app(self._scope, receive, self._send_on)
        except Exception:  # any bug: reply 500, log the traceback
            log.exception("request failed", path=self._scope["path"][:MAX_LOGGED_PATH])
            if self._status is not None:
                raise  # the reply has begun, so it can only be aborted
            await self._send_500(receive)
        finally:
            self._log(perf_counter() - start)

    async def _send_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            _add_headers(message, self._request_id, self._scope["path"])
        await self._send(message)

    async def _send_500(self, receive: Receive) -> None:
        message = f"Something unexpected happened; the log has it under {self._request_id}."
        reply = problem(500, "Internal error", message, details={"requestId": self._request_id})
        await reply(self._scope, receive, self._send_on)

    def _log(self, seconds: float) -> None:
        log.debug(
            "request",
            method=self._scope["method"],
            path=self._scope["path"][:MAX_LOGGED_PATH],
            status=self._status,
            ms=round(seconds * 1000, 1),
        )


def _request_id(headers: Headers) -> str:
    """Return the client's X-Request-ID if it is safe to log, else a new id."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _add_headers(message: Message, request_id: str, path: str) -> None:
    headers = MutableHeaders(raw=message["headers"])
    headers["X-Request-ID"] = request_id
    for name, value in SECURITY_HEADERS.items():
        headers.setdefault(name, value)
    if path.startswith("/api/"):
        # the ETag is the version, and not all of a memory is versioned: no cache may answer
        headers.setdefault("Cache-Control", "no-store")
