"""OAuth clients, codes, connections and their secrets."""

import json
from typing import Any, Final, NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, row_as
from memorizer.adapters.sql.tokens import access_token
from memorizer.domain.auth import AccessToken, Scope, WorkspaceGrant
from memorizer.domain.oauth import (
    GRACE_MS,
    AuthorizationCode,
    Connection,
    Consent,
    OAuthClient,
    RefreshToken,
)


class OAuthRows:
    """Implements ports.oauth.OAuth."""

    def __init__(self, execute: Execute, dialect: Dialect) -> None:
        self._execute = execute
        self._statements: Final = dialect.statements

    def add_client(self, client: OAuthClient, address: str) -> None:
        self._run(
            "insert_oauth_client",
            client.id,
            json.dumps(client.metadata),
            client.secret_digest,
            client.registration_digest,
            client.created_at,
            address,
        )

    def get_client(self, client_id: str) -> OAuthClient | None:
        return row_as(_client, self._run("get_oauth_client", client_id))

    def remove_client(self, client_id: str) -> None:
        self._run("delete_oauth_client", client_id)

    def count_unfinished(self, since: int, address: str | None = None) -> int:
        wanted = address or ""
        [(number,)] = self._run("count_unfinished_clients", since, wanted, wanted)
        return int(number)

    def remove_unfinished(self, before: int) -> None:
        self._run("delete_unfinished_clients", before)

    def add_code(self, code: AuthorizationCode) -> None:
        grants = code.consent.grants
        self._run(
            "insert_code",
            code.id,
            code.digest,
            code.client_id,
            code.client_name,
            code.redirect_uri,
            code.challenge,
            code.resource,
            code.consent.scope.value,
            None if grants is None else json.dumps({g.workspace_id: g.scope for g in grants}),
            code.consent.granted_by,
            code.created_at,
            code.expires_at,
        )

    def get_code(self, code_id: str) -> AuthorizationCode | None:
        row = row_as(_CodeRow, self._run("get_code", code_id))
        return None if row is None else row.to_code()

    def connect(self, connection: Connection, code_id: str, at: int) -> None:
        self._run(
            "insert_connection",
            connection.token_id,
            connection.client_id,
            connection.granted_by,
            connection.resource,
        )
        self._run("use_code", connection.token_id, code_id)
        self._run("authorize_oauth_client", at, connection.client_id)

    def get_connection(self, token_id: str) -> Connection | None:
        return row_as(Connection, self._run("get_connection", token_id))

    def list_connections(self, granted_by: str) -> list[str]:
        return [token_id for (token_id,) in self._run("list_connections", granted_by)]

    def extend(self, token_id: str, expires_at: int) -> None:
        self._run("extend_token", expires_at, token_id)

    def add_access_token(self, token: AccessToken, *, most: int) -> None:
        self._run("delete_oldest_access_tokens", token.token_id, token.token_id, most - 1)
        self._run(
            "insert_access_token",
            token.id,
            token.token_id,
            token.digest,
            token.scope.value,
            token.resource,
            token.created_at,
            token.expires_at,
        )

    def get_access_token(self, id_: str) -> AccessToken | None:
        return row_as(access_token, self._run("get_access_token", id_))

    def add_refresh_token(self, token: RefreshToken, *, most: int) -> None:
        self._run("delete_oldest_refresh_tokens", token.token_id, token.token_id, most - 1)
        self._run(
            "insert_refresh_token",
            token.id,
            token.token_id,
            token.digest,
            token.scope.value,
            token.created_at,
            token.expires_at,
        )

    def get_refresh_token(self, id_: str) -> RefreshToken | None:
        return row_as(_refresh_token, self._run("get_refresh_token", id_))

    def use_refresh_token(self, token: RefreshToken) -> None:
        self._run(
            "use_refresh_token",
            token.used_at,
            token.nonce,
            token.next_refresh_id,
            token.next_access_id,
            token.id,
        )

    def prune(self, at: int, *, codes_before: int, tokens_before: int, clients_before: int) -> None:
        self._run("delete_old_codes", codes_before)
        self._run("delete_expired_access_tokens", at)
        self._run("delete_expired_refresh_tokens", at)
        self._run("delete_spent_nonces", at - GRACE_MS)
        self._run("delete_ended_connections", tokens_before, tokens_before)
        self._run("delete_unfinished_clients", clients_before)

    def _run(self, name: str, *values: object) -> Any:
        return self._execute(self._statements[name], values)


def _client(
    id_: str, metadata: str, secret: str | None, registration: str, created_at: int
) -> OAuthClient:
    return OAuthClient(id_, json.loads(metadata), secret, registration, created_at)


class _CodeRow(NamedTuple):
    id: str
    digest: str
    client_id: str
    client_name: str
    redirect_uri: str
    challenge: str
    resource: str
    scope: str
    grants: str | None
    granted_by: str
    created_at: int
    expires_at: int
    token_id: str | None

    def to_code(self) -> AuthorizationCode:
        bound = None if self.grants is None else json.loads(self.grants).items()
        grants = None if bound is None else tuple(WorkspaceGrant(i, Scope(s)) for i, s in bound)
        return AuthorizationCode(
            self.id,
            self.digest,
            self.client_id,
            self.client_name,
            self.redirect_uri,
            self.challenge,
            self.resource,
            Consent(Scope(self.scope), grants, self.granted_by),
            self.created_at,
            self.expires_at,
            self.token_id,
        )


def _refresh_token(id_: str, token_id: str, digest: str, scope: str, *rest: Any) -> RefreshToken:
    return RefreshToken(id_, token_id, digest, Scope(scope), *rest)
