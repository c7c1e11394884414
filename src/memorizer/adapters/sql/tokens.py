"""Tokens and browser sessions."""

from memorizer.adapters.sql.dialect import Execute
from memorizer.domain.auth import Scope, Session, Token, TokenSnapshot
from memorizer.domain.errors import NameTaken


class TokenRows:
    """Implements ports.auth.Tokens."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def snapshot(self, at: int) -> TokenSnapshot:
        tokens = self._execute(
            "SELECT id, name, scope, digest, created_at, expires_at, last_used_at, revoked_at"
            " FROM tokens ORDER BY created_at, id"
        )
        sessions = self._execute(
            "SELECT id, token_id, digest, created_at, expires_at FROM sessions"
            " WHERE expires_at > ?",
            (at,),
        )
        return TokenSnapshot(
            tokens={row[0]: Token(row[0], row[1], Scope(row[2]), *row[3:]) for row in tokens},
            sessions={row[0]: Session(*row) for row in sessions},
            read_at=at,
        )

    def add(self, token: Token) -> None:
        added = self._execute(
            "INSERT INTO tokens (id, name, scope, digest, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING RETURNING id",
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

    def revoke(self, token_id: str, at: int) -> None:
        self._execute(
            "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (at, token_id)
        )
        self._execute("DELETE FROM sessions WHERE token_id = ?", (token_id,))

    def record_use(self, token_id: str, at: int) -> None:
        self._execute("UPDATE tokens SET last_used_at = ? WHERE id = ?", (at, token_id))

    def add_session(self, session: Session, *, most: int) -> None:
        self._execute("DELETE FROM sessions WHERE expires_at <= ?", (session.created_at,))
        self._execute(
            "DELETE FROM sessions WHERE token_id = ? AND id NOT IN (SELECT id FROM sessions"
            " WHERE token_id = ? ORDER BY created_at DESC, id LIMIT ?)",
            (session.token_id, session.token_id, most - 1),
        )
        self._execute(
            "INSERT INTO sessions (id, token_id, digest, created_at, expires_at)"
            " VALUES (?, ?, ?, ?, ?)",
            (
                session.id,
                session.token_id,
                session.digest,
                session.created_at,
                session.expires_at,
            ),
        )

    def remove_session(self, session_id: str) -> None:
        self._execute("DELETE FROM sessions WHERE id = ?", (session_id,))
