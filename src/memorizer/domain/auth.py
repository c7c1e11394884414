"""Access tokens, browser sessions, and how their secrets are made and verified.

A secret is shown once; only its SHA-256 is stored. A slow password hash is not needed, because
a secret is 256 random bits.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from memorizer.domain.errors import AccessDenied, InvalidField, ScopeTooSmall, UnboundTokenNeeded
from memorizer.domain.memories import check_text

MAX_TOKEN_NAME: Final = 60
ID_BYTES: Final = 6
SECRET_BYTES: Final = 32

UNSHOWABLE: Final = r"\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Control, bidirectional and invisible characters, as the inside of a regex character class."""

_UNSHOWABLE: Final = re.compile(f"[{UNSHOWABLE}]")
_FORM: Final = re.compile(r"(mz[acfgkrs])_([0-9a-f]{12})_([0-9a-f]{64})")
_PART: Final = re.compile(r"(mz[acfgkrs]_[0-9a-f]{12}_)[0-9a-f]+", re.IGNORECASE)
"""Matches a secret that may be truncated; group 1 is what may be shown."""


def masked(text: str) -> str:
    """Return the text with each secret's key replaced by `…`; ids stay, to revoke them by."""
    return _PART.sub(r"\1…", text)


LOCAL_ID: Final = "local"
"""The id of a caller that needs no token; no token has it."""


class Scope(StrEnum):
    """What a token permits; each includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def covers(self, needed: "Scope") -> bool:
        """Whether this scope includes `needed`."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class WorkspaceGrant:
    """What a bound token may do in a workspace and all below it."""

    workspace_id: str
    scope: Scope


