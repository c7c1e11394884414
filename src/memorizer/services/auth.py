"""Letting in: making, listing, revoking and proving tokens, and the sessions of browsers."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from memorizer.domain.auth import (
    Identity,
    Kind,
    Scope,
    Secret,
    Session,
    Token,
    TokenSnapshot,
    check_name,
)
from memorizer.domain.errors import AccessDenied, InvalidField, NotFound, Unavailable
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import AdminTransaction, Database

T = TypeVar("T")

DAY_MS = 24 * 3_600_000
SESSION_MS = 7 * DAY_MS
MOST_SESSIONS = 20
"""Of one token; the oldest gives way."""
MOST_DAYS = 3_650
BELIEVED_MS = 1_000
"""How long what was read about tokens is believed; so a token that another process revoked is
refused a second later at the latest, and the database is not asked at every request."""
NOTED_MS = 60_000
"""How exact the time of the last use is; a write at every request would cost more than the rest."""


class AuthService:
    """Knows who may come in."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._register: TokenSnapshot | None = None
        self._changes = 0
        self._noted: dict[str, int] = {}

    async def requires_token(self) -> bool:
        """Whether there ever was a token: then everybody needs one."""
        return (await self._known()).requires_token

    async def has_usable_token(self) -> bool:
        """Whether any token works now."""
        now = self._clock.now()
        return any(token.is_usable(now) for token in (await self._known()).tokens.values())

    async def identify(self, text: str, kind: Kind) -> Identity:
        """Whose token or session this is. Raises AccessDenied."""
        token = await self._holder(text, kind)
        await self._note_use(token)
        return Identity(token.id, token.name, token.scope)

    async def is_token_active(self, token_id: str) -> bool:
        """Whether this token works yet; what lasts long asks now and then."""
        token = (await self._known()).tokens.get(token_id)
        return token is not None and token.is_usable(self._clock.now())

    async def tokens(self) -> list[Token]:
        """All that were not revoked, oldest first."""
        register = await self._read()
        return [token for token in register.tokens.values() if token.revoked_at is None]

    async def create(
        self, name: str, scope: Scope, *, days: int | None = None
    ) -> tuple[Token, str]:
        """A new token, and its text, which nobody can show again.

        Raises InvalidField, NameTaken.
        """
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise InvalidField("expiresInDays", f"must lie between 1 and {MOST_DAYS:,}")
        now, secret = self._clock.now(), Secret.new(Kind.TOKEN)
        token = Token(
            id=secret.id,
            name=check_name(name),
            scope=scope,
            digest=secret.digest,
            created_at=now,
            expires_at=None if days is None else now + days * DAY_MS,
        )
        await self._change(lambda tx: tx.tokens.add(token))
        return token, secret.text

    async def revoke(self, which: str) -> Token:
        """Make a token, by its id or its name, useless from now on. Raises NotFound."""
        now = self._clock.now()

        def work(tx: AdminTransaction) -> Token:
            token = _find(tx.tokens.snapshot(now), which)
            tx.tokens.revoke(token.id, now)
            return token

        return await self._change(work)

    async def log_in(self, text: str) -> tuple[Token, str]:
        """The token that this is, and the text of a new session with it. Raises AccessDenied."""
        token = await self._holder(text, Kind.TOKEN)
        now, secret = self._clock.now(), Secret.new(Kind.SESSION)
        ends = min(now + SESSION_MS, token.expires_at or now + SESSION_MS)
        session = Session(secret.id, token.id, secret.digest, now, ends)
        await self._change(lambda tx: tx.tokens.add_session(session, most=MOST_SESSIONS))
        return token, secret.text

    async def log_out(self, text: str) -> None:
        """End a session, if it is one."""
        secret = Secret.parse(text)
        if secret is None or secret.kind is not Kind.SESSION:
            return
        session = (await self._knowing(secret)).sessions.get(secret.id)
        if session is not None and secret.verify(session.digest):
            await self._change(lambda tx: tx.tokens.remove_session(session.id))

    async def _holder(self, text: str, kind: Kind) -> Token:
        secret = Secret.parse(text)
        if secret is None or secret.kind is not kind:
            raise AccessDenied("This is no token of Memorizer's; one looks like mzr_1a2b…_3c4d….")
        return (await self._knowing(secret)).authenticate(secret, self._clock.now())

    async def _note_use(self, token: Token) -> None:
        now = self._clock.now()
        if 0 <= now - self._noted.get(token.id, token.last_used_at or 0) < NOTED_MS:
            return
        self._noted[token.id] = now
        with suppress(Unavailable):  # a full disk stops writing; who only reads need not suffer
            await self._database.write(lambda tx: tx.tokens.record_use(token.id, now))

    async def _change(self, work: Callable[[AdminTransaction], T]) -> T:
        result = await self._database.write(work)
        self._changes += 1
        self._register = None
        return result

    async def _knowing(self, secret: Secret) -> TokenSnapshot:
        """With this one in it, if it exists: another process may have made it just now."""
        register = await self._known()
        return register if register.knows(secret) else await self._read()

    async def _known(self) -> TokenSnapshot:
        register = self._register
        if register is not None and 0 <= self._clock.now() - register.read_at < BELIEVED_MS:
            return register
        try:
            return await self._read()
        except Unavailable:
            if register is None:
                raise
            return register  # metrics and health answer without the database, to those who may ask

    async def _read(self) -> TokenSnapshot:
        now, changes = self._clock.now(), self._changes
        register = await self._database.read(lambda tx: tx.tokens.snapshot(now))
        if changes == self._changes:  # else it may be from before the change
            self._register = register
        return register


def _find(register: TokenSnapshot, which: str) -> Token:
    """The token of this id, or the one that has this name now. Raises NotFound."""
    for token in register.tokens.values():
        if token.revoked_at is None and which in {token.id, token.name}:
            return token
    raise NotFound("token", which)
