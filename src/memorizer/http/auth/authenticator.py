"""Authentication and authorization of a request, before any route is reached."""

import hmac
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope as HttpScope

from memorizer.domain.auth import LOCAL_ID, Identity, Kind, Scope
from memorizer.domain.errors import AccessDenied, MemorizerError, ScopeTooSmall
from memorizer.http.auth.permissions import READING, AccessLevel, RequiredAccess
from memorizer.http.auth.rate_limit import LoginThrottle, TokenBucket
from memorizer.http.errors import LOGIN_NEEDED, CsrfRejected
from memorizer.http.middleware.metrics import HttpMetrics
from memorizer.services.auth import AuthService

T = TypeVar("T")

_SCHEME: Final = re.compile("[A-Za-z-]{1,20}")
COOKIE: Final = "memorizer_session"
LOCAL: Final = Identity(LOCAL_ID, None, Scope.ADMIN)
"""A caller with the local key, which lies in the data directory beside the database."""


@dataclass(frozen=True, slots=True)
class AuthPolicy:
    """When a token is required, and how many requests a minute each token may make (0: any)."""

    auth: Literal["auto", "required", "off"] = "auto"
    local_key: str | None = None
    requests_per_minute: int = 0
    resource: str | None = None
    """What OAuth access tokens must be for; None: there are none."""

    async def requires_token(self, access: AuthService) -> bool:
        """Whether a request without a token is refused."""
        return self.auth == "required" or (self.auth == "auto" and await access.requires_token())


class Authenticator:
    """Authenticates requests by token, session cookie or local key, and checks their scope."""

    def __init__(self, policy: AuthPolicy, metrics: HttpMetrics) -> None:
        self.policy = policy
        self._metrics = metrics
        self._requests = TokenBucket(policy.requests_per_minute)
        self.login_throttle = LoginThrottle()

    async def authorize(
        self, scope: HttpScope, needed: RequiredAccess, access: AuthService
    ) -> Identity | None:
        """Return the caller's identity; None for an anonymous request where none is required.

        Raises AccessDenied, ScopeTooSmall, TooManyRequests, CsrfRejected.
        """
        identity = await self._identity(scope, access)
        if identity is not None:
            self._check(identity, needed)
            self._check_resource(identity)
        elif needed is not AccessLevel.OPTIONAL:
            await self._authorize_anonymous(scope, access)
        return identity

    async def throttle_failed_login(self, scope: HttpScope, proof: Awaitable[T]) -> T:
        """Await `proof`; when it raises AccessDenied, count it and delay the error."""
        try:
            return await proof
        except AccessDenied:
            self._metrics.refused("wrong_token")
            await self.login_throttle.slow_down(address_of(scope))
            raise

    async def _identity(self, scope: HttpScope, access: AuthService) -> Identity | None:
        if (credential := _credential(Headers(scope=scope))) is not None:
            if _is_same(credential, self.policy.local_key):
                return LOCAL
            return await self.throttle_failed_login(scope, access.identify(credential, Kind.TOKEN))
        if (cookie := HTTPConnection(scope).cookies.get(COOKIE)) is None:
            return None
        try:
            identity = await access.identify(cookie, Kind.SESSION)
        except AccessDenied:
            return None  # an expired session is treated as no session
        check_csrf(scope)
        return identity

    async def _authorize_anonymous(self, scope: HttpScope, access: AuthService) -> None:
        if await self.policy.requires_token(access):
            self._metrics.refused("no_token")
            raise AccessDenied(_login_needed(Headers(scope=scope)))
        check_csrf(scope)

    def _check_resource(self, identity: Identity) -> None:
        """Refuse an access token that was made for another address of this server."""
        if identity.resource is not None and identity.resource != self.policy.resource:
            self._metrics.refused("wrong_token")
            raise AccessDenied(f"This access token is for {identity.resource}. Log in again.")

    def _check(self, identity: Identity, needed: RequiredAccess) -> None:
        try:
            if identity is not LOCAL:
                self._requests.take(identity.id)
            if isinstance(needed, Scope):
                identity.require(needed)
        except MemorizerError as error:
            self._metrics.refused("scope" if isinstance(error, ScopeTooSmall) else "pace")
            raise


def address_of(scope: HttpScope) -> str:
    """Return the client's IP address; empty when unknown."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _credential(headers: Headers) -> str | None:
    """Return the token of Authorization or X-API-Key; None for other schemes (a proxy's).

    Raises AccessDenied for two headers of one name and for two different tokens.
    """
    bearer = _only(headers, "Authorization")
    scheme, _, token = (bearer or "").partition(" ")
    given = {_only(headers, "X-API-Key")} | {token if scheme.lower() == "bearer" else None}
    tokens = {each.strip() for each in given if each is not None}
    if len(tokens) > 1:
        raise AccessDenied("Authorization and X-API-Key hold two different tokens. Send one.")
    return next(iter(tokens), None)


def _only(headers: Headers, name: str) -> str | None:
    """Return the value of a header. Raises AccessDenied if it comes twice."""
    given = headers.getlist(name)
    if len(given) > 1:
        raise AccessDenied(f"There are two {name} headers. Send one.")
    return given[0] if given else None


def _login_needed(headers: Headers) -> str:
    """Say which header to send; never repeats a token that came with another scheme than Bearer."""
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if not scheme:
        return LOGIN_NEEDED
    named = f"the scheme `{scheme}`" if rest and _SCHEME.fullmatch(scheme) else "no scheme"
    return f"{LOGIN_NEEDED} The Authorization header has {named}; only `Bearer` counts."


def _is_same(credential: str, key: str | None) -> bool:
    return key is not None and hmac.compare_digest(credential.encode(), key.encode())


def check_csrf(scope: HttpScope) -> None:
    """Raise CsrfRejected unless a change comes from our own page.

    To the cookie's SameSite, another program's page on another port of this machine is one of
    ours, and where no login is needed it need not even have one: a POST without a body goes out
    before any question of CORS. So browsers are asked what they say about the page itself.
    """
    if scope["method"] in READING:
        return
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:  # old browsers, and addresses that are not https; programs send neither
        is_ours = origin is None or urlsplit(origin).netloc == headers.get("host")
    if not is_ours:
        raise CsrfRejected
