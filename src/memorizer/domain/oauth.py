"""OAuth 2.1 for clients of the MCP endpoint: what they ask for, and the rules it is checked by.

RFC 6749 and its successor draft (codes, refresh), 7636 (PKCE), 7591 (registration), 8252 (loopback
addresses), 8707 (resource), 9700 (best current practice), and the authorization part of the MCP
specification of 2026-07-28 (client-ID metadata documents).
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from memorizer.domain.auth import UNSHOWABLE, Kind, Scope, Secret, WorkspaceGrant
from memorizer.domain.errors import MemorizerError
from memorizer.domain.memories import JsonObject
from memorizer.domain.timestamps import DAY_MS

CODE_MS: Final = 60_000
ACCESS_MS: Final = DAY_MS
"""A day: some clients (mcp for Python) do not refresh after a restart, but log in again."""
REFRESH_MS: Final = 90 * DAY_MS
"""How long a connection may be unused."""
GRACE_MS: Final = 60_000
"""How long a refresh token that was used gives the same answer again, for retries and for
processes that share a store."""
MAX_NAME: Final = 40
MAX_URI: Final = 2_000
MAX_REDIRECT_URIS: Final = 20
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SCOPE_NAMES: Final[Mapping[str, Scope]] = {"memory:read": Scope.READ, "memory:write": Scope.WRITE}
"""What clients can ask for. Administration is not among them: some ask for all there is."""
HARMLESS_SCOPES: Final = frozenset({"openid", "profile", "email", "offline_access"})
"""Asked for by habit, and ignored."""
AUTH_METHODS: Final = ("none", "client_secret_post", "client_secret_basic")
_UNSHOWABLE: Final = re.compile(rf"[{UNSHOWABLE}]")
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class OAuthError(MemorizerError):
    """A request that OAuth has a code for; the text is the `error_description`."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """A program that may ask people for access. Times are UTC milliseconds."""

    id: str
    metadata: JsonObject
    """As it was registered or published; with `redirect_uris` and `token_endpoint_auth_method`."""
    secret_digest: str | None = field(default=None, repr=False)
    registration_digest: str | None = field(default=None, repr=False)
    """Of the secret that reads and deletes the registration."""
    created_at: int = 0

    @property
    def redirect_uris(self) -> Sequence[str]:
        """Where answers may be sent."""
        uris = self.metadata["redirect_uris"]
        return [uri for uri in uris if isinstance(uri, str)] if isinstance(uris, list) else []

    @property
    def name(self) -> str:
        """What it calls itself, fit to be shown; nobody has verified it."""
        return cleaned_name(self.metadata.get("client_name")) or redirect_host(
            self.redirect_uris[0]
        )

    @property
    def is_loopback_only(self) -> bool:
        """Whether it can only be a program on the person's own machine."""
        return all(is_loopback(uri) for uri in self.redirect_uris)

    def may_redirect_to(self, uri: str) -> bool:
        """Whether an answer may be sent there; on loopback any port is as good (RFC 8252, 7.3)."""
        return any(_is_same_target(registered, uri) for registered in self.redirect_uris)


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allows a client."""

    scope: Scope
    grants: tuple[WorkspaceGrant, ...] | None
    granted_by: str
    """The id of the token the person logged in with."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client asks for, checked."""

    client: OAuthClient
    redirect_uri: str
    challenge: str
    scope: Scope
    resource: str


