"""The addresses of OAuth that programs use: metadata, registration, tokens, revocation."""

import json
from typing import Final

import structlog
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response

from memorizer.domain.oauth import IssuedTokens, OAuthClient, OAuthError, scope_text
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import address_of
from memorizer.http.middleware.json_rpc_errors import MCP_PREFIX
from memorizer.http.oauth import consent
from memorizer.http.oauth.addresses import (
    AUTHORIZATION_SERVER,
    OPENID,
    PROTECTED_RESOURCE,
    PublicAddress,
)
from memorizer.http.oauth.replies import (
    MAX_FORM_BYTES,
    NO_STORE,
    OAuthRoute,
    credentials_of,
    form_of,
    needed,
    public_address_of,
)

METADATA_HEADERS: Final = {"Cache-Control": "public, max-age=300"}

log = structlog.get_logger(__name__)


def add_oauth(app: FastAPI, address: PublicAddress) -> None:
    """Serve the metadata and, if the authorization server is our own, its endpoints."""
    paths = [PROTECTED_RESOURCE, f"{PROTECTED_RESOURCE}{MCP_PREFIX}"]
    paths += [
        f"{PROTECTED_RESOURCE}{address.path}",
        f"{PROTECTED_RESOURCE}{address.path}{MCP_PREFIX}",
    ]
    paths += [f"{path}/{{workspace:path}}" for path in paths if path.endswith(MCP_PREFIX)]
    for path in dict.fromkeys(paths):
        app.add_api_route(path, _protected_resource, include_in_schema=False)
    if address.external_issuer is not None:
        return
    paths = [
        f"{name}{site}{end}"
        for name in (AUTHORIZATION_SERVER, OPENID)
        for site in ("", address.path)
        for end in ("", MCP_PREFIX)
    ]
    for path in dict.fromkeys(paths):
        app.add_api_route(path, _authorization_server, include_in_schema=False)
    app.include_router(consent.router)
    app.include_router(router)


router = APIRouter(route_class=OAuthRoute, include_in_schema=False)


async def _protected_resource(request: Request) -> Response:
    return JSONResponse(public_address_of(request).protected_resource(), headers=METADATA_HEADERS)


async def _authorization_server(request: Request) -> Response:
    clients = state_of(request.app).services.oauth.clients
    reads = await clients.documents.can_fetch()
    metadata = public_address_of(request).authorization_server(reads_documents=reads)
    return JSONResponse(metadata, headers=METADATA_HEADERS)


@router.post("/register")
async def register(request: Request) -> Response:
    """Register a client (RFC 7591)."""
    body = await request.body()
    try:
        given = json.loads(body) if len(body) <= MAX_FORM_BYTES else None
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise OAuthError("invalid_client_metadata", "Send a JSON object of at most 16 kB.")
    clients = state_of(request.app).services.oauth.clients
    made = await clients.register(given, address_of(request.scope))
    log.info("OAuth client registered", client=made.client.id, name=made.client.name)
    secrets: dict[str, object] = {"registration_access_token": made.access_token}
    if made.secret is not None:
        secrets |= {"client_secret": made.secret, "client_secret_expires_at": 0}
    return JSONResponse(_registration(request, made.client) | secrets, 201, NO_STORE)


@router.get("/register/{client_id}")
async def get_registration(request: Request, client_id: str) -> Response:
    """Return a client's registration (RFC 7592)."""
    return JSONResponse(
        _registration(request, await _registered(request, client_id)), headers=NO_STORE
    )


@router.delete("/register/{client_id}")
async def delete_registration(request: Request, client_id: str) -> Response:
    """Delete a client's registration (RFC 7592)."""
    client = await _registered(request, client_id)
    await state_of(request.app).services.oauth.clients.remove(client.id)
    return Response(status_code=204, headers=NO_STORE)


async def _registered(request: Request, client_id: str) -> OAuthClient:
    """Return the client that the registration token proves. Raises OAuthError."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    clients = state_of(request.app).services.oauth.clients
    text = text if scheme.lower() == "bearer" else ""
    return await clients.registration_of(client_id, text)


def _registration(request: Request, client: OAuthClient) -> dict[str, object]:
    url = public_address_of(request).url
    return {
        **client.metadata,
        "client_id": client.id,
        "client_id_issued_at": client.created_at // 1_000,
        "registration_client_uri": f"{url}/register/{client.id}",
    }


@router.post("/token")
async def token(request: Request) -> Response:
    """Exchange a code or a refresh token for tokens (RFC 6749)."""
    form = await form_of(request)
    oauth, address = state_of(request.app).services.oauth, public_address_of(request)
    kind = needed(form, "grant_type")
    client_id = await oauth.clients.authenticate(*credentials_of(request, form))
    resource = address.checked_resource(form["resource"]) if "resource" in form else None
    match kind:
        case "authorization_code":
            issued = await oauth.exchange(
                needed(form, "code"),
                client_id=client_id,
                redirect_uri=form.get("redirect_uri"),
                verifier=form.get("code_verifier"),
                resource=resource,
            )
        case "refresh_token":
            issued = await oauth.refresh(
                needed(form, "refresh_token"),
                client_id=client_id,
                scope=form.get("scope"),
                resource=resource,
            )
        case _:
            raise OAuthError(
                "unsupported_grant_type", "grant_type: authorization_code or refresh_token."
            )
    return _issued(issued)


def _issued(issued: IssuedTokens) -> Response:
    body = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.lifetime_ms // 1_000,
        "refresh_token": issued.refresh_token,
        "scope": scope_text(issued.scope),
    }
    return JSONResponse(body, headers=NO_STORE)


@router.post("/revoke")
async def revoke(request: Request) -> Response:
    """End the connection of a token (RFC 7009)."""
    form = await form_of(request)
    oauth = state_of(request.app).services.oauth
    client_id = await oauth.clients.authenticate(*credentials_of(request, form))
    await oauth.revoke(needed(form, "token"), client_id=client_id)
    return Response(status_code=200, headers=NO_STORE)
