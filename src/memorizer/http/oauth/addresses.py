"""Under which addresses this server is known outside, and what its metadata say (RFC 8414, 9728).

All of them are made from MEMORIZER_PUBLIC_URL, never from a request's Host: clients compare the
issuer byte by byte, and a Host can be forged.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from memorizer.domain.errors import Misconfigured
from memorizer.domain.oauth import AUTH_METHODS, LOOPBACK, SCOPE_NAMES, OAuthError
from memorizer.http.middleware.json_rpc_errors import MCP_PREFIX

VARIABLE: Final = "MEMORIZER_PUBLIC_URL"
PROTECTED_RESOURCE: Final = "/.well-known/oauth-protected-resource"
AUTHORIZATION_SERVER: Final = "/.well-known/oauth-authorization-server"
OPENID: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """Where clients reach this server, and which authorization server they should ask."""

    url: str
    """Without a slash at the end; the issuer, if the authorization server is our own."""
    external_issuer: str | None = None

    @property
    def resource(self) -> str:
        """The MCP endpoint, which tokens are for."""
        return f"{self.url}{MCP_PREFIX}"

    @property
    def host(self) -> str:
        """Its host, without a port; IPv6 addresses in brackets."""
        name = urlsplit(self.url).hostname or ""
        return f"[{name}]" if ":" in name else name

    @property
    def path(self) -> str:
        """The path of the site; "" at the root."""
        return urlsplit(self.url).path

    @property
    def resource_metadata(self) -> str:
        """The address of the protected resource's metadata, which a 401 names."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}{PROTECTED_RESOURCE}{self.path}{MCP_PREFIX}"

    @property
    def is_https(self) -> bool:
        """Whether browsers reach it encrypted."""
        return self.url.startswith("https:")

    def checked_resource(self, given: str | None) -> str:
        """Return the resource that a client means; older ones name none. Raises OAuthError."""
        spellings = {f"{base}{end}" for base in (self.resource, self.url) for end in ("", "/")}
        if given is not None and given not in spellings and not self._is_pinned(given):
            raise OAuthError("invalid_target", f"resource: there is only {self.resource}.")
        return self.resource

    def _is_pinned(self, resource: str) -> bool:
        """Whether this is the endpoint of one workspace, which is a part of ours."""
        workspace = resource.removeprefix(f"{self.resource}/")
        segments = set(workspace.split("/"))
        return workspace != resource and not segments & {"", ".", ".."} and "?" not in workspace

    def protected_resource(self) -> dict[str, object]:
        """Return the metadata of the protected resource (RFC 9728)."""
        return {
            "resource": self.resource,
            "authorization_servers": [self.external_issuer or self.url],
            "scopes_supported": list(SCOPE_NAMES),
            "bearer_methods_supported": ["header"],
            "resource_name": "Memorizer",
        }

    def authorization_server(self, *, reads_documents: bool) -> dict[str, object]:
        """Return the metadata of our authorization server (RFC 8414)."""
        known: dict[str, object] = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "registration_endpoint": f"{self.url}/register",
            "revocation_endpoint": f"{self.url}/revoke",
            "scopes_supported": list(SCOPE_NAMES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
            "revocation_endpoint_auth_methods_supported": list(AUTH_METHODS),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        # a client that reads this does not register: where documents cannot be read, none could
        return known | ({"client_id_metadata_document_supported": True} if reads_documents else {})


def challenge(address: PublicAddress, headers: Headers) -> str:
    """Return the WWW-Authenticate of a 401 (RFC 6750, 9728); without a token it names no error.

    It asks for all scopes at once: some clients cannot ask for more later.
    """
    sent = "authorization" in headers or "x-api-key" in headers
    error = 'error="invalid_token", ' if sent else ""
    scopes = " ".join(SCOPE_NAMES)
    return f'Bearer {error}resource_metadata="{address.resource_metadata}", scope="{scopes}"'


def public_address(
    url: str | None, root_path: str, external_issuer: str | None = None
) -> PublicAddress | None:
    """Return the addresses of a public URL; None for none. Raises Misconfigured."""
    if url is None:
        if external_issuer is not None:
            raise Misconfigured(f"MEMORIZER_OIDC_ISSUER needs {VARIABLE}, which its clients use.")
        return None
    parts = urlsplit(url.rstrip("/"))
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise Misconfigured(
            f"{VARIABLE} is {url!r}: it should begin with https://, because tokens are sent to it. "
            "Only for a try on this machine it may be http://localhost."
        )
    if parts.query or parts.fragment or parts.username is not None:
        raise Misconfigured(f"{VARIABLE} should be an address without user, query and fragment.")
    if parts.path != root_path:
        raise Misconfigured(
            f"{VARIABLE} ends in {parts.path or '/'!r}, but MEMORIZER_ROOT_PATH is "
            f"{root_path or '/'!r}: both should say the same path."
        )
    return PublicAddress(f"{parts.scheme}://{parts.netloc.lower()}{parts.path}", external_issuer)
