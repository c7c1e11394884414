"""Errors as JSON `{"error", "message", "details"?, "hint"?}`: their statuses and names.

An Idempotency-Key that comes again with another request is 422, as the IETF draft on that
header has it: no state of a memory is in conflict, the request can just never be processed.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import structlog
from fastapi import Request
from starlette.responses import Response

from memorizer.domain.auth import masked
from memorizer.domain.errors import (
    AccessDenied,
    ActionNotAllowed,
    AlreadyRunning,
    BackupFailed,
    BackupRunning,
    ChangeSetMoved,
    Conflict,
    IdempotencyMismatch,
    InvalidField,
    KeyTaken,
    MemorizerError,
    NameTaken,
    NotFound,
    PathTaken,
    ProposalDecided,
    ProposalStale,
    ScopeTooSmall,
    TooManyRequests,
    Unavailable,
    UnboundTokenNeeded,
    UnknownFormat,
    VersionConflict,
    WorkspaceCycle,
    WorkspaceNotEmpty,
    WorkspaceReadOnly,
)
from memorizer.http.schemas import Problem
from memorizer.services.health import hint_of

log = structlog.get_logger()


class CsrfRejected(MemorizerError):
    """A change was requested by a page of another site or port."""


SOMETHING_UNAVAILABLE = "Service not available"


TABLE: Mapping[type[MemorizerError], tuple[int, str]] = {
    InvalidField: (422, "Invalid field"),
    UnknownFormat: (422, "Unknown format"),
    AccessDenied: (401, "Unauthorized"),
    ScopeTooSmall: (403, "Forbidden"),
    WorkspaceReadOnly: (403, "Forbidden"),
    UnboundTokenNeeded: (403, "Forbidden"),
    CsrfRejected: (403, "Forbidden"),
    NotFound: (404, "Not found"),
    Conflict: (409, "Conflict"),
    VersionConflict: (409, "Version conflict"),
    ProposalStale: (409, "Proposal stale"),
    ProposalDecided: (409, "Proposal decided"),
    ChangeSetMoved: (409, "Change set moved"),
    AlreadyRunning: (409, "Already running"),
    ActionNotAllowed: (409, "Action not allowed"),
    NameTaken: (409, "Name taken"),
    KeyTaken: (409, "Key taken"),
    PathTaken: (409, "Path taken"),
    WorkspaceCycle: (409, "Workspace cycle"),
    WorkspaceNotEmpty: (409, "Workspace not empty"),
    BackupRunning: (409, "Backup running"),
    IdempotencyMismatch: (422, "Idempotency key reused"),
    TooManyRequests: (429, "Too many requests"),
    Unavailable: (503, SOMETHING_UNAVAILABLE),
    BackupFailed: (503, "Backup failed"),
}
LOGIN_NEEDED = (
    "A token is required. Send it as `Authorization: Bearer TOKEN` or `X-API-Key: TOKEN`, or log "
    "in on the page."
)
KEY_REUSED = "This Idempotency-Key was used for another request. Use a new key for a new request."
QUEUE_UNAVAILABLE = "Queue service not available"


MEANINGS: Mapping[int, str] = {
    400: "Malformed: not JSON, not UTF-8, or a queue that does not exist.",
    401: "A token is required, or the one sent is invalid.",
    403: "The Host or Origin header names a foreign site, or the token's scope is insufficient.",
    404: "The resource does not exist.",
    409: "The current state does not allow it; `details` says why.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A field is invalid; `details` names it.",
    429: "Too many requests; `Retry-After` says when to retry.",
    503: "A required component is unavailable; `hint` says how to fix it.",
}


class BadRequest(Exception):
    """A request is malformed in a way that no schema describes."""


PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the error responses of a route, for OpenAPI.

    By reference: FastAPI would build a validator for the model of each, an eighth of the start.
    """
    content = {"application/json": {"schema": PROBLEM}}
    return {
        status: {"description": MEANINGS[status], "content": dict(content)} for status in statuses
    }


def problem(
    status: int,
    error: str,
    message: str,
    *,
    details: Any = None,
    hint: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build an error response."""
    body = Problem(error=error, message=message, details=details, hint=hint).model_dump()
    # a client's own words come back in messages and may hold what UTF-8 cannot
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    content = masked(text).encode("utf-8", "replace")
    return Response(content, status, headers, "application/json")


def problem_name(error: MemorizerError) -> str:
    """Return the short name of an error that is in the table."""
    return next(TABLE[kind][1] for kind in type(error).__mro__ if kind in TABLE)


def error_response(request: Request, error: MemorizerError) -> Response:
    """Build the response to a MemorizerError by the table; others are raised again."""
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
