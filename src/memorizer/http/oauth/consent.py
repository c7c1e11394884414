"""`/authorize`: a person logs in with a token and says what a client may do.

GET makes nothing, and may be repeated: some clients fetch it before the browser does. All that a
client asks for stays in the query, which each POST checks anew; the form adds the person's choice.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import structlog
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memorizer.domain.auth import Identity, Kind, Scope
from memorizer.domain.errors import AccessDenied, NotFound, TooManyRequests
from memorizer.domain.oauth import (
    AuthorizationRequest,
    OAuthClient,
    OAuthError,
    check_challenge,
    parse_scope,
    scope_text,
)
from memorizer.domain.workspaces import scope_of
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import address_of, check_csrf
from memorizer.http.errors import CsrfRejected
from memorizer.http.oauth.page import CSRF, consent_page, error_page, login_page
from memorizer.http.oauth.replies import fields_of, form_of, oauth_error, public_address_of
from memorizer.services import Services

COOKIE: Final = "memorizer_consent"
LOGIN_MS: Final = 600_000
MAX_WORKSPACES: Final = 500
OUT_OF_DATE: Final = "This page was out of date. Log in again."

log = structlog.get_logger(__name__)

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where an answer may go: known before anything else of a request is looked at."""

    client: OAuthClient
    redirect_uri: str
    state: str | None
    issuer: str

    def answer(self, status: int, **fields: str) -> Response:
        """Send the browser back with an answer; the issuer in it tells servers apart (RFC 9207)."""
        parts = urlsplit(self.redirect_uri)
        query = parse_qsl(parts.query, keep_blank_values=True) + list(fields.items())
        if self.state is not None:
            query.append(("state", self.state))
        query.append(("iss", self.issuer))
        url = urlunsplit(parts._replace(query=urlencode(query)))
        return RedirectResponse(url, status, {"Cache-Control": "no-store"})

    def refusal(self, status: int, error: OAuthError) -> Response:
        """Send the browser back with an error."""
        return self.answer(status, error=error.code, error_description=str(error))


@router.get("/authorize")
async def show(request: Request) -> Response:
    """Show the login, or to one who is logged in the question."""
    try:
        state_of(request.app).oauth_requests.take(address_of(request.scope))
        target, fields = await _target(request)
    except (OAuthError, TooManyRequests) as error:
        return _dead_end(request, error)
    try:
        asked = _asked(request, target, fields)
    except OAuthError as error:
        return target.refusal(302, error)
    cookie = request.cookies.get(COOKIE) or token_hex()
    identity = await _identity(request, cookie)
    if identity is None:
        return _with_cookie(request, login_page(asked, _csrf(cookie, request)), cookie)
    return await _question(request, asked, cookie, identity)


@router.post("/authorize")
async def answer(request: Request) -> Response:
    """Log in, allow or deny."""
    services = state_of(request.app).services
    try:
        check_csrf(request.scope)
        state_of(request.app).oauth_requests.take(address_of(request.scope))
        target, fields = await _target(request)
        form = await form_of(request)
    except (OAuthError, TooManyRequests, CsrfRejected) as error:
        return _dead_end(request, error)
    try:
        asked = _asked(request, target, fields)
    except OAuthError as error:
        return target.refusal(303, error)
    cookie = request.cookies.get(COOKIE, "")
    if not cookie or not hmac.compare_digest(
        form.get(CSRF, "").encode(), _csrf(cookie, request).encode()
    ):
        cookie = token_hex()
        page = login_page(asked, _csrf(cookie, request), OUT_OF_DATE)
        return _with_cookie(request, page, cookie)
    match form.get("action"):
        case "login":
            return await _log_in(request, asked, cookie, form.get("token", ""))
        case "allow":
            return await _allow(request, target, asked, cookie, form)
        case _:
            denied = OAuthError("access_denied", "The person did not allow it.")
            await services.auth.log_out(cookie)
            return _without_cookie(request, target.refusal(303, denied))


async def _log_in(
    request: Request, asked: AuthorizationRequest, cookie: str, text: str
) -> Response:
    state = state_of(request.app)
    try:
        _, session = await state.authenticator.throttle_failed_login(
            request.scope, state.services.auth.log_in(text.strip(), lifetime_ms=LOGIN_MS)
        )
        identity = await state.services.auth.identify(session, Kind.SESSION)
    except (AccessDenied, TooManyRequests) as error:
        return login_page(asked, _csrf(cookie, request), str(error))
    return await _question(request, asked, session, identity)


