"""OAuth clients: registering them, and reading the documents of those that publish one."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from memorizer.domain.auth import Kind, Secret
from memorizer.domain.errors import TooManyRequests
from memorizer.domain.memories import JsonObject
from memorizer.domain.oauth import (
    AUTH_METHODS,
    MAX_REDIRECT_URIS,
    MAX_URI,
    OAuthClient,
    OAuthError,
    check_redirect_uri,
)
from memorizer.domain.timestamps import HOUR_MS
from memorizer.ports.clock import Clock
from memorizer.ports.oauth import ClientDocuments
from memorizer.ports.transactions import AdminTransaction, Database

MAX_PER_ADDRESS: Final = 30
"""How many clients that got no token yet one address may register in an hour."""
MAX_UNFINISHED: Final = 1_000
"""How many clients that got no token yet are kept; those of the last hour are never dropped."""
MAX_METADATA_BYTES: Final = 8_000
MAX_ID: Final = 500
"""Characters of a client id that is an address."""
ECHOED: Final = frozenset(
    {
        *("client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri", "contacts"),
        *("software_id", "software_version", "application_type", "scope", "jwks_uri", "jwks"),
        *("redirect_uris", "grant_types", "response_types", "token_endpoint_auth_method"),
    }
)
"""What is kept of a registration; unknown fields are ignored (RFC 7591, section 2)."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A new client with its secrets, which are shown this once."""

    client: OAuthClient
    secret: str | None
    """None for a public client."""
    access_token: str
    """For its registration address."""


@dataclass(frozen=True, slots=True)
class OAuthClients:
    """Registers and finds clients."""

    database: Database
    clock: Clock
    documents: ClientDocuments

    async def register(self, given: Mapping[str, object], address: str) -> Registration:
        """Register a client. Raises OAuthError, TooManyRequests."""
        metadata = _checked(given)
        now, id_ = self.clock.now(), Secret.new(Kind.REGISTRATION)
        is_public = metadata["token_endpoint_auth_method"] == AUTH_METHODS[0]
        secret = None if is_public else Secret.new(Kind.CLIENT)
        client = OAuthClient(
            id_.id, metadata, None if secret is None else secret.digest, id_.digest, now
        )

        def transaction(tx: AdminTransaction) -> None:
            hour_ago = now - HOUR_MS
            if tx.oauth.count_unfinished(hour_ago, address) >= MAX_PER_ADDRESS:
                raise _too_many("this address")
            if tx.oauth.count_unfinished(0) >= MAX_UNFINISHED:
                tx.oauth.remove_unfinished(hour_ago)
                if tx.oauth.count_unfinished(0) >= MAX_UNFINISHED:
                    raise _too_many("all addresses")
            tx.oauth.add_client(client, address)

        await self.database.write(transaction)
        return Registration(client, None if secret is None else secret.text, id_.text)

    async def find(self, client_id: str) -> OAuthClient:
        """Return a registered client, or one that publishes a document. Raises OAuthError."""
        if client_id.startswith("https:"):
            return _from_document(client_id, await self.documents.get(_checked_id(client_id)))
        return await self.registered(client_id)

    async def registered(self, client_id: str) -> OAuthClient:
        """Return a registered client. Raises OAuthError."""
        client = await self.database.read(lambda tx: tx.oauth.get_client(client_id))
        if client is None:
            raise OAuthError(
                "invalid_client", "This client is not registered here. Register it again."
            )
        return client

    async def authenticate(self, client_id: str, secret: str | None) -> str:
        """Return the id of the client that this proves to be. Raises OAuthError (invalid_client).

        A public client proves nothing: its codes are bound to it by PKCE.
        """
        if client_id.startswith("https:"):  # nothing to fetch: no document has a shared secret
            if secret:
                raise OAuthError("invalid_client", "A client with a document has no secret.")
            return client_id
        client = await self.registered(client_id)
        if client.secret_digest is None:
            return client.id
        given = Secret.parse(secret or "")
        if given is None or given.kind is not Kind.CLIENT or not given.verify(client.secret_digest):
            raise OAuthError("invalid_client", "The client_secret is wrong.")
        return client.id

    async def registration_of(self, client_id: str, text: str) -> OAuthClient:
        """Return the client whose registration token this is. Raises OAuthError (invalid_token)."""
        client = await self.database.read(lambda tx: tx.oauth.get_client(client_id))
        secret = Secret.parse(text)
        digest = None if client is None else client.registration_digest
        if (
            client is None
            or digest is None
            or secret is None
            or secret.kind is not Kind.REGISTRATION
            or not secret.verify(digest)
        ):
            raise OAuthError("invalid_token", "This is not the client's registration token.")
        return client

    async def remove(self, client_id: str) -> None:
        """Delete a registration; the connections that the client has stay until they end."""
        await self.database.write(lambda tx: tx.oauth.remove_client(client_id))


