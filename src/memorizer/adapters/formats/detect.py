"""Detects the format of a file, and chooses its reader."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Final

from memorizer.adapters.formats import (
    chatgpt,
    claude,
    claude_code,
    codex,
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
from memorizer.adapters.formats.archive import FileList, open_files
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.adapters.formats.line_reader import numbered
from memorizer.adapters.formats.note_names import is_note
from memorizer.domain.errors import InvalidField, UnknownFormat
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import Reading

MEMORIZER: Final = "memorizer"
_SESSION: Final = re.compile(r"(?:.*/)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.jsonl")
MAX_SAMPLED_FILES: Final = 20
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
    claude_code.NAME: claude_code.read,
    codex.NAME: codex.read,
}
READERS_WITH_TOOLS: Final[Mapping[str, Read]] = {
    claude_code.NAME: partial(claude_code.read, with_tools=True),
    codex.NAME: partial(codex.read, with_tools=True),
}
"""Readers that take what tools did, too."""


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
            return _detect_archive(names) or _detect_transcripts(files)
    if found := _detect_json_lines(path) or _detect_document(path):
        return found
    return notes.NAME if is_note(path.name) else None


def _detect_archive(names: list[str]) -> str | None:
    if any(claude.MEMORIES.fullmatch(name) for name in names):
        return claude.NAME
    if any(chatgpt.CONVERSATIONS.fullmatch(name) for name in names):
        return chatgpt.NAME
    if any(codex.is_session(name) for name in names):
        return codex.NAME
    if any(is_note(name) for name in names) and not any(map(_is_in_project, names)):
        return notes.NAME
    return None


def _is_in_project(name: str) -> bool:
    """Whether a file lies where Claude Code keeps its transcripts, beside notes of its own."""
    return _SESSION.fullmatch(name) is not None


def _detect_transcripts(files: FileList) -> str | None:
    """Look into the first files of JSON Lines."""
    sessions = [open_ for name, open_ in files if claude_code.is_session(name)]
    for open_ in sessions[:MAX_SAMPLED_FILES]:
        with open_() as file:
            if found := _detect_lines(file):
                return found
    return None


def _detect_json_lines(path: Path) -> str | None:
    """Detect a format of JSON Lines; lines that are no JSON are skipped."""
    with path.open("rb") as file:
        return _detect_lines(file)


def _detect_lines(file: IO[bytes]) -> str | None:
    for _, line in islice(numbered(file), MAX_SAMPLED_ITEMS):
        try:
            record = json_fields.parse_object(line if isinstance(line, bytes) else "")
        except InvalidField:
            continue
        if record.get("kind") in (records.HEADER, *memorizer_export.PIECES):
            return MEMORIZER
        if record.get("type") in (server_memory.ENTITY, server_memory.RELATION):
            return server_memory.NAME
        if codex.is_line(record):
            return codex.NAME
        if claude_code.is_line(record):
            return claude_code.NAME
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
