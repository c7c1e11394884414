"""Access tokens of an external identity provider: JWTs, verified by its keys (RFC 9068)."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import jwt
import structlog

from memorizer.domain.auth import Identity, Scope
from memorizer.domain.errors import AccessDenied, Unavailable
from memorizer.domain.oauth import SCOPE_NAMES, cleaned_name

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""Asymmetric ones alone: with a symmetric one a published key would sign."""
KEYS_SECONDS: Final = 3_600.0
REFETCH_SECONDS: Final = 60.0
"""How often an unknown key id makes us ask again."""
TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024
LEEWAY_SECONDS: Final = 30
MAX_TOKEN: Final = 16_384

log = structlog.get_logger(__name__)


class JwtVerifier:
    """Implements ports.oauth.TokenVerifier with the keys of one issuer."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        scopes: Mapping[str, Scope] = SCOPE_NAMES,
        *,
        client: httpx.AsyncClient | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`scopes` says what the provider's scope names permit here."""
        self._issuer = issuer
        self._audience = audience
        self._scopes = scopes
        self._client = client
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: float | None = None
        self._reading = asyncio.Lock()

    async def verify(self, text: str) -> tuple[Identity, int]:
        claims = await self._claims(text)
        scope = self._scope(claims)
        subject = f"{self._issuer}\n{claims['sub']}".encode()
        id_ = f"oidc-{hashlib.sha256(subject).hexdigest()[:24]}"
        name = cleaned_name(claims.get("preferred_username")) or cleaned_name(claims.get("email"))
        name = name or cleaned_name(claims["sub"]) or id_
        return Identity(id_, name, scope, None, self._audience), int(claims["exp"]) * 1_000

    async def _claims(self, text: str) -> Mapping[str, Any]:
        if len(text) > MAX_TOKEN:
            raise AccessDenied("This access token is too long.")
        try:
            header = jwt.get_unverified_header(text)
            key = await self._key(str(header.get("kid", "")))
            claims: Mapping[str, Any] = jwt.decode(
                text,
                key,
                algorithms=ALGORITHMS,
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError:
            raise AccessDenied("This access token has expired. Refresh it.") from None
        except jwt.InvalidAudienceError:
            raise AccessDenied(f"This access token is not for {self._audience}.") from None
        except jwt.PyJWTError as error:
            raise AccessDenied(f"This access token is not valid: {error}.") from None
        return claims

    def _scope(self, claims: Mapping[str, Any]) -> Scope:
        """Return the largest of what the claims permit. Raises AccessDenied for nothing."""
        given = claims.get("scope", claims.get("scp", ""))
        names = given.split() if isinstance(given, str) else given
        names = names if isinstance(names, list) else []
        known = [self._scopes[name] for name in names if name in self._scopes]
        if not known:
            raise AccessDenied(
                f"This access token has none of the scopes {', '.join(self._scopes)}."
            )
        return max(known, key=list(Scope).index)

    async def _key(self, key_id: str) -> jwt.PyJWK:
        async with self._reading:
            age = None if self._read_at is None else self._clock() - self._read_at
            is_old = age is None or age > KEYS_SECONDS
            if is_old or (key_id not in self._keys and (age or 0) > REFETCH_SECONDS):
                await self._read_keys()
        if key_id in self._keys:
            return self._keys[key_id]
        if len(self._keys) == 1 and not key_id:
            return next(iter(self._keys.values()))
        raise AccessDenied("This access token was signed with a key that its issuer does not list.")

    async def _read_keys(self) -> None:
        try:
            document = await self._discover()
            found = jwt.PyJWKSet.from_dict(await self._json(str(document["jwks_uri"]))).keys
        except (httpx.HTTPError, jwt.PyJWTError, LookupError, ValueError) as error:
            if not self._keys:
                raise Unavailable(
                    f"The keys of {self._issuer} cannot be read: {error}",
                    "Check MEMORIZER_OIDC_ISSUER, and that this server reaches it.",
                ) from error
            log.warning("the identity provider's keys could not be renewed", error=str(error))
        else:
            self._keys = {str(key.key_id or ""): key for key in found}
        self._read_at = self._clock()

    async def _discover(self) -> Mapping[str, Any]:
        """Return the provider's metadata. Raises HTTPError, ValueError if they are another's."""
        document = await self._metadata()
        if document.get("issuer") != self._issuer:
            raise ValueError(f"it calls itself {document.get('issuer')!r}")
        return document

    async def _metadata(self) -> Mapping[str, Any]:
        """As OpenID Connect has it, or RFC 8414."""
        parts = urlsplit(self._issuer)
        path = f"/.well-known/oauth-authorization-server{parts.path.rstrip('/')}"
        try:
            return await self._json(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        except httpx.HTTPStatusError:
            return await self._json(urlunsplit(parts._replace(path=path)))

    async def _json(self, url: str) -> dict[str, Any]:
        client = self._client or httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
        try:
            reply = await client.get(url)
        finally:
            if self._client is None:
                await client.aclose()
        reply.raise_for_status()
        if len(reply.content) > MAX_BYTES or not isinstance(found := reply.json(), dict):
            raise ValueError(f"{url} is no JSON object, or too long")
        return found
