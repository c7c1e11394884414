"""OAuth clients, codes and refresh tokens; the documents that clients publish of themselves."""

from collections.abc import Mapping
from typing import Protocol

from memorizer.domain.auth import AccessToken, Identity
from memorizer.domain.oauth import AuthorizationCode, Connection, OAuthClient, RefreshToken


class OAuth(Protocol):
    """Storage of what clients were given, inside a transaction. Times are UTC milliseconds."""

    def add_client(self, client: OAuthClient, address: str) -> None:
        """Insert a client that was registered from this address."""
        ...

    def get_client(self, client_id: str) -> OAuthClient | None:
        """Return a registered client."""
        ...

    def remove_client(self, client_id: str) -> None:
        """Delete a client, if it exists."""
        ...

    def count_unfinished(self, since: int, address: str | None = None) -> int:
        """How many clients registered since then and got no token, from one address or all."""
        ...

    def remove_unfinished(self, before: int) -> None:
        """Delete the clients that were registered before then and got no token."""
        ...

    def add_code(self, code: AuthorizationCode) -> None:
        """Insert a code."""
        ...

    def get_code(self, code_id: str) -> AuthorizationCode | None:
        """Return a code, used or not."""
        ...

    def connect(self, connection: Connection, code_id: str, at: int) -> None:
        """Note what a code was exchanged for; its client, if registered, stays from now on."""
        ...

    def get_connection(self, token_id: str) -> Connection | None:
        """Whose client a token was made for; None for a token that a person made."""
        ...

    def list_connections(self, granted_by: str) -> list[str]:
        """Return the ids of unrevoked tokens that were made with this one, oldest first."""
        ...

    def extend(self, token_id: str, expires_at: int) -> None:
        """Let a token end later."""
        ...

    def add_access_token(self, token: AccessToken, *, most: int) -> None:
        """Insert an access token; only the newest `most` of its connection are kept."""
        ...

    def get_access_token(self, id_: str) -> AccessToken | None:
        """Return an access token, expired or not."""
        ...

    def add_refresh_token(self, token: RefreshToken, *, most: int) -> None:
        """Insert a refresh token; only the newest `most` of its connection are kept."""
        ...

    def get_refresh_token(self, id_: str) -> RefreshToken | None:
        """Return a refresh token, used or not."""
        ...

    def use_refresh_token(self, token: RefreshToken) -> None:
        """Store when it was used, and what followed it."""
        ...

    def prune(self, at: int, *, codes_before: int, tokens_before: int, clients_before: int) -> None:
        """Delete what is over.

        These are secrets that expired, and codes, tokens of clients and clients without a token
        from before the three times.
        """
        ...


class ClientDocuments(Protocol):
    """The documents behind client ids that are addresses (client-ID metadata documents)."""

    async def get(self, url: str) -> Mapping[str, object]:
        """Return the JSON object at an address.

        Raises OAuthError (invalid_client) when there is none.
        """
        ...

    async def can_fetch(self) -> bool:
        """Whether this server can reach such addresses at all."""
        ...


class TokenVerifier(Protocol):
    """Verifies the access tokens of another authorization server."""

    async def verify(self, text: str) -> tuple[Identity, int]:
        """Return the caller, and when the token expires (UTC milliseconds). Raises AccessDenied."""
        ...
