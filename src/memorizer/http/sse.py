"""Responses of server-sent events.

FastAPI's own streams cannot answer 404 or 204 before they begin, and add two tasks and two
buffers.
"""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from memorizer.domain.errors import TooManyRequests
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import LOCAL, address_of
from memorizer.http.errors import error_response
from memorizer.http.middleware.head import IS_HEAD

KEEP_ALIVE = ": keep-alive\n\n"
"""An SSE comment, which keeps the connection open and is ignored by clients."""


class EventStream(StreamingResponse):
    """Streams events, and closes their generator when the client disconnects."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[str]) -> None:
        # X-Accel-Buffering: nginx would buffer events
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        super().__init__(events, headers=headers)
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream the events, or reply 429 when the client has too many streams open."""
        if scope.get(IS_HEAD):
            await self._events.aclose()
            await Response(None, self.status_code, dict(self.headers))(scope, receive, send)
            return
        limit, client = state_of(scope["app"]).stream_limit, _client(scope)
        try:
            limit.acquire(client)
        except TooManyRequests as error:
            await self._events.aclose()
            await error_response(Request(scope), error)(scope, receive, send)
            return
        self.body_iterator = self._events = _until_token_revoked(scope, self._events)
        try:
            await super().__call__(scope, receive, send)
        finally:
            limit.release(client)

    async def stream_response(self, send: Send) -> None:
        """Send the events, and close their source when the client is gone."""
        async with aclosing(self._events):
            await super().stream_response(send)


async def _until_token_revoked(scope: Scope, events: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """Yield the events until the token that opened the stream is revoked or expires."""
    async with aclosing(events):
        async for each in events:
            if not await _is_authorized(scope):
                return
            yield each


async def _is_authorized(scope: Scope) -> bool:
    """Whether the token is still valid, or, without one, whether none is required yet."""
    state = state_of(scope["app"])
    identity, access = scope.get("state", {}).get("identity"), state.services.auth
    if identity is None:
        return not await state.authenticator.policy.requires_token(access)
    return identity is LOCAL or await access.is_token_active(identity.id)


def _client(scope: Scope) -> str:
    """Return the key of the stream limit: the token's id, or an anonymous client's IP address."""
    identity = scope.get("state", {}).get("identity")
    return identity.id if identity else address_of(scope)


def event(data: Mapping[str, object], *, id_: int | None = None) -> str:
    """Format one event; `id_` is what a client sends as Last-Event-ID when it reconnects."""
    name = "" if id_ is None else f"id: {id_}\n"
    return f"{name}data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n"