class Kind(StrEnum):
    """What a secret is for; the prefix of its text, so that secret scanners recognise it."""

    TOKEN = "mzr"  # noqa: S105 - the beginning of every token is no secret
    SESSION = "mzs"
    ACCESS = "mza"
    """An access token of OAuth: what a client made of a person's consent."""
    REFRESH = "mzf"
    CODE = "mzc"
    """An authorization code."""
    CLIENT = "mzk"
    """The secret of a registered OAuth client."""
    REGISTRATION = "mzg"
    """What a registered OAuth client reads and deletes its registration with."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret as its holder has it: a public id to find the row by, and the secret key."""

    kind: Kind
    id: str
    key: str = field(repr=False)

    @classmethod
    def new(cls, kind: Kind) -> "Secret":
        """Return a new random secret."""
        return cls(kind, secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "Secret | None":
        """Return the secret with this text; None if it has not the form of one."""
        found = _FORM.fullmatch(text)
        return cls(Kind(found[1]), found[2], found[3]) if found else None

    @property
    def text(self) -> str:
        """The whole secret, such as `mzr_ID_KEY`; shown once."""
        return f"{self.kind}_{self.id}_{self.key}"

    @property
    def digest(self) -> str:
        """SHA-256 of the key in hex, which is what is stored."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    def verify(self, digest: str) -> bool:
        """Whether the key has this digest; constant-time comparison."""
        return hmac.compare_digest(self.digest, digest)


@dataclass(frozen=True, slots=True)
class Token:
    """A named access token. Times are UTC milliseconds."""

    id: str
    name: str
    scope: Scope
    digest: str = field(repr=False)
    created_at: int
    expires_at: int | None = None
    last_used_at: int | None = None
    revoked_at: int | None = None
    grants: tuple[WorkspaceGrant, ...] | None = None
    """The workspaces that it is bound to; None: it is not bound."""

    def is_usable(self, at: int) -> bool:
        """Whether it is neither revoked nor expired at this time (UTC milliseconds)."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is logged in with a token; ends when the token does, or before."""

    id: str
    token_id: str
    digest: str = field(repr=False)
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A secret that stands for a token for some hours; OAuth clients get one with each refresh."""

    id: str
    token_id: str
    digest: str = field(repr=False)
    scope: Scope
    """At most the token's."""
    resource: str
    """The address that it is for (RFC 8707)."""
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Identity:
    """The authenticated caller. `name` is None for one who can read the data directory."""

    id: str
    name: str | None
    scope: Scope
    grants: tuple[WorkspaceGrant, ...] | None = None
    """The workspaces that the caller is bound to; None: the caller is not bound."""
    resource: str | None = None
    """What an OAuth access token is for; None for callers who sent something else."""

    def require_unbound(self, what: str = "This") -> None:
        """Raise UnboundTokenNeeded if the caller is bound to workspaces."""
        if self.grants is not None:
            raise UnboundTokenNeeded(what)

    def require(self, needed: Scope) -> None:
        """Raise ScopeTooSmall unless the caller's scope includes `needed`."""
        if not self.scope.covers(needed):
            raise ScopeTooSmall(self.name or self.id, self.scope, needed)


@dataclass(frozen=True, slots=True)
class TokenSnapshot:
    """All tokens and sessions by id, as read at `read_at` (UTC milliseconds)."""

    tokens: Mapping[str, Token]
    sessions: Mapping[str, Session]
    read_at: int
    access_tokens: Mapping[str, AccessToken] = field(default_factory=dict)

    @property
    def requires_token(self) -> bool:
        """Whether a token was ever created, even if it is revoked: then all callers need one."""
        return bool(self.tokens)

    def knows(self, secret: Secret) -> bool:
        """Whether its token, session or access token exists."""
        rows: Mapping[str, object]
        match secret.kind:
            case Kind.SESSION:
                rows = self.sessions
            case Kind.ACCESS:
                rows = self.access_tokens
            case _:
                rows = self.tokens
        return secret.id in rows

    def identify(self, secret: Secret, at: int) -> Identity:
        """Return the caller that this secret proves. Raises AccessDenied."""
        token = self.authenticate(secret, at)
        scope, resource = token.scope, None
        if secret.kind is Kind.ACCESS:
            access = self.access_tokens[secret.id]
            scope, resource = min(scope, access.scope, key=list(Scope).index), access.resource
        return Identity(token.id, token.name, scope, token.grants, resource)

    def authenticate(self, secret: Secret, at: int) -> Token:
        """Return the token of this secret, or of its session or access token.

        Raises AccessDenied.
        """
        if secret.kind is Kind.SESSION:
            return self._of_session(secret, at)
        if secret.kind is Kind.ACCESS:
            return self._of_access_token(secret, at)
        token = self.tokens.get(secret.id)
        if token is None or not secret.verify(token.digest):
            raise AccessDenied("This token is not known here. Check that it was copied whole.")
        if not token.is_usable(at):
            how = "was revoked" if token.revoked_at is not None else "has expired"
            raise AccessDenied(f"The token “{token.name}” {how}. Ask for a new one.")
        return token

    def _of_session(self, secret: Secret, at: int) -> Token:
        session = self.sessions.get(secret.id)
        if session is None or not secret.verify(session.digest) or at >= session.expires_at:
            raise AccessDenied("You are not logged in any more. Log in with a token.")
        token = self.tokens[session.token_id]
        if not token.is_usable(at):
            raise AccessDenied("The token you logged in with no longer works. Log in with another.")
        return token

    def _of_access_token(self, secret: Secret, at: int) -> Token:
        access = self.access_tokens.get(secret.id)
        if access is None or not secret.verify(access.digest) or at >= access.expires_at:
            raise AccessDenied("This access token is not known here, or has expired. Refresh it.")
        token = self.tokens[access.token_id]
        if not token.is_usable(at):
            raise AccessDenied(f"The connection “{token.name}” was ended. Connect again.")
        return token


def check_name(name: str) -> str:
    """Return a token's trimmed name. Raises InvalidField if it is empty, long or unprintable."""
    trimmed = name.strip()
    check_text("name", trimmed, longest=MAX_TOKEN_NAME)
    if _UNSHOWABLE.search(trimmed):
        raise InvalidField("name", "contains characters that cannot be shown")
    return trimmed
