"""Every error as `{"error", "message", "details"?, "hint"?}`: one table and its handlers.

An Idempotency-Key that comes again with another request is 422, as the IETF draft on that
header has it: no state of a memory is in conflict, the request can just never be processed.
"""

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from memorizer.domain.auth import masked
from memorizer.domain.errors import (
    AccessDenied,
    ActionNotAllowed,
    AlreadyRunning,
    BackupFailed,
    BackupRunning,
    Conflict,
    IdempotencyMismatch,
    InvalidField,
    MemorizerError,
    NameTaken,
    NotFound,
    ScopeTooSmall,
    TooManyRequests,
    Unavailable,
    UnknownFormat,
    VersionConflict,
)
from memorizer.http.schemas import Problem
from memorizer.services.hints import hint_of

log = structlog.get_logger()


class CsrfRejected(MemorizerError):
    """Pages of other sites, or of other ports, may not change anything here."""


SOMETHING_UNAVAILABLE = "Service not available"
TABLE: Mapping[type[MemorizerError], tuple[int, str]] = {
    InvalidField: (422, "Invalid field"),
    UnknownFormat: (422, "Unknown format"),
    AccessDenied: (401, "Unauthorized"),
    ScopeTooSmall: (403, "Forbidden"),
    CsrfRejected: (403, "Forbidden"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    VersionConflict: (409, "Version conflict"),
    AlreadyRunning: (409, "Already running"),
    ActionNotAllowed: (409, "Action not allowed"),
    NameTaken: (409, "Name taken"),
    BackupRunning: (409, "Backup running"),
    IdempotencyMismatch: (422, "Idempotency key reused"),
    TooManyRequests: (429, "Too many requests"),
    Unavailable: (503, SOMETHING_UNAVAILABLE),
    BackupFailed: (503, "Backup failed"),
}
LOGIN_NEEDED = "A token is needed. Send it as `Authorization: Bearer TOKEN`, or log in on the page."
KEY_REUSED = "This Idempotency-Key was used for another request. Use a new key for a new request."
QUEUE_UNAVAILABLE = "Queue service not available"
MOST_DETAILS = 20
MOST_NAME = 100  # characters of a field that a client made up

MEANINGS: Mapping[int, str] = {
    400: "Malformed: not JSON, not UTF-8, or a queue that does not exist.",
    401: "A token is needed, or the one that was sent does not work.",
    403: "The Host or Origin header names a foreign site, or the token's scope is too small.",
    404: "There is no such thing.",
    409: "The present state does not permit it; `details` says what stands in the way.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A field is wrong; `details` names it.",
    429: "Too fast; `Retry-After` says when to come again.",
    503: "A needed part is down; `hint` says how to mend it.",
}


class BadRequest(Exception):
    """A request is malformed in a way that no schema describes."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for OpenAPI."""
    return {status: {"model": Problem, "description": MEANINGS[status]} for status in statuses}


def problem(
    status: int,
    error: str,
    message: str,
    *,
    details: Any = None,
    hint: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The reply to a request that failed."""
    body = Problem(error=error, message=message, details=details, hint=hint).model_dump()
    # a client's own words come back in messages and may hold what UTF-8 cannot
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    content = masked(text).encode("utf-8", "replace")
    return Response(content, status, headers, "application/json")


def error_response(request: Request, error: MemorizerError) -> Response:
    """The reply to what Memorizer refuses by name."""
    row = next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), None)
    if row is None:
        raise error  # not meant for clients: the outermost middleware logs it and answers 500
    status, name = row
    hint = hint_of(error) if isinstance(error, Unavailable) else None
    if hint:
        log.warning("a needed part is down", error=str(error))
    if name == SOMETHING_UNAVAILABLE and request.url.path.startswith("/api/admin/"):
        name = QUEUE_UNAVAILABLE
    return problem(
        status,
        name,
        KEY_REUSED if isinstance(error, IdempotencyMismatch) else str(error),
        details=error.details or None,
        hint=hint,
        headers=_headers(error),
    )


def _headers(error: MemorizerError) -> Mapping[str, str] | None:
    match error:
        case AccessDenied():
            return {"WWW-Authenticate": "Bearer"}
        case TooManyRequests():
            return {"Retry-After": str(error.retry_after)}
        case _:
            return None


async def _known(request: Request, error: MemorizerError) -> Response:
    return error_response(request, error)


async def _malformed(_: Request, error: BadRequest) -> Response:
    return problem(400, "Bad request", str(error))


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    if isinstance(error.body, bytes):
        return problem(
            415, "Unsupported media type", "Send the body with `Content-Type: application/json`."
        )
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        reason, position = found[0]["ctx"]["error"], found[0]["loc"][-1]
        message = f"The body is not JSON: {reason} at character {position}."
        return problem(400, "Malformed JSON", message, details={"position": position})
    details = [
        {"field": _field(each["loc"]), "problem": each["msg"].removeprefix("Value error, ")}
        for each in found[:MOST_DETAILS]
    ]
    message = "; ".join(f"{each['field']}: {each['problem']}" for each in details[:3])
    return problem(422, "Invalid request", message, details=details)


def _field(location: tuple[str | int, ...]) -> str:
    """The name a client knows: without the part of the request it is in, and not endless."""
    return ".".join(str(step) for step in location[1:])[:MOST_NAME] or str(location[0])


async def _http(request: Request, error: HTTPException) -> Response:
    where = f"{request.method} {request.url.path}"
    match error.status_code:
        case 404:
            docs = f"{getattr(request.app.state, 'root_path', '')}/docs"
            return problem(404, "Not found", f"There is no {where}. {docs} shows what there is.")
        case 405:
            allowed = _methods(request) or dict(error.headers or {}).get("Allow", "GET")
            message = f"There is no {where}; this address knows {allowed}."
            return problem(405, "Method not allowed", message, headers={"Allow": allowed})
        case 408:
            return problem(408, "Too slow", error.detail, headers={"Connection": "close"})
        case 413:
            return problem(413, "Body too large", error.detail)
        case _:  # FastAPI's own word for a body that it cannot decode
            message = "The body is not JSON in UTF-8, or it is nested too deeply."
            return problem(error.status_code, "Malformed JSON", message)


def _methods(request: Request) -> str:
    """All methods of this address, for the framework only names those of one route."""
    template = getattr(request.scope.get("route"), "path", "")
    return ", ".join(sorted(request.app.state.methods.get(template, ())))


HANDLERS: dict[Any, Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    MemorizerError: _known,
    BadRequest: _malformed,
    RequestValidationError: _invalid,
    HTTPException: _http,
}
