"""Authenticates every request before its route or body is looked at."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from memorizer.domain.errors import AccessDenied, MemorizerError
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import Authenticator
from memorizer.http.auth.permissions import AccessLevel, required_access
from memorizer.http.errors import error_response
from memorizer.http.middleware.json_rpc_errors import is_mcp
from memorizer.http.oauth.addresses import challenge


class AuthenticationMiddleware:
    """Rejects unauthorized requests; sets `identity` in the request's state for the others."""

    def __init__(self, app: ASGIApp, authenticator: Authenticator) -> None:
        self._app = app
        self._authenticator = authenticator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request that may not come in; leave the identity of others in its state."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        needed = required_access(scope["method"], scope["path"])
        if needed is not AccessLevel.PUBLIC:
            access = state_of(scope["app"]).services.auth
            try:
                identity = await self._authenticator.authorize(scope, needed, access)
            except MemorizerError as error:
                reply = error_response(Request(scope), error)
                address = state_of(scope["app"]).public_address
                if (
                    isinstance(error, AccessDenied)
                    and address is not None
                    and is_mcp(scope["path"])
                ):
                    reply.headers["WWW-Authenticate"] = challenge(address, Headers(scope=scope))
                await reply(scope, receive, send)
                return
            scope.setdefault("state", {})["identity"] = identity
        await self._app(scope, receive, send)
