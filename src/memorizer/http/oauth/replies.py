"""Requests and replies of OAuth: forms that hold each field once, errors as RFC 6749 has them."""

import base64
import binascii
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from memorizer.domain.errors import TooManyRequests
from memorizer.domain.oauth import OAuthError
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import address_of
from memorizer.http.oauth.addresses import PublicAddress

MAX_FORM_BYTES: Final = 16_384
FORM: Final = "application/x-www-form-urlencoded"
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
STATUSES: Final[Mapping[str, int]] = {"invalid_client": 401, "invalid_token": 401}
"""Of errors that are not 400. Clients forget their tokens over invalid_grant, and register anew
over invalid_client."""


class OAuthRoute(APIRoute):
    """Counts the requests of an address; turns refusals into errors of OAuth, as JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler with this around it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                state_of(request.app).oauth_requests.take(address_of(request.scope))
                return await handle(request)
            except OAuthError as error:
                return oauth_error(error, used_basic="authorization" in request.headers)
            except TooManyRequests as error:
                reply = oauth_error(OAuthError("temporarily_unavailable", str(error)), status=429)
                reply.headers["Retry-After"] = str(error.retry_after)
                return reply

        return answer


def oauth_error(
    error: OAuthError, *, status: int | None = None, used_basic: bool = False
) -> Response:
    """Return the error as JSON; also under `message`, where our other errors have their text."""
    body = {"error": error.code, "error_description": str(error), "message": str(error)}
    status = status or STATUSES.get(error.code, 400)
    headers = dict(NO_STORE)
    if error.code == "invalid_client" and used_basic:
        headers["WWW-Authenticate"] = 'Basic realm="memorizer"'
    return JSONResponse(body, status, headers)


def public_address_of(request: Request) -> PublicAddress:
    """Return the public address; the routes of OAuth exist only where there is one."""
    address = state_of(request.app).public_address
    if address is None:
        raise AssertionError
    return address


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form; empty ones count as absent. Raises OAuthError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise OAuthError("invalid_request", f"Send the body as {FORM}.")
    body = await request.body()
    if len(body) > MAX_FORM_BYTES:
        raise OAuthError("invalid_request", f"The form is longer than {MAX_FORM_BYTES:,} bytes.")
    return fields_of(body.decode("utf-8", "replace"))


def fields_of(query: str) -> dict[str, str]:
    """Return the fields of a query or form; empty ones are left out. Raises OAuthError."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=50)
    except ValueError as error:
        raise OAuthError("invalid_request", "There are too many fields.") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if name in fields:
            raise OAuthError("invalid_request", f"{name[:40]} was sent twice.")
        if "\0" in value:
            raise OAuthError("invalid_request", f"{name[:40]} holds a NUL character.")
        fields[name] = value
    return {name: value for name, value in fields.items() if value}


def needed(form: Mapping[str, str], name: str) -> str:
    """Return a field that must be there. Raises OAuthError."""
    if name not in form:
        raise OAuthError("invalid_request", f"{name} is needed.")
    return form[name]


def credentials_of(request: Request, form: Mapping[str, str]) -> tuple[str, str | None]:
    """Return the client's id and secret, from header or form. Raises OAuthError."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        if "client_id" not in form:
            raise OAuthError("invalid_client", "client_id is needed.")
        return form["client_id"], form.get("client_secret")
    try:
        text = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "The Authorization header cannot be read.") from error
    client_id, colon, secret = (unquote_plus(part) for part in text.partition(":"))
    if not colon or "\0" in client_id or form.get("client_id", client_id) != client_id:
        raise OAuthError("invalid_client", "The Authorization header and the form disagree.")
    return client_id, secret or None