def _too_many(who: str) -> TooManyRequests:
    return TooManyRequests(
        f"Too many clients were registered from {who} lately. Try again in an hour.",
        retry_after=HOUR_MS // 1_000,
    )


def _checked(given: Mapping[str, object]) -> JsonObject:
    """Return what is kept of a registration, with its defaults. Raises OAuthError."""
    metadata = {key: value for key, value in given.items() if key in ECHOED and value is not None}
    try:
        text = json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:  # halves of characters, numbers that are none
        raise _bad("The metadata hold what JSON in UTF-8 cannot.") from error
    if len(text) > MAX_METADATA_BYTES:
        raise _bad(f"The metadata are longer than {MAX_METADATA_BYTES:,} bytes.")
    _check_text_fields(metadata)
    uris = metadata.get("redirect_uris")
    if not isinstance(uris, list) or not 0 < len(uris) <= MAX_REDIRECT_URIS:
        raise OAuthError(
            "invalid_redirect_uri", f"redirect_uris: 1 to {MAX_REDIRECT_URIS} addresses."
        )
    for uri in uris:
        check_redirect_uri(uri)
    method = metadata.setdefault("token_endpoint_auth_method", "none")
    if method not in AUTH_METHODS:
        raise _bad(f"token_endpoint_auth_method: one of {', '.join(AUTH_METHODS)}.")
    both = ["authorization_code", "refresh_token"]
    grants = metadata.setdefault("grant_types", both)
    if not isinstance(grants, list) or "authorization_code" not in grants:
        raise _bad("grant_types: must contain authorization_code.")
    kinds = metadata.setdefault("response_types", ["code"])
    if not isinstance(kinds, list) or "code" not in kinds:
        raise _bad("response_types: must contain code.")
    return metadata


def _check_text_fields(metadata: Mapping[str, object]) -> None:
    for key in ("client_name", "scope", "client_uri", "token_endpoint_auth_method"):
        value = metadata.get(key, "")
        if not isinstance(value, str) or len(value) > MAX_URI:
            raise _bad(f"{key}: a text of at most {MAX_URI:,} characters.")


def _bad(description: str) -> OAuthError:
    return OAuthError("invalid_client_metadata", description)


def _checked_id(client_id: str) -> str:
    """Return a client id that is an address, if it is one of a document. Raises OAuthError."""
    problem = OAuthError(
        "invalid_client",
        "A client_id that is an address must be https, with a path and without user or fragment.",
    )
    try:
        parts = urlsplit(client_id)
        _ = parts.port
    except ValueError:
        raise problem from None
    is_whole = parts.hostname and parts.path.strip("/") and "@" not in parts.netloc
    is_plain = client_id.isascii() and client_id.isprintable() and " " not in client_id
    has_dots = {".", ".."} & set(parts.path.split("/"))
    if not is_whole or not is_plain or has_dots or "#" in client_id or len(client_id) > MAX_ID:
        raise problem
    return client_id


def _from_document(client_id: str, document: Mapping[str, object]) -> OAuthClient:
    """Return the client of a document, with its allowed addresses. Raises OAuthError."""
    if document.get("client_id") != client_id:
        raise OAuthError("invalid_client", "The client's document is about another client_id.")
    if document.get("token_endpoint_auth_method", "none") != "none" or "client_secret" in document:
        raise OAuthError("invalid_client", "Only public clients can be known by a document.")
    uris = document.get("redirect_uris")
    allowed = [uri for uri in uris if _is_allowed(uri)] if isinstance(uris, list) else []
    if not allowed:
        raise OAuthError("invalid_client", "The client's document has no redirect_uris to use.")
    metadata: JsonObject = {
        "client_name": document.get("client_name"),
        "redirect_uris": allowed[:MAX_REDIRECT_URIS],
        "token_endpoint_auth_method": "none",
    }
    return OAuthClient(client_id, metadata)


def _is_allowed(uri: object) -> bool:
    try:
        check_redirect_uri(uri)
    except OAuthError:
        return False
    return True
