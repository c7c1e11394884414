"""Reads typed values from untrusted JSON. Everything raises InvalidField."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_TITLE, JsonObject
from memorizer.domain.timestamps import MAX_TIMESTAMP_MS, from_iso

MAX_INTEGER: Final = 2**31 - 1
"""The largest integer of all databases."""
MAX_DEPTH: Final = 32
"""Levels of nesting in an object of any shape."""
_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def parse(text: str | bytes) -> Any:
    """Parse JSON, without Python's NaN and Infinity, which databases refuse."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise InvalidField("JSON", "is nested too deeply") from None
    except UnicodeDecodeError:
        raise InvalidField("JSON", "is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise InvalidField("JSON", f"{error.msg} at character {error.pos + 1}") from None
    except ValueError as error:  # numbers of thousands of digits
        raise InvalidField("JSON", str(error)) from None


def parse_object(text: str | bytes) -> JsonObject:
    """Parse JSON that must be an object."""
    return as_object("line", parse(text))


def as_object(field: str, value: Any) -> JsonObject:
    """Return the value if it is an object."""
    if not isinstance(value, dict):
        raise InvalidField(field, "must be an object")
    return value


def text(record: JsonObject, name: str) -> str:
    """Return a required text."""
    value = record.get(name)
    if not isinstance(value, str):
        raise InvalidField(name, "must be a text" if name in record else "is missing")
    return value


def text_or(record: JsonObject, name: str, default: str) -> str:
    """Return a text, or the default where it is missing or blank."""
    value = optional_text(record, name)
    return value if value is not None and value.strip() else default


def optional_text(record: JsonObject, name: str) -> str | None:
    """Return a text, or None where it is missing or null."""
    return None if record.get(name) is None else text(record, name)


def texts(record: JsonObject, name: str) -> tuple[str, ...]:
    """Return a list of texts, empty where it is missing."""
    value = record.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidField(name, "must be a list of texts")
    return tuple(value)


def whole(record: JsonObject, name: str, *, least: int = 0) -> int:
    """Return a required integer from `least` to MAX_INTEGER."""
    value = record.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidField(name, "must be a whole number" if name in record else "is missing")
    if not least <= value <= MAX_INTEGER:
        raise InvalidField(name, f"must be at least {least:,} and at most {MAX_INTEGER:,}")
    return value


def number(record: JsonObject, name: str) -> float | None:
    """Return a finite number, or None where it is missing or null."""
    value = record.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidField(name, "must be a number")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise InvalidField(name, "is too large")
    return found


def uuid(record: JsonObject, name: str) -> str:
    """Return a required UUID in lower case with hyphens."""
    value = text(record, name)
    if not _UUID.fullmatch(value):
        raise InvalidField(name, "must be a UUID in lower case")
    return value


def moment(record: JsonObject, name: str) -> int:
    """Return a required time in ISO 8601 as UTC milliseconds."""
    value = text(record, name)
    try:
        return from_iso(value)
    except ValueError:
        raise InvalidField(name, "must be a time in ISO 8601, from 1970 on") from None


def optional_moment(record: JsonObject, name: str) -> int | None:
    """Return a time as UTC milliseconds, or None where it is missing or null."""
    return None if record.get(name) is None else moment(record, name)


def seconds(record: JsonObject, name: str) -> int | None:
    """Return a time in seconds since 1970 as milliseconds, or None where it is missing."""
    value = number(record, name)
    if value is None:
        return None
    if not 0 <= value <= MAX_TIMESTAMP_MS / 1000:
        raise InvalidField(name, "must be a time in seconds since 1970")
    return round(value * 1000)


def json_object(record: JsonObject, name: str) -> JsonObject:
    """Return an object that databases can store as JSON, empty where it is missing."""
    value = as_object(name, record.get(name, {}))
    for part, depth in _parts(value, 1):
        if depth > MAX_DEPTH:
            raise InvalidField(name, "is nested too deeply")
        if isinstance(part, str) and ("\0" in part or any("\ud800" <= c <= "\udfff" for c in part)):
            raise InvalidField(name, "contains a character that cannot be stored")
        if isinstance(part, float) and not math.isfinite(part):
            raise InvalidField(name, "contains a number that is too large")
    return value


def short_title(title: str | None) -> str | None:
    """Return a title cut to MAX_TITLE characters; None for a blank one."""
    plain = " ".join((title or "").split())
    if not plain:
        return None
    return plain if len(plain) <= MAX_TITLE else plain[: MAX_TITLE - 1] + "…"


def _parts(value: Any, depth: int) -> Iterator[tuple[Any, int]]:
    """Yield keys and values with their depths, down to one level below MAX_DEPTH."""
    yield (None if isinstance(value, dict | list) else value), depth
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, depth
            yield from _parts(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner, depth + 1)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")
