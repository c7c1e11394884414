"""Requests that the SDK refuses, or answers less well than can be done."""

import json
import re
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import Scope

INVALID_PARAMS: Final = -32_602
JSON_TYPES: Final = frozenset({"application/json", "application/*"})
STREAM_TYPES: Final = frozenset({"text/event-stream", "text/*", "*/*"})
BOTH: Final = b"application/json, text/event-stream"

_HALF: Final = re.compile("[\ud800-\udfff]")


def takes_json_only(scope: Scope) -> bool:
    """Whether the client accepts JSON and no stream, or says nothing about it."""
    accepted = Headers(scope=scope).get("accept")
    if accepted is None:
        return True
    types = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    return bool(types & JSON_TYPES) and not types & STREAM_TYPES


def accepting_both(scope: Scope) -> Scope:
    """Return the request with an Accept header for JSON and event streams: the SDK demands both."""
    others = [(name, value) for name, value in scope["headers"] if name != b"accept"]
    return {**scope, "headers": [*others, (b"accept", BOTH)]}


def half_character(body: bytes) -> dict[str, Any] | None:
    """Return the JSON-RPC error for a body with an unpaired surrogate; None if there is none.

    Programs that cut a text by UTF-16 units leave half of an emoji at its end. JSON can carry
    that, and the SDK cannot read it: it would answer without the id, in words of its parser.
    """
    if b"\\ud" not in body.lower():
        return None
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or (where := _where(message, "")) is None:
        return None
    problem = (
        f"{where.lstrip('.')} holds half of a character, an emoji that was cut in two perhaps. "
        "Send it again with whole characters."
    )
    error = {"code": INVALID_PARAMS, "message": problem}
    return {"jsonrpc": "2.0", "id": _id(message), "error": error}


def _id(message: dict[str, Any]) -> str | int | None:
    id_ = message.get("id")
    return id_ if isinstance(id_, int) or (isinstance(id_, str) and not _HALF.search(id_)) else None


def _where(value: object, path: str) -> str | None:
    """Return the path of the first text with an unpaired surrogate."""
    if isinstance(value, str):
        return path if _HALF.search(value) else None
    if isinstance(value, dict):
        if any(_HALF.search(name) for name in value):
            return path or "the message"
        parts = ((f"{path}.{name}", each) for name, each in value.items())
    elif isinstance(value, list):
        parts = ((f"{path}[{n}]", each) for n, each in enumerate(value))
    else:
        return None
    return next((found for name, each in parts if (found := _where(each, name))), None)
