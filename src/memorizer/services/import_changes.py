"""Whether an imported record differs from a memory, and whether the memory was edited here."""

import re
from dataclasses import replace
from typing import Final

from memorizer.domain.editing import with_plain_ends
from memorizer.domain.memories import (
    MAKE_VERSIONS,
    Content,
    EventType,
    Memory,
    fold,
)
from memorizer.domain.metadata import Metadata
from memorizer.domain.records import MemoryRecord
from memorizer.ports.transactions import MemoryTransaction

ACTOR: Final = "import"
_LOOKED_AT: Final = 50
"""Earlier versions that are compared."""
_MAX_CHARACTERS: Final = 5_000_000
_OTHERS_ADD: Final = frozenset({"permalink"})
"""Properties by which other programs find a note: they say nothing about it."""
_OCTAL: Final = re.compile(r"0[0-7]+")
_TRUE, _FALSE, _NULL = ("true", "yes", "on"), ("false", "no", "off"), ("", "~", "null")


def is_same(one: Content, other: Content, *, but_title: bool = False) -> bool:
    """Whether two contents say the same.

    What editors change when they save a file does not count: blank lines at the ends of the text,
    line ends, and other notations of a value in YAML (`1.10` and `1.1`, `yes` and `true`).
    """
    return (
        _plain(one.text) == _plain(other.text)
        and (but_title or one.title == other.title)
        and (one.type, one.source, one.confidence) == (other.type, other.source, other.confidence)
        and set(map(fold, one.tags)) == set(map(fold, other.tags))
        and _values(one.metadata) == _values(other.metadata)
    )


def is_known(tx: MemoryTransaction, present: Memory, record: MemoryRecord) -> bool:
    """Whether the memory has this content, or had it before it was edited here."""
    wanted, but_title = record.memory.content, _is_title_free(record)
    if is_same(present.content, wanted, but_title=but_title):
        return True
    if record.is_excerpt and _plain(wanted.text) in _plain(present.content.text):
        return True
    if record.is_from_elsewhere and not _is_edited_here(tx, present, record):
        if not record.base_version or record.base_version >= present.version:
            return False
        base = tx.versions.get(present.id, record.base_version)
        return is_same(base.content, wanted, but_title=but_title)
    if tx.versions.has(present.id, wanted):
        return True
    versions = tx.versions.list_for(present.id, limit=_LOOKED_AT, most_characters=_MAX_CHARACTERS)
    return any(is_same(version.content, wanted, but_title=but_title) for version in versions)


def may_follow(tx: MemoryTransaction, present: Memory, record: MemoryRecord) -> bool:
    """Whether the record's content can be the next version: nobody has edited the memory here."""
    return record.is_from_elsewhere and not _is_edited_here(tx, present, record)


def without_added_line(content: Content, present: Content) -> Content:
    """Return the content without the blank line that editors put behind a head."""
    text = content.text.removeprefix("\r").removeprefix("\n")
    is_added = text != content.text and text.strip() and not present.text.startswith(("\r", "\n"))
    return replace(content, text=text) if is_added else content


def _is_title_free(record: MemoryRecord) -> bool:
    return record.is_title_derived or record.memory.content.title is None


def _is_edited_here(tx: MemoryTransaction, present: Memory, record: MemoryRecord) -> bool:
    """Whether anyone but an import made a version after the one that the record comes from."""
    return any(
        event.type in MAKE_VERSIONS
        and event.type is not EventType.TITLE_GENERATED
        and event.version > record.base_version
        and event.actor != ACTOR
        for event in tx.events.list_for(present.id)
    )


def _plain(text: str) -> str:
    return with_plain_ends(text).strip()


def _values(metadata: Metadata) -> dict[str, object]:
    """Return values as YAML understands them, without those that are empty."""
    found = {name: _value(value) for name, value in metadata.items() if name not in _OTHERS_ADD}
    return {name: value for name, value in found.items() if value is not None}


def _value(value: object) -> object:
    text = str(value).strip()
    match text.casefold():
        case word if word in _TRUE:
            return True
        case word if word in _FALSE:
            return False
        case word if word in _NULL or word == "none":
            return None
    try:
        return int(text, 8) if _OCTAL.fullmatch(text) else float(text)
    except ValueError:
        return text
