"""Tokens and browser sessions."""

from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, rows_as
from memorizer.domain.auth import (
    AccessToken,
    Scope,
    Session,
    Token,
    TokenSnapshot,
    WorkspaceGrant,
)
from memorizer.domain.errors import NameTaken


class _TokenRow(NamedTuple):
    id: str
    name: str
    scope: str
    digest: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None

    def to_token(self, grants: tuple[WorkspaceGrant, ...] | None) -> Token:
        return Token(
            self.id,
            self.name,
            Scope(self.scope),
            self.digest,
            self.created_at,
            self.expires_at,
            self.last_used_at,
            self.revoked_at,
            grants,
        )


class _GrantRow(NamedTuple):
    token_id: str
    workspace_id: str
    scope: str

    def to_grant(self) -> WorkspaceGrant:
        return WorkspaceGrant(self.workspace_id, Scope(self.scope))


def access_token(id_: str, token_id: str, digest: str, scope: str, *rest: Any) -> AccessToken:
    """Return an access token from its row."""
    return AccessToken(id_, token_id, digest, Scope(scope), *rest)


class TokenRows:
    """Implements ports.auth.Tokens."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements

    def snapshot(self, at: int) -> TokenSnapshot:
        tokens = rows_as(_TokenRow, self._execute(self._statements["list_tokens"]))
        grants = rows_as(_GrantRow, self._execute(self._statements["list_grants"]))
        bound = {
            token_id: tuple(row.to_grant() for row in rows)
            for token_id, rows in groupby(grants, attrgetter("token_id"))
        }
        sessions = rows_as(Session, self._execute(self._statements["list_sessions"], (at,)))
        access = rows_as(access_token, self._execute(self._statements["list_access_tokens"], (at,)))
        return TokenSnapshot(
            tokens={row.id: row.to_token(bound.get(row.id)) for row in tokens},
            sessions={session.id: session for session in sessions},
            read_at=at,
            access_tokens={each.id: each for each in access},
        )

    def add(self, token: Token) -> None:
        added = self._execute(
            self._statements["insert_token"],
            (
                token.id,
                token.name,
                token.scope.value,
                token.digest,
                token.created_at,
                token.expires_at,
            ),
        )
        if added.fetchone() is None:
            raise NameTaken(token.name)
        for grant in token.grants or ():
            self._execute(
                self._statements["insert_grant"],
                (token.id, grant.workspace_id, grant.scope.value),
            )

    def revoke(self, token_id: str, at: int) -> None:
        self._execute(self._statements["revoke_token"], (at, token_id))
        self._execute(self._statements["revoke_tokens_granted_by"], (at, token_id))
        self._execute(self._statements["delete_sessions_of_token"], (token_id,))
        self._execute(self._statements["delete_revoked_access_tokens"])
        self._execute(self._statements["delete_revoked_refresh_tokens"])

    def record_use(self, token_id: str, at: int) -> None:
        self._execute(self._statements["record_token_use"], (at, token_id))

    def add_session(self, session: Session, *, most: int) -> None:
        self._execute(self._statements["delete_expired_sessions"], (session.created_at,))
        self._execute(
            self._statements["delete_oldest_sessions"],
            (session.token_id, session.token_id, most - 1),
        )
        self._execute(
            self._statements["insert_session"],
            (
                session.id,
                session.token_id,
                session.digest,
                session.created_at,
                session.expires_at,
            ),
        )

    def remove_session(self, session_id: str) -> None:
        self._execute(self._statements["delete_session"], (session_id,))
