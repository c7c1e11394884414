"""Detects the format of a file, and chooses its reader."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from memorizer.adapters.formats import (
    chatgpt,
    claude,
    json_fields,
    markdown_notes,
    mcp_memory_service,
    mem0,
    memorizer_export,
    notes,
    petabridge,
    records,
    server_memory,
)
from memorizer.adapters.formats.archive import open_files
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.adapters.formats.line_reader import numbered
from memorizer.adapters.formats.note_names import is_note
from memorizer.domain.errors import InvalidField, UnknownFormat
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import Reading

MEMORIZER: Final = "memorizer"
MAX_SAMPLED_ITEMS: Final = 50
"""Lines or items that are read to detect a format."""

Read = Callable[[Path, int], Iterator[Reading]]

READERS: Final[Mapping[str, Read]] = {
    MEMORIZER: memorizer_export.read,
    notes.NAME: markdown_notes.read,
    server_memory.NAME: server_memory.read,
    mcp_memory_service.NAME: mcp_memory_service.read,
    petabridge.NAME: petabridge.read,
    mem0.NAME: mem0.read,
    claude.NAME: claude.read,
    chatgpt.NAME: chatgpt.read,
}


def reader(path: Path, name: str | None) -> tuple[str, Read]:
    """Return name and reader of the named or detected format. Raises UnknownFormat."""
    if not path.exists():
        raise UnknownFormat(f"There is no file {path}.")
    if name is not None and name not in READERS:
        raise UnknownFormat(f"{name!r} is no format; there are: {', '.join(READERS)}.")
    try:
        found = name or _detect(path)
    except OSError as error:
        raise UnknownFormat(f"{path} cannot be read: {error.strerror}.") from error
    if found is None:
        raise UnknownFormat(
            f"{path} looks like none of the formats that can be imported. If it is one of "
            f"{', '.join(READERS)}, say so with --from."
        )
    return found, READERS[found]


def _detect(path: Path) -> str | None:
    with open_files(path) as files:
        names = [name for name, _ in files]
        if len(names) != 1 or names[0] != path.name:
            return _detect_archive(names)
    if found := _detect_json_lines(path) or _detect_document(path):
        return found
    return notes.NAME if is_note(path.name) else None


def _detect_archive(names: list[str]) -> str | None:
    if any(claude.MEMORIES.fullmatch(name) for name in names):
        return claude.NAME
    if any(chatgpt.CONVERSATIONS.fullmatch(name) for name in names):
        return chatgpt.NAME
    if any(is_note(name) for name in names):
        return notes.NAME
    return None


def _detect_json_lines(path: Path) -> str | None:
    """Detect a format of JSON Lines; lines that are no JSON are skipped."""
    with path.open("rb") as file:
        for _, line in islice(numbered(file), MAX_SAMPLED_ITEMS):
            try:
                record = json_fields.parse_object(line if isinstance(line, bytes) else "")
            except InvalidField:
                continue
            if record.get("kind") in (records.HEADER, *memorizer_export.PIECES):
                return MEMORIZER
            if record.get("type") in (server_memory.ENTITY, server_memory.RELATION):
                return server_memory.NAME
    return None


def _detect_document(path: Path) -> str | None:
    with path.open("rb") as file:
        for item in islice(items(file), MAX_SAMPLED_ITEMS):
            if isinstance(item, Item) and (found := _detect_item(item)):
                return found
    return None


def _detect_item(item: Item) -> str | None:
    if item.key == "export_metadata":
        return mcp_memory_service.NAME
    if item.key in claude.KEYS:
        return claude.NAME
    record: JsonObject = item.value if isinstance(item.value, dict) else {}
    detectors = {
        mcp_memory_service.NAME: mcp_memory_service.is_memory,
        petabridge.NAME: petabridge.is_memory,
        mem0.NAME: mem0.is_memory,
        claude.NAME: claude.is_record,
        chatgpt.NAME: chatgpt.is_conversation,
    }
    return next((name for name, is_one in detectors.items() if is_one(record)), None)
