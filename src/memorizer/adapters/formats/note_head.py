"""What the head of a note says: title, tags, times, aliases, and all that is left as properties."""

import json
import re
from collections.abc import Container, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import ALIASES
from memorizer.domain.metadata import MAX_NUMBER, Metadata, Scalar
from memorizer.domain.timestamps import from_iso

CREATED: Final = ("created", "date", "created_at", "date created", "created_time", "created-at")
UPDATED: Final = (
    *("modified", "updated", "lastmod", "last_modified_at", "updated_at", "date modified"),
    *("updated_time", "date updated"),
)
TAGS: Final = ("tags", "tag")
_OWN_PLACES: Final = frozenset({"title", "type", *TAGS})
"""Fields that become those of a memory."""
_ZONE: Final = re.compile(r" ?([+-]\d\d):?(\d\d)$")
_SLASHES: Final = re.compile(r"(\d{4})/(\d\d?)/(\d\d?)")

Facts = Mapping[str, Any]


def line(value: Any) -> str:
    """Return a value on one line; a list joined by commas, as basic-memory does."""
    if value is None:
        return ""
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return " ".join(value.split()) if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """Return a list of texts, or what stands between commas."""
    found = value if isinstance(value, list) else line(value).split(",")
    return [text for item in found if isinstance(item, str) and (text := " ".join(item.split()))]


def tags(facts: Facts) -> list[str]:
    """Return the tags of a head, without their #."""
    found: list[str] = []
    for name in TAGS:
        value = facts.get(name)
        given = texts(value)
        if isinstance(value, str) and all(word.startswith("#") for word in value.split()):
            given = value.split()
        found += [tag.removeprefix("#").strip() for tag in given]
    return [tag.removeprefix("[[").removesuffix("]]") for tag in found]


def aliases(facts: Facts) -> list[str]:
    """Return the other names of a note."""
    return [alias for name in ALIASES for alias in texts(facts.get(name))]


def moment(facts: Facts, names: tuple[str, ...]) -> tuple[int | None, str | None]:
    """Return the first time (ms) among these fields that can be read, and its field."""
    for name in names:
        if name in facts and (at := _time(line(facts[name]))) is not None:
            return at, name
    return None, None


def properties(facts: Facts, used: Container[object]) -> Metadata | None:
    """Return all other fields as flat metadata; None where they are too many or too long."""
    rest = {
        name.strip(): _scalar(value)
        for name, value in facts.items()
        if name not in _OWN_PLACES and name not in used
    }
    try:
        return Metadata(rest)
    except InvalidField:
        return None


def _scalar(value: Any) -> Scalar:
    """Return a number, true or false where nothing is lost by it, else the text; lists joined."""
    match value:
        case str():
            return _number(value.strip())
        case list() if all(isinstance(item, str) and "," not in item for item in value):
            return ", ".join(item.strip() for item in value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _number(text: str) -> Scalar:
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "null", "~"):
        return None
    try:
        number = float(text)
        if abs(number) <= MAX_NUMBER and str(int(number)) == text:
            return int(number)
        return number if repr(number) == text and not number.is_integer() else text
    except (ValueError, OverflowError):
        return text


def _time(text: str) -> int | None:
    """Return a time in ms: ISO 8601 and what Jekyll, Joplin, Hugo and e-mails write."""
    if not text[:1].isalnum():  # most fields are not there
        return None
    plain = _SLASHES.sub(lambda day: f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}", text)
    try:
        return from_iso(_ZONE.sub(r"\1:\2", plain))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    milliseconds = int(aware.timestamp() * 1000)
    return milliseconds if aware >= datetime(1970, 1, 1, tzinfo=UTC) else None