@dataclass(frozen=True, slots=True)
class AuthorizationCode:
    """A code between consent and token. Times are UTC milliseconds."""

    id: str
    digest: str = field(repr=False)
    client_id: str
    client_name: str
    redirect_uri: str
    challenge: str
    resource: str
    consent: Consent
    created_at: int
    expires_at: int
    token_id: str | None = None
    """What it was exchanged for."""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One of a connection's refresh tokens, of which the newest was not used yet.

    The secrets of its successors are derived from its own and `nonce`, so that the same answer can
    be given again although only digests are stored.
    """

    id: str
    token_id: str
    digest: str = field(repr=False)
    scope: Scope
    created_at: int
    expires_at: int
    used_at: int | None = None
    nonce: str | None = field(default=None, repr=False)
    next_refresh_id: str | None = None
    next_access_id: str | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """Whose client a token was made for."""

    token_id: str
    client_id: str
    granted_by: str
    resource: str


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The answer to a code or a refresh token; the only place where the secrets are."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scope: Scope
    lifetime_ms: int


def scope_text(scope: Scope) -> str:
    """Return the names of a scope and of those it includes, as OAuth lists them."""
    return " ".join(name for name, each in SCOPE_NAMES.items() if scope.covers(each))


def parse_scope(text: str | None) -> Scope:
    """Return the scope that a client asks for; all there is when it names none.

    Raises OAuthError.
    """
    asked = set((text or "").split())
    known = [SCOPE_NAMES[name] for name in asked & SCOPE_NAMES.keys()]
    if known:
        return max(known, key=list(Scope).index)
    if asked - HARMLESS_SCOPES:
        raise OAuthError("invalid_scope", f"The scopes are: {', '.join(SCOPE_NAMES)}.")
    return Scope.WRITE


def cleaned_name(value: object) -> str:
    """Return a name of somebody else's, fit to be shown: short, on one line, nothing invisible."""
    text = _UNSHOWABLE.sub(" ", value) if isinstance(value, str) else ""
    return " ".join(text.split())[:MAX_NAME].rstrip()


def check_redirect_uri(uri: object) -> str:
    """Return the address, if answers may be sent there. Raises OAuthError."""
    problem = _redirect_problem(uri)
    if problem is not None or not isinstance(uri, str):
        raise OAuthError(
            "invalid_redirect_uri",
            f"redirect_uris: {problem}. Use https, or http on localhost, 127.0.0.1 or [::1].",
        )
    return uri


def redirect_host(uri: str) -> str:
    """Return the host and port that an answer goes to."""
    return _without_user(urlsplit(uri))


def is_loopback(uri: str) -> bool:
    """Whether this address is on the machine of whoever opens it."""
    return urlsplit(uri).hostname in LOOPBACK


def check_challenge(challenge: str | None, method: str | None) -> str:
    """Return the code challenge of PKCE. Raises OAuthError; `plain` is refused."""
    if not challenge or not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "code_challenge is needed: 43 characters, by S256.")
    if method != "S256":
        raise OAuthError("invalid_request", "code_challenge_method must be S256.")
    return challenge


def verifies(challenge: str, verifier: str | None) -> bool:
    """Whether this is the verifier of the challenge (RFC 7636, S256)."""
    if verifier is None or not _VERIFIER.fullmatch(verifier):
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    text = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return hmac.compare_digest(text, challenge)


def derived(kind: Kind, id_: str, source: Secret, nonce: str) -> Secret:
    """Return the secret that follows from another one and a nonce.

    Neither suffices without the other.
    """
    message = f"{kind}_{id_}_{source.key}".encode()
    return Secret(kind, id_, hmac.new(nonce.encode(), message, hashlib.sha256).hexdigest())


def _redirect_problem(uri: object) -> str | None:
    if not isinstance(uri, str) or not 0 < len(uri) <= MAX_URI:
        return f"each is an address of at most {MAX_URI:,} characters"
    if not uri.isascii() or not uri.isprintable() or any(c in uri for c in ' \\"<>*'):
        return "an address has characters that none may have"
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "one is no address"
    if not parts.hostname or "@" in parts.netloc or "#" in uri:
        return "an address needs a host, and neither user nor fragment"
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return f"{parts.scheme}://{parts.hostname} is not allowed"
    return None


def _is_same_target(registered: str, given: str) -> bool:
    if registered == given:
        return True
    if _redirect_problem(given) is not None:
        return False
    known, asked = urlsplit(registered), urlsplit(given)
    if known.scheme != "http" or known.hostname not in LOOPBACK:
        return False
    parts = ("scheme", "hostname", "path", "query")
    return all(getattr(known, part) == getattr(asked, part) for part in parts)


def _without_user(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]
