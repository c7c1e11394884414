"""Who asks, and whether that is enough: found out before any route is reached."""

import hmac
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final, Literal, TypeVar
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope as Asked

from memorizer.domain.auth import LOCAL_ID, Identity, Kind, Scope
from memorizer.domain.errors import AccessDenied, MemorizerError, ScopeTooSmall
from memorizer.http.errors import LOGIN_NEEDED, CsrfRejected
from memorizer.http.middleware.metrics import HttpMetrics
from memorizer.http.permissions import READING, AccessLevel, Needs
from memorizer.http.rate_limit import LoginThrottle, TokenBucket
from memorizer.services.auth import AuthService

T = TypeVar("T")

COOKIE: Final = "memorizer_session"
LOCAL: Final = Identity(LOCAL_ID, None, Scope.ADMIN)
"""Whoever shows the key that lies in the data directory, and could read the database itself."""


@dataclass(frozen=True, slots=True)
class AuthPolicy:
    """On which terms people come in."""

    auth: Literal["auto", "required", "off"] = "auto"
    local_key: str | None = None
    requests_per_minute: int = 0

    async def is_closed(self, access: AuthService) -> bool:
        """Whether everybody needs a token."""
        return self.auth == "required" or (self.auth == "auto" and await access.requires_token())


class Authenticator:
    """Lets in on these terms."""

    def __init__(self, terms: AuthPolicy, metrics: HttpMetrics) -> None:
        self.terms = terms
        self._metrics = metrics
        self._pace = TokenBucket(terms.requests_per_minute)
        self.wrong_tokens = LoginThrottle()

    async def authorize(self, asked: Asked, needed: Needs, access: AuthService) -> Identity | None:
        """Who asks; None where nobody needs to be known.

        Raises AccessDenied, ScopeTooSmall, TooManyRequests, CsrfRejected.
        """
        identity = await self._identity(asked, access)
        if identity is not None:
            self._check(identity, needed)
        elif needed is not AccessLevel.ANYONE:
            await self._check_stranger(asked, access)
        return identity

    async def throttle_failed_login(self, asked: Asked, proof: Awaitable[T]) -> T:
        """The outcome of the proof; a wrong token is counted, and answered late."""
        try:
            return await proof
        except AccessDenied:
            self._metrics.refused("wrong_token")
            await self.wrong_tokens.slow_down(address_of(asked))
            raise

    async def _identity(self, asked: Asked, access: AuthService) -> Identity | None:
        if (shown := _bearer(Headers(scope=asked))) is not None:
            if _same(shown, self.terms.local_key):
                return LOCAL
            return await self.throttle_failed_login(asked, access.identify(shown, Kind.TOKEN))
        if (cookie := HTTPConnection(asked).cookies.get(COOKIE)) is None:
            return None
        try:
            identity = await access.identify(cookie, Kind.SESSION)
        except AccessDenied:
            return None  # as if it were not there: whether that matters, the address decides
        _require_own_page(asked)
        return identity

    async def _check_stranger(self, asked: Asked, access: AuthService) -> None:
        if await self.terms.is_closed(access):
            self._metrics.refused("no_token")
            raise AccessDenied(LOGIN_NEEDED)
        _require_own_page(asked)  # open to programs and people here, not to whatever page they see

    def _check(self, identity: Identity, needed: Needs) -> None:
        try:
            if identity is not LOCAL:
                self._pace.take(identity.id)
            if isinstance(needed, Scope):
                identity.require(needed)
        except MemorizerError as error:
            self._metrics.refused("scope" if isinstance(error, ScopeTooSmall) else "pace")
            raise


def address_of(asked: Asked) -> str:
    """Where a request comes from, as far as the connection tells."""
    client = asked.get("client")
    return str(client[0]) if client else ""


def _bearer(headers: Headers) -> str | None:
    """The token in the header; None for other ways to log in, which a proxy in front may use."""
    given = headers.getlist("authorization")
    if len(given) > 1:
        raise AccessDenied("There are two Authorization headers. Send one.")
    scheme, _, token = "".join(given).partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _same(shown: str, key: str | None) -> bool:
    return key is not None and hmac.compare_digest(shown.encode(), key.encode())


def _require_own_page(asked: Asked) -> None:
    """Raise CsrfRejected unless a change comes from our own page.

    To the cookie's SameSite, another program's page on another port of this machine is one of
    ours, and where no login is needed it need not even have one: a POST without a body goes out
    before any question of CORS. So browsers are asked what they say about the page itself.
    """
    if asked["method"] in READING:
        return
    headers = Headers(scope=asked)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        is_ours = site in {"same-origin", "none"}
    else:  # old browsers, and addresses that are not https; programs send neither
        is_ours = origin is None or urlsplit(origin).netloc == headers.get("host")
    if not is_ours:
        raise CsrfRejected
