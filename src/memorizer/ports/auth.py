"""Storage of access tokens and browser sessions, inside a transaction."""

from typing import Protocol

from memorizer.domain.auth import Session, Token, TokenSnapshot


class Tokens(Protocol):
    """Tokens and their sessions. Tokens that people made are never deleted, only revoked."""

    def snapshot(self, at: int) -> TokenSnapshot:
        """All tokens, with the sessions and access tokens that work `at` (UTC milliseconds)."""
        ...

    def add(self, token: Token) -> None:
        """Insert a token. Raises NameTaken if one that is not revoked has its name."""
        ...

    def revoke(self, token_id: str, at: int) -> None:
        """Revoke a token and those that clients got with it; delete their sessions and secrets."""
        ...

    def record_use(self, token_id: str, at: int) -> None:
        """Record when the token was last used."""
        ...

    def add_session(self, session: Session, *, most: int) -> None:
        """Insert a session; only the newest `most` of its token are kept."""
        ...

    def remove_session(self, session_id: str) -> None:
        """Delete a session, if it exists."""
        ...
