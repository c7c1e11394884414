"""What the head of a note says: title, tags, times, aliases, and all that is left as properties."""

import json
import re
from collections.abc import Container, Mapping
from contextlib import suppress
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
_KNOWN: Final = frozenset({*_OWN_PLACES, *CREATED, *UPDATED, *ALIASES, "permalink"})
_ZONE: Final = re.compile(r" ?(?:([+-]\d\d):?(\d\d)|(?:UTC|GMT|Z))$")
_DAY: Final = re.compile(r"(\d{4})[/-](\d\d?)[/-](\d\d?)(?=\D|$)")
_ORDINAL: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b")
_SPOKEN: Final = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%Y-%m-%d %I:%M %p", "%d.%m.%Y")
_DIGITS: Final = {10: 1000, 13: 1}
"""Milliseconds in the unit of a number of so many digits: seconds and milliseconds since 1970."""
_ZETTEL: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?")

Facts = Mapping[str, Any]


def with_known_names(facts: Facts) -> Facts:
    """Return the fields with the names that are known here in small letters: Tags is tags."""
    if all(name.islower() or name.lower() not in _KNOWN for name in facts):
        return facts
    return {
        name.lower() if name.lower() in _KNOWN - facts.keys() else name: value
        for name, value in facts.items()
    }


def line(value: Any) -> str:
    """Return a value on one line; a list joined by commas, as basic-memory does."""
    if value is None:
        return ""
    if isinstance(value, list):
        value = ", ".join(item for item in _flat(value) if isinstance(item, str))
    return " ".join(value.split()) if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """Return a list of texts, or what stands between commas."""
    found = value if isinstance(value, list) else line(value).split(",")
    return [text for item in found if isinstance(item, str) and (text := " ".join(item.split()))]


def tags(facts: Facts) -> list[str]:
    """Return the tags of a head, without their #."""
    found: list[str] = []
    taxonomies = facts.get("taxonomies")  # Zola's
    values = [
        *map(facts.get, TAGS),
        taxonomies.get("tags") if isinstance(taxonomies, dict) else None,
    ]
    for value in values:
        given = texts(_flat(value))
        if isinstance(value, str) and all(word.startswith("#") for word in value.split()):
            given = value.split()
        found += [tag.removeprefix("#").strip() for tag in given]
    return [tag.removeprefix("[[").removesuffix("]]") for tag in found]


def _flat(value: Any) -> Any:
    """Return a list without the lists in it: [[a]], a link without its quotes, is such a list."""
    if not isinstance(value, list):
        return value
    return [inner for item in value for inner in (item if isinstance(item, list) else [item])]


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
        if name not in used and not (name in _OWN_PLACES and _is_plain(value))
    }
    try:
        return Metadata(rest)
    except InvalidField:
        return None


def _is_plain(value: Any) -> bool:
    """Whether a value is a text or a list of texts, which are all that fields here can be."""
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )


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
    """Return a time in ms: ISO 8601 and what Jekyll, Joplin, Hugo, Logseq and e-mails write."""
    text = text.removeprefix("[[").removesuffix("]]")
    if not text[:1].isalnum():  # most fields are not there
        return None
    if text.isdecimal() and len(text) in _DIGITS:
        return int(text) * _DIGITS[len(text)]
    if stamp := _ZETTEL.fullmatch(text):
        year, month, day, hour, minute, second = stamp.groups("00")
        text = f"{year}-{month}-{day}T{hour}:{minute}:{second}"
    plain = _DAY.sub(lambda day: f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}", text, count=1)
    try:
        return from_iso(_ZONE.sub(lambda zone: f"{zone[1]}:{zone[2]}" if zone[1] else "Z", plain))
    except ValueError:
        at = _spoken(plain)
    if at is None:
        return None
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    milliseconds = int(aware.timestamp() * 1000)
    return milliseconds if aware >= datetime(1970, 1, 1, tzinfo=UTC) else None


def _spoken(text: str) -> datetime | None:
    """Return a time in words or as in e-mails."""
    try:
        return parsedate_to_datetime(text)
    except (ValueError, IndexError, TypeError):
        pass
    plain = _ORDINAL.sub("", text).replace(",", "")
    for form in _SPOKEN:
        with suppress(ValueError):
            return datetime.strptime(plain, form).replace(tzinfo=UTC)
    return None
