"""Where tokens and the sessions made with them are kept. All inside a transaction."""

from typing import Protocol

from memorizer.domain.auth import Session, Token, TokenSnapshot


class Tokens(Protocol):
    """Tokens are never removed, only revoked."""

    def snapshot(self, at: int) -> TokenSnapshot:
        """All of them, with the sessions that have not ended by then."""
        ...

    def add(self, token: Token) -> None:
        """Raises NameTaken when a token that is not revoked has its name."""
        ...

    def revoke(self, token_id: str, at: int) -> None:
        """From now on it opens nothing, and its sessions are over."""
        ...

    def record_use(self, token_id: str, at: int) -> None:
        """Note when it was used last."""
        ...

    def add_session(self, session: Session, *, most: int) -> None:
        """Keep a session; of its token's, only so many of the newest stay."""
        ...

    def remove_session(self, session_id: str) -> None: ...
