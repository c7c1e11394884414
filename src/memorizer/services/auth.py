"""Tokens and browser sessions: creating, listing, revoking and verifying them."""

from collections import OrderedDict
from collections.abc import Callable
from collections.abc import Set as AbstractSet
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
    WorkspaceGrant,
    check_name,
)
from memorizer.domain.errors import AccessDenied, InvalidField, NotFound, Unavailable
from memorizer.domain.timestamps import DAY_MS
from memorizer.ports.clock import Clock
from memorizer.ports.oauth import TokenVerifier
from memorizer.ports.transactions import AdminTransaction, Database

T = TypeVar("T")

SESSION_MS = 7 * DAY_MS
MAX_SESSIONS_PER_TOKEN = 20
"""The oldest session of a token is ended when there are more."""
MAX_DAYS = 3_650
TOKEN_CACHE_MS = 1_000
"""How long the snapshot of tokens is cached; a revocation by another process takes effect
within it, and the database is not asked at every request."""
MAX_FOREIGN = 10_000
"""Of how many callers with another server's tokens it is known when their tokens expire."""
LAST_USE_PRECISION_MS = 60_000
"""Precision of a token's last use; a write at every request would cost more than the rest."""


class AuthService:
    """Creates, lists, revokes and verifies tokens and browser sessions."""

    def __init__(
        self, database: Database, clock: Clock, verifier: TokenVerifier | None = None
    ) -> None:
        """Create the service; `verifier` knows the tokens of another authorization server."""
        self._database = database
        self._clock = clock
        self._verifier = verifier
        self._foreign: OrderedDict[str, int] = OrderedDict()
        self._snapshot: TokenSnapshot | None = None
        self._changes = 0
        self._last_use: dict[str, int] = {}

    async def requires_token(self) -> bool:
        """Whether there ever was a token: then requests need one."""
        return (await self._current_snapshot()).requires_token

    async def has_usable_token(self) -> bool:
        """Whether there is a token that is neither revoked nor expired."""
        now = self._clock.now()
        return any(
            token.is_usable(now) for token in (await self._current_snapshot()).tokens.values()
        )

    async def identify(self, text: str, kind: Kind) -> Identity:
        """Return the identity that a token's or session's text proves. Raises AccessDenied."""
        if self._verifier is not None and kind is Kind.TOKEN and _is_jwt(text):
            return await self._identify_foreign(self._verifier, text)
        secret = _parse(text, {kind, Kind.ACCESS} if kind is Kind.TOKEN else {kind})
        snapshot, now = await self._snapshot_with(secret), self._clock.now()
        identity = snapshot.identify(secret, now)
        await self._note_use(snapshot.tokens[identity.id])
        return identity

    async def is_token_active(self, token_id: str) -> bool:
        """Whether this token is neither revoked nor expired; for long-lived connections."""
        if token_id in self._foreign:
            return self._clock.now() < self._foreign[token_id]
        token = (await self._current_snapshot()).tokens.get(token_id)
        return token is not None and token.is_usable(self._clock.now())

    async def tokens(self) -> list[Token]:
        """Return all tokens that were not revoked, oldest first."""
        snapshot = await self._read()
        return [token for token in snapshot.tokens.values() if token.revoked_at is None]

    async def create(
        self,
        name: str,
        scope: Scope,
        *,
        days: int | None = None,
        grants: tuple[WorkspaceGrant, ...] | None = None,
    ) -> tuple[Token, str]:
        """Create a token; return it with its text, which is not stored and cannot be shown again.

        `grants` bind it to workspaces (WorkspaceService.grants finds them). Raises InvalidField,
        NameTaken.
        """
        if grants is not None and not grants:
            raise InvalidField("workspaces", "name at least one, or leave them out")
        if any(not scope.covers(grant.scope) for grant in grants or ()):
            raise InvalidField(
                "workspaces", f"none may have more than the token, which has {scope}"
            )
        if days is not None and not 1 <= days <= MAX_DAYS:
            raise InvalidField("expiresInDays", f"must lie between 1 and {MAX_DAYS:,}")
        now, secret = self._clock.now(), Secret.new(Kind.TOKEN)
        token = Token(
            id=secret.id,
            name=check_name(name),
            scope=scope,
            digest=secret.digest,
            created_at=now,
            expires_at=None if days is None else now + days * DAY_MS,
            grants=grants,
        )
        await self._change(lambda tx: tx.tokens.add(token))
        return token, secret.text

    async def revoke(self, which: str) -> Token:
        """Revoke a token by its id or its name. Raises NotFound."""
        now = self._clock.now()

        def transaction(tx: AdminTransaction) -> Token:
            token = _find(tx.tokens.snapshot(now), which)
            tx.tokens.revoke(token.id, now)
            return token

        return await self._change(transaction)

    async def log_in(self, text: str, *, lifetime_ms: int = SESSION_MS) -> tuple[Token, str]:
        """Return the token with this text and the text of a new session. Raises AccessDenied."""
        token = await self._authenticate(text, Kind.TOKEN)
        now, secret = self._clock.now(), Secret.new(Kind.SESSION)
        ends = min(now + lifetime_ms, token.expires_at or now + lifetime_ms)
        session = Session(secret.id, token.id, secret.digest, now, ends)
        await self._change(lambda tx: tx.tokens.add_session(session, most=MAX_SESSIONS_PER_TOKEN))
        return token, secret.text

    async def log_out(self, text: str) -> None:
        """End the session with this text; any other text is ignored."""
        secret = Secret.parse(text)
        if secret is None or secret.kind is not Kind.SESSION:
            return
        session = (await self._snapshot_with(secret)).sessions.get(secret.id)
        if session is not None and secret.verify(session.digest):
            await self._change(lambda tx: tx.tokens.remove_session(session.id))

    async def _identify_foreign(self, verifier: TokenVerifier, text: str) -> Identity:
        identity, expires_at = await verifier.verify(text)
        self._foreign[identity.id] = expires_at
        self._foreign.move_to_end(identity.id)
        if len(self._foreign) > MAX_FOREIGN:
            self._foreign.popitem(last=False)
        return identity

    def forget(self) -> None:
        """Read the tokens anew at the next request: they were changed."""
        self._changes += 1
        self._snapshot = None

    async def _authenticate(self, text: str, kind: Kind) -> Token:
        secret = _parse(text, {kind})
        return (await self._snapshot_with(secret)).authenticate(secret, self._clock.now())

    async def _note_use(self, token: Token) -> None:
        now = self._clock.now()
        if 0 <= now - self._last_use.get(token.id, token.last_used_at or 0) < LAST_USE_PRECISION_MS:
            return
        self._last_use[token.id] = now
        with suppress(Unavailable):  # a full disk stops writing; who only reads need not suffer
            await self._database.write(lambda tx: tx.tokens.record_use(token.id, now))

    async def _change(self, function: Callable[[AdminTransaction], T]) -> T:
        result = await self._database.write(function)
        self.forget()
        return result

    async def _snapshot_with(self, secret: Secret) -> TokenSnapshot:
        """Return a snapshot that has this secret if it exists.

        Another process may have just made it.
        """
        snapshot = await self._current_snapshot()
        return snapshot if snapshot.knows(secret) else await self._read()

    async def _current_snapshot(self) -> TokenSnapshot:
        snapshot = self._snapshot
        if snapshot is not None and 0 <= self._clock.now() - snapshot.read_at < TOKEN_CACHE_MS:
            return snapshot
        try:
            return await self._read()
        except Unavailable:
            if snapshot is None:
                raise
            return snapshot  # metrics and health answer without the database, to those who may ask

    async def _read(self) -> TokenSnapshot:
        now, changes = self._clock.now(), self._changes
        snapshot = await self._database.read(lambda tx: tx.tokens.snapshot(now))
        if changes == self._changes:  # else it may be from before the change
            self._snapshot = snapshot
        return snapshot


def _is_jwt(text: str) -> bool:
    return text.count(".") == 2  # noqa: PLR2004 - header, claims, signature


def _parse(text: str, kinds: AbstractSet[Kind]) -> Secret:
    secret = Secret.parse(text)
    if secret is None or secret.kind not in kinds:
        raise AccessDenied("This is no token of Memorizer's; one looks like mzr_1a2b…_3c4d….")
    return secret


def _find(snapshot: TokenSnapshot, which: str) -> Token:
    """Return the unrevoked token of this id or name. Raises NotFound."""
    for token in snapshot.tokens.values():
        if token.revoked_at is None and which in {token.id, token.name}:
            return token
    raise NotFound("token", which)
