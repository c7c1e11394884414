"""Authorization codes, access and refresh tokens: what a person's consent becomes for a client.

A connection is an ordinary token with a name, which people see and revoke where they see all
others. Its own secret is thrown away; the client holds access tokens, which stand for it for a day,
and a refresh token, which is another one after each use.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Final, TypeVar

import structlog

from memorizer.domain.auth import (
    AccessToken,
    Identity,
    Kind,
    Scope,
    Secret,
    Token,
    TokenSnapshot,
    WorkspaceGrant,
)
from memorizer.domain.oauth import (
    ACCESS_MS,
    CODE_MS,
    GRACE_MS,
    REFRESH_MS,
    AuthorizationCode,
    AuthorizationRequest,
    Connection,
    Consent,
    IssuedTokens,
    OAuthError,
    RefreshToken,
    derived,
    parse_scope,
    redirect_host,
    verifies,
)
from memorizer.domain.timestamps import DAY_MS
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import AdminTransaction, Database
from memorizer.services.auth import AuthService
from memorizer.services.oauth_clients import OAuthClients
from memorizer.services.workspaces import WorkspaceService

T = TypeVar("T")

MAX_ACCESS_TOKENS: Final = 20
MAX_REFRESH_TOKENS: Final = 100
"""Of one connection; of older ones a second use is refused, but not noticed."""
MAX_CONNECTIONS: Final = 100
"""Made with one token; the oldest ends when there are more."""
KEPT_MS: Final = 7 * DAY_MS
"""How long the row of a connection that ended is kept."""
UNFINISHED_MS: Final = 30 * DAY_MS
"""How long a client without a token is kept, unless room is needed."""
_UNKNOWN_CODE: Final = "The code is not known here, has expired, or belongs to another client."
_UNKNOWN_REFRESH: Final = "The refresh token is not known here, has expired, or was revoked."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OAuthService:
    """Makes codes of consents, tokens of codes, and tokens of refresh tokens."""

    database: Database
    clock: Clock
    auth: AuthService
    clients: OAuthClients

    async def consent(
        self, identity: Identity, scope: Scope, workspace: str, workspaces: WorkspaceService
    ) -> Consent:
        """Return what a person may allow at most of what was chosen.

        `workspace` "" is all they have.

        `workspaces` must be bound to what the person's token shows. Raises NotFound.
        """
        chosen = scope if identity.scope.covers(scope) else Scope.READ
        if workspace:
            narrowed = await workspaces.narrowed(workspace, include_unfiled=False)
            may_write = narrowed.writable if chosen.covers(Scope.WRITE) else frozenset()
            reading = narrowed.readable - may_write
            grants = [WorkspaceGrant(each, Scope.WRITE) for each in sorted(may_write)]
            grants += [WorkspaceGrant(each, Scope.READ) for each in sorted(reading)]
            return Consent(chosen, tuple(grants), identity.id)
        if identity.grants is None:
            return Consent(chosen, None, identity.id)
        kept = tuple(
            replace(grant, scope=chosen if grant.scope.covers(chosen) else Scope.READ)
            for grant in identity.grants
        )
        return Consent(chosen, kept, identity.id)

    async def issue_code(self, request: AuthorizationRequest, consent: Consent) -> str:
        """Return a code for the client, valid for a minute."""
        now, secret = self.clock.now(), Secret.new(Kind.CODE)
        code = AuthorizationCode(
            secret.id,
            secret.digest,
            request.client.id,
            request.client.name,
            request.redirect_uri,
            request.challenge,
            request.resource,
            consent,
            now,
            now + CODE_MS,
        )
        await self.database.write(lambda tx: tx.oauth.add_code(code))
        return secret.text

    async def exchange(
        self,
        text: str,
        *,
        client_id: str,
        redirect_uri: str | None,
        verifier: str | None,
        resource: str | None,
    ) -> IssuedTokens:
        """Return the tokens for a code. A code that comes twice ends what it was exchanged for.

        `resource`, where given, must be the one of the code. Raises OAuthError.
        """
        secret = _parsed(text, Kind.CODE, _UNKNOWN_CODE)
        now = self.clock.now()

        def transaction(tx: AdminTransaction) -> "IssuedTokens | OAuthError":
            code = tx.oauth.get_code(secret.id)
            if code is None or not secret.verify(code.digest) or code.client_id != client_id:
                return OAuthError("invalid_grant", _UNKNOWN_CODE)
            if code.token_id is not None:
                tx.tokens.revoke(code.token_id, now)
                return OAuthError("invalid_grant", "The code was used before. Log in again.")
            if resource is not None and resource != code.resource:
                return OAuthError("invalid_target", "resource is not that of the code.")
            problem = _problem(code, now, redirect_uri, verifier)
            return _connect(tx, code, now) if problem is None else problem

        return await self._change(transaction)

    async def refresh(
        self, text: str, *, client_id: str, scope: str | None, resource: str | None
    ) -> IssuedTokens:
        """Return new tokens for a refresh token. One that comes again late ends its connection.

        `scope` may ask for less for the new access token. Raises OAuthError.
        """
        secret = _parsed(text, Kind.REFRESH, _UNKNOWN_REFRESH)
        now, nonce = self.clock.now(), token_hex()
        unused = Secret.new(Kind.REFRESH), Secret.new(Kind.ACCESS)

        def transaction(tx: AdminTransaction) -> "IssuedTokens | OAuthError":
            old = tx.oauth.get_refresh_token(secret.id)
            connection = None if old is None else tx.oauth.get_connection(old.token_id)
            tokens = tx.tokens.snapshot(now).tokens
            if (
                old is None
                or not secret.verify(old.digest)
                or now >= old.expires_at
                or connection is None
                or connection.client_id != client_id
                or not tokens[old.token_id].is_usable(now)
            ):
                return OAuthError("invalid_grant", _UNKNOWN_REFRESH)
            if resource is not None and resource != connection.resource:
                return OAuthError("invalid_target", "resource is not that of the connection.")
            asked = parse_scope(scope) if scope else old.scope
            if not old.scope.covers(asked):
                return OAuthError("invalid_scope", "More than was allowed. Log in again for it.")
            if old.used_at is not None:
                return _again(tx, secret, old, now)
            used = replace(
                old,
                used_at=now,
                nonce=nonce,
                next_refresh_id=unused[0].id,
                next_access_id=unused[1].id,
            )
            tx.oauth.use_refresh_token(used)
            end = _end(tokens[connection.granted_by], now)
            made = _Made(connection, old.scope, asked, now, end)
            return _issue(tx, made, _successors(secret, used))

        return await self._change(transaction)

    async def revoke(self, text: str, *, client_id: str) -> None:
        """End the connection of an access or refresh token; unknown ones are ignored (RFC 7009)."""
        secret, now = Secret.parse(text), self.clock.now()
        if secret is None or secret.kind not in {Kind.ACCESS, Kind.REFRESH}:
            return

        def transaction(tx: AdminTransaction) -> None:
            found = (
                tx.oauth.get_access_token(secret.id)
                if secret.kind is Kind.ACCESS
                else tx.oauth.get_refresh_token(secret.id)
            )
            if found is None or not secret.verify(found.digest):
                return
            connection = tx.oauth.get_connection(found.token_id)
            if connection is not None and connection.client_id == client_id:
                tx.tokens.revoke(found.token_id, now)

        await self.database.write(transaction)
        self.auth.forget()

    async def prune(self) -> None:
        """Delete what is over."""
        now = self.clock.now()
        await self.database.write(
            lambda tx: tx.oauth.prune(
                now,
                codes_before=now - DAY_MS,  # so long a second use is noticed
                tokens_before=now - KEPT_MS,
                clients_before=now - UNFINISHED_MS,
            )
        )

    async def _change(
        self, function: Callable[[AdminTransaction], "IssuedTokens | OAuthError"]
    ) -> IssuedTokens:
        """Run it; a refusal is raised only after what it revoked is written."""
        result = await self.database.write(function)
        self.auth.forget()
        if isinstance(result, OAuthError):
            log.info("token request refused", error=result.code, reason=str(result))
            raise result
        return result


def _parsed(text: str, kind: Kind, refusal: str) -> Secret:
    secret = Secret.parse(text)
    if secret is None or secret.kind is not kind:
        raise OAuthError("invalid_grant", refusal)
    return secret


def _problem(
    code: AuthorizationCode, now: int, redirect_uri: str | None, verifier: str | None
) -> OAuthError | None:
    """Why a code that is known and was not used is not exchanged."""
    if now >= code.expires_at:
        return OAuthError("invalid_grant", _UNKNOWN_CODE)
    if redirect_uri != code.redirect_uri:
        return OAuthError("invalid_grant", "redirect_uri is not that of the code.")
    if not verifies(code.challenge, verifier):
        return OAuthError("invalid_grant", "code_verifier does not fit the code.")
    return None


def _connect(
    tx: AdminTransaction, code: AuthorizationCode, now: int
) -> "IssuedTokens | OAuthError":
    tokens, consent = tx.tokens.snapshot(now), code.consent
    granter = tokens.tokens.get(consent.granted_by)
    if granter is None or not granter.is_usable(now):
        return OAuthError("invalid_grant", "The token that allowed it no longer works.")
    made = tx.oauth.list_connections(granter.id)
    for oldest in made[: len(made) - MAX_CONNECTIONS + 1]:
        tx.tokens.revoke(oldest, now)
    unused = Secret.new(Kind.TOKEN)  # its secret is thrown away: nobody ever has it
    token = Token(
        id=unused.id,
        name=_free_name(tokens, code),
        scope=consent.scope,
        digest=unused.digest,
        created_at=now,
        expires_at=_end(granter, now),
        grants=consent.grants,
    )
    tx.tokens.add(token)
    connection = Connection(token.id, code.client_id, granter.id, code.resource)
    tx.oauth.connect(connection, code.id, now)
    secrets = Secret.new(Kind.REFRESH), Secret.new(Kind.ACCESS)
    made_now = _Made(connection, consent.scope, consent.scope, now, _end(granter, now))
    return _issue(tx, made_now, secrets)


@dataclass(frozen=True, slots=True)
class _Made:
    """What new secrets are for."""

    connection: Connection
    scope: Scope
    asked: Scope
    """Of the access token; at most `scope`."""
    at: int
    end: int


def _issue(tx: AdminTransaction, made: _Made, secrets: tuple[Secret, Secret]) -> IssuedTokens:
    """Store a refresh token and an access token of a connection."""
    (refresh, access), token_id = secrets, made.connection.token_id
    access_end = min(made.at + ACCESS_MS, made.end)
    tx.oauth.extend(token_id, made.end)
    tx.oauth.add_refresh_token(
        RefreshToken(refresh.id, token_id, refresh.digest, made.scope, made.at, made.end),
        most=MAX_REFRESH_TOKENS,
    )
    tx.oauth.add_access_token(
        AccessToken(
            access.id,
            token_id,
            access.digest,
            made.asked,
            made.connection.resource,
            made.at,
            access_end,
        ),
        most=MAX_ACCESS_TOKENS,
    )
    return IssuedTokens(access.text, refresh.text, made.asked, access_end - made.at)


def _again(
    tx: AdminTransaction, secret: Secret, used: RefreshToken, now: int
) -> "IssuedTokens | OAuthError":
    """Return the same answer within the grace.

    Later somebody has a copy, so the connection ends.
    """
    access = tx.oauth.get_access_token(used.next_access_id or "")
    if used.used_at is None or now - used.used_at > GRACE_MS or used.nonce is None:
        tx.tokens.revoke(used.token_id, now)
        log.warning("a refresh token came twice: its connection was ended", token=used.token_id)
        return OAuthError("invalid_grant", "The refresh token was used before. Log in again.")
    if access is None:  # already pushed out by many newer ones
        return OAuthError("invalid_grant", _UNKNOWN_REFRESH)
    refresh, derived_access = _successors(secret, used)
    return IssuedTokens(
        derived_access.text, refresh.text, access.scope, max(access.expires_at - now, 0)
    )


def _successors(secret: Secret, used: RefreshToken) -> tuple[Secret, Secret]:
    nonce = used.nonce or ""
    return (
        derived(Kind.REFRESH, used.next_refresh_id or "", secret, nonce),
        derived(Kind.ACCESS, used.next_access_id or "", secret, nonce),
    )


def _end(granter: Token, now: int) -> int:
    """When a connection ends if it is not used again; never after the token that allowed it."""
    end = now + REFRESH_MS
    return end if granter.expires_at is None else min(end, granter.expires_at)


def _free_name(tokens: TokenSnapshot, code: AuthorizationCode) -> str:
    """Return the client's name and where it lives, numbered where there are several."""
    taken = {token.name for token in tokens.tokens.values() if token.revoked_at is None}
    host = redirect_host(code.redirect_uri).partition(":")[0]
    name = code.client_name if host in code.client_name else f"{code.client_name} ({host})"
    name = name if len(name) <= 54 else f"{name[:53]}…"  # noqa: PLR2004 - with a number it is a name still
    number = 1
    while (free := name if number == 1 else f"{name} {number}") in taken:
        number += 1
    return free
