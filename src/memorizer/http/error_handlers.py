"""Exception handlers: every error becomes the JSON of `errors.problem`."""

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import compile_path

from memorizer.domain.errors import MemorizerError
from memorizer.domain.foreign_names import advice_for_field, advice_for_path
from memorizer.http.app_state import state_of
from memorizer.http.auth.permissions import OAUTH_PATHS
from memorizer.http.errors import BadRequest, error_response, problem
from memorizer.http.request_names import known_names

MAX_DETAILS = 20
_NAMES: Final = {413: "Body too large", 415: "Unsupported media type"}
_PARAMETER: Final = re.compile(r"{.*?}")


NO_OAUTH = (
    "This Memorizer has no OAuth login. Create a token (`memorizer token create`, or Admin → "
    "Access) and let the client send it as the header `Authorization: Bearer TOKEN`."
)
MAX_FIELD_NAME = 100
"""Characters of a field name from a client."""


async def _memorizer_error(request: Request, error: MemorizerError) -> Response:
    return error_response(request, error)


async def _bad_request(_: Request, error: BadRequest) -> Response:
    return problem(400, "Bad request", str(error))


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    if isinstance(error.body, bytes):
        return problem(
            415, "Unsupported media type", "Send the body with `Content-Type: application/json`."
        )
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        reason, position = found[0]["ctx"]["error"], found[0]["loc"][-1]
        message = f"The body is not JSON: {reason} at character {position}."
        return problem(400, "Malformed JSON", message, details={"position": position})
    is_of_path = found[0]["loc"][0] == "path"
    if is_of_path and (methods := _allowed_at(request, get_route_path(request.scope))):
        return _method_not_allowed(request, methods)  # `batch` was read as an id
    if is_of_path and (advice := advice_for_path(request.scope["path"])):
        return problem(404, "Not found", f"There is no {_where(request)}. {advice}")
    details = [
        {"field": _field(each["loc"]), "problem": _problem(request, each)}
        for each in found[:MAX_DETAILS]
    ]
    message = "; ".join(f"{each['field']}: {each['problem']}" for each in details[:3])
    return problem(422, "Invalid request", message, details=details)


def _problem(request: Request, error: Mapping[str, Any]) -> str:
    """Say what is wrong with a field; for a name of another program, the name it has here."""
    location = error["loc"]
    if error["type"] == "extra_forbidden":
        known = known_names(request.scope["route"], location[0])
        if advice := advice_for_field(str(location[-1]), known):
            return advice
    return str(error["msg"]).removeprefix("Value error, ")


def _field(location: tuple[str | int, ...]) -> str:
    """Return the field's path without the part of the request (body, query), truncated."""
    return ".".join(str(step) for step in location[1:])[:MAX_FIELD_NAME] or str(location[0])


async def _http_exception(request: Request, error: HTTPException) -> Response:
    where = _where(request)
    advice = advice_for_path(request.scope["path"])
    match error.status_code:
        case 404 if request.scope["path"] in OAUTH_PATHS:
            # the form of RFC 7591 and RFC 6749, whose `error_description` clients show
            refusal = {"error": "invalid_request", "error_description": NO_OAUTH}
            return JSONResponse(refusal | {"message": NO_OAUTH}, 404)
        case 404:
            docs = f"{state_of(request.app).root_path}/docs"
            end = f"{docs} shows what there is."
            message = f"There is no {where}. {f'{advice} {end}' if advice else end}"
            return problem(404, "Not found", message)
        case 405:
            allowed = _methods(request) or dict(error.headers or {}).get("Allow", "GET")
            return _method_not_allowed(request, allowed)
        case 408:
            return problem(408, "Too slow", error.detail, headers={"Connection": "close"})
        case 413 | 415 as status:
            return problem(status, _NAMES[status], error.detail)
        case _:  # FastAPI could not decode the body
            message = "The body is not JSON in UTF-8, or it is nested too deeply."
            return problem(error.status_code, "Malformed JSON", message)


def _method_not_allowed(request: Request, allowed: str) -> Response:
    advice = advice_for_path(request.scope["path"]) or f"this address knows {allowed}."
    message = f"There is no {_where(request)}; {advice}"
    return problem(405, "Method not allowed", message, headers={"Allow": allowed})


def _where(request: Request) -> str:
    return f"{request.method} {request.url.path}"


def _methods(request: Request) -> str:
    """All methods of this path; Starlette names only those of one route, and of the first one.

    Where `/{ref:path}` and `/{ref:path}/move` match, it is the one with more words of its own.
    """
    path = get_route_path(request.scope)
    templates = state_of(request.app).route_methods
    matching = [each for each in templates if compile_path(each)[0].match(path)]
    if not matching:
        return ""
    return _allowed_at(request, max(matching, key=lambda each: len(_PARAMETER.sub("", each))))


def _allowed_at(request: Request, template: str) -> str:
    return ", ".join(sorted(state_of(request.app).route_methods.get(template, ())))


HANDLERS: dict[Any, Callable[[Request, Any], Coroutine[Any, Any, Response]]] = {
    MemorizerError: _memorizer_error,
    BadRequest: _bad_request,
    RequestValidationError: _validation_error,
    HTTPException: _http_exception,
}
