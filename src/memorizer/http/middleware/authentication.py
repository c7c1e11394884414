"""Asks everybody who they are before a route, or a body, is looked at."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from memorizer.domain.errors import MemorizerError
from memorizer.http.authentication import Authenticator
from memorizer.http.errors import error_response
from memorizer.http.permissions import AccessLevel, needs


class AuthenticationMiddleware:
    """Lets through whom the entrance admits, and notes in the request who it is."""

    def __init__(self, app: ASGIApp, entrance: Authenticator) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        needed = needs(scope["method"], scope["path"])
        if needed is not AccessLevel.PUBLIC:
            access = scope["app"].state.services.auth
            try:
                identity = await self._entrance.authorize(scope, needed, access)
            except MemorizerError as error:
                await error_response(Request(scope), error)(scope, receive, send)
                return
            scope.setdefault("state", {})["identity"] = identity
        await self._app(scope, receive, send)