async def _question(
    request: Request, asked: AuthorizationRequest, session: str, identity: Identity
) -> Response:
    services = state_of(request.app).services
    paths = await _workspaces(services, identity)
    page = consent_page(asked, _csrf(session, request), identity, paths)
    return _with_cookie(request, page, session)


async def _workspaces(services: Services, identity: Identity) -> list[str]:
    visible = services.within(scope_of(identity)).workspaces
    nodes = await visible.tree()
    live = [node.workspace.path for node in nodes if node.workspace.archived_at is None]
    return live[:MAX_WORKSPACES]


async def _allow(
    request: Request,
    target: _Target,
    asked: AuthorizationRequest,
    cookie: str,
    form: dict[str, str],
) -> Response:
    services = state_of(request.app).services
    identity = await _identity(request, cookie)
    if identity is None:
        fresh = token_hex()
        page = login_page(asked, _csrf(fresh, request), OUT_OF_DATE)
        return _with_cookie(request, page, fresh)
    wants_write = form.get("scope") == Scope.WRITE and asked.scope.covers(Scope.WRITE)
    chosen = Scope.WRITE if wants_write else Scope.READ
    workspaces = services.within(scope_of(identity)).workspaces
    try:
        consent = await services.oauth.consent(
            identity, chosen, form.get("workspace", ""), workspaces
        )
    except NotFound as error:
        return error_page(str(error))
    code = await services.oauth.issue_code(asked, consent)
    await services.auth.log_out(cookie)
    log.info(
        "OAuth client allowed",
        client=asked.client.name,
        scope=scope_text(consent.scope),
        by=identity.name,
    )
    return _without_cookie(request, target.answer(303, code=code))


async def _target(request: Request) -> tuple[_Target, dict[str, str]]:
    """Return the client and where it may be answered. Raises OAuthError: then it is not."""
    fields = fields_of(request.scope["query_string"].decode("utf-8", "replace"))
    clients = state_of(request.app).services.oauth.clients
    client = await clients.find(fields.get("client_id", ""))
    uri = fields.get("redirect_uri") or (
        client.redirect_uris[0] if len(client.redirect_uris) == 1 else ""
    )
    if not client.may_redirect_to(uri):
        raise OAuthError("invalid_request", "The redirect_uri is not one that the client named.")
    issuer = public_address_of(request).url
    return _Target(client, uri, fields.get("state"), issuer), fields


def _asked(request: Request, target: _Target, fields: dict[str, str]) -> AuthorizationRequest:
    """Return what the client asks for. Raises OAuthError."""
    if fields.get("response_type") != "code":
        raise OAuthError("unsupported_response_type", "response_type must be code.")
    if fields.get("response_mode", "query") != "query":
        raise OAuthError("invalid_request", "response_mode must be query.")
    return AuthorizationRequest(
        target.client,
        target.redirect_uri,
        check_challenge(fields.get("code_challenge"), fields.get("code_challenge_method")),
        parse_scope(fields.get("scope")),
        public_address_of(request).checked_resource(fields.get("resource")),
    )


async def _identity(request: Request, cookie: str) -> Identity | None:
    """Who is logged in on this page; None where nobody is."""
    try:
        return await state_of(request.app).services.auth.identify(cookie, Kind.SESSION)
    except AccessDenied:
        return None


def _dead_end(request: Request, error: Exception) -> Response:
    """Refuse without sending the browser anywhere."""
    if "text/html" in request.headers.get("accept", "*/*") or request.method == "POST":
        return error_page(str(error) or "This form was sent by a page of another site.")
    known = error if isinstance(error, OAuthError) else OAuthError("invalid_request", str(error))
    return oauth_error(known, status=400)


def _csrf(cookie: str, request: Request) -> str:
    """Binds a form to this browser, and to what its page showed."""
    return hmac.new(cookie.encode(), request.scope["query_string"], sha256).hexdigest()


def _with_cookie(request: Request, page: HTMLResponse, value: str) -> Response:
    page.set_cookie(
        COOKIE,
        value,
        max_age=LOGIN_MS // 1_000,
        path=_path(request),
        secure=public_address_of(request).is_https,
        httponly=True,
        samesite="strict",
    )
    return page


def _without_cookie(request: Request, reply: Response) -> Response:
    reply.delete_cookie(COOKIE, path=_path(request), httponly=True, samesite="strict")
    return reply


def _path(request: Request) -> str:
    return f"{state_of(request.app).root_path}/authorize"
