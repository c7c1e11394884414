"""Who may do what: tokens, the sessions of browsers, and how their secrets are made and proven.

A secret is shown once and kept nowhere: only its SHA-256 is stored. That is enough, and fast,
because it is 256 random bits and not a password that somebody could guess.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from memorizer.domain.errors import AccessDenied, InvalidField, ScopeTooSmall
from memorizer.domain.memories import check_text

MAX_TOKEN_NAME: Final = 60
ID_BYTES: Final = 6
SECRET_BYTES: Final = 32

UNSHOWABLE: Final = r"\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""As a class of a regular expression: what steers a terminal, breaks a line, turns text around
or cannot be seen."""

_UNSHOWABLE: Final = re.compile(f"[{UNSHOWABLE}]")
_FORM: Final = re.compile(r"(mzr|mzs)_([0-9a-f]{12})_([0-9a-f]{64})")
_PART: Final = re.compile(r"(mz[rs]_[0-9a-f]{12}_)[0-9a-f]+", re.IGNORECASE)
"""Of a secret that may have been cut off."""


def masked(text: str) -> str:
    """The text without the secret part of any secret of ours; its id stays, to revoke it by."""
    return _PART.sub(r"\1…", text)


LOCAL_ID: Final = "local"
"""Of whoever needs no token; no token has this id."""


class Scope(StrEnum):
    """What a token permits; each includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def covers(self, needed: "Scope") -> bool:
        """Whether this scope is enough where `needed` is asked for."""
        order = list(Scope)
        return order.index(self) >= order.index(needed)


class Kind(StrEnum):
    """What a secret belongs to. Its text begins with this, so that scanners of code know it."""

    TOKEN = "mzr"  # noqa: S105 - the beginning of every token is no secret
    SESSION = "mzs"


@dataclass(frozen=True, slots=True)
class Secret:
    """What its holder shows: a public id to find the row by, and the secret part."""

    kind: Kind
    id: str
    key: str = field(repr=False)

    @classmethod
    def new(cls, kind: Kind) -> "Secret":
        """One that nobody had before."""
        return cls(kind, secrets.token_hex(ID_BYTES), secrets.token_hex(SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> "Secret | None":
        """What the text says, if it has the form of a secret at all."""
        found = _FORM.fullmatch(text)
        return cls(Kind(found[1]), found[2], found[3]) if found else None

    @property
    def text(self) -> str:
        """As it is shown, once."""
        return f"{self.kind}_{self.id}_{self.key}"

    @property
    def digest(self) -> str:
        """All that is kept of it."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    def verify(self, digest: str) -> bool:
        """Whether it is the one that was made; takes as long either way."""
        return hmac.compare_digest(self.digest, digest)


@dataclass(frozen=True, slots=True)
class Token:
    """A right to come in, under a name. Times are UTC milliseconds."""

    id: str
    name: str
    scope: Scope
    digest: str = field(repr=False)
    created_at: int
    expires_at: int | None = None
    last_used_at: int | None = None
    revoked_at: int | None = None

    def is_usable(self, at: int) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody logged in with a token; it ends with that token at the latest."""

    id: str
    token_id: str
    digest: str = field(repr=False)
    created_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Identity:
    """Who asks, as far as that is proven. `name` None: whoever can read the data directory."""

    id: str
    name: str | None
    scope: Scope

    def require(self, needed: Scope) -> None:
        """Raise ScopeTooSmall unless this may do what needs that scope."""
        if not self.scope.covers(needed):
            raise ScopeTooSmall(self.name or self.id, self.scope, needed)


@dataclass(frozen=True, slots=True)
class TokenSnapshot:
    """All tokens and sessions as they were at one moment."""

    tokens: Mapping[str, Token]
    sessions: Mapping[str, Session]
    read_at: int

    @property
    def requires_token(self) -> bool:
        """Whether there ever was a token: then nobody comes in without one any more."""
        return bool(self.tokens)

    def knows(self, secret: Secret) -> bool:
        """Whether there is a row for it."""
        return secret.id in (self.sessions if secret.kind is Kind.SESSION else self.tokens)

    def authenticate(self, secret: Secret, at: int) -> Token:
        """The token that this secret opens, or whose session it is. Raises AccessDenied."""
        if secret.kind is Kind.SESSION:
            return self._of_session(secret, at)
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


def check_name(name: str) -> str:
    """The name as it is kept. Raises InvalidField for one that a list or a log cannot show."""
    trimmed = name.strip()
    check_text("name", trimmed, longest=MAX_TOKEN_NAME)
    if _UNSHOWABLE.search(trimmed):
        raise InvalidField("name", "contains characters that cannot be shown")
    return trimmed
