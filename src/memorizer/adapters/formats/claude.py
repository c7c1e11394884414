"""Claude's memories, from the data export of claude.ai.

Anthropic publishes no schema; this is what programs that read exports expect (2026):
`memories.json` is a list with one record, later `memories/<account>.json` is one record with any
of `conversations_memory` (Markdown), `project_memories` ({project: Markdown}), `memory_files`
([{path, content, updated_at}]) and `account_uuid`; names of projects are in `projects.json` or
`projects/<uuid>.json`. The zip, the unpacked folder and the single file are all read.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import external, json_fields
from memorizer.adapters.formats.archive import Open, open_files, read_all
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import MemoryRecord, Reading, RejectedRecord

NAME: Final = "claude"
KEYS: Final = ("conversations_memory", "project_memories", "memory_files")
MEMORIES: Final = re.compile(r"(.*/)?memories(/[^/]+|-\d+)?\.json")
PROJECTS: Final = re.compile(r"(.*/)?projects(/[^/]+)?\.json")
MAX_FILE_BYTES: Final = 64 * 2**20

_HEADING: Final = re.compile(r"^(?:#{1,6}[ \t]+(\S.*)|\*\*([^*\n]+?):?\*\*:?[ \t]*)$", re.MULTILINE)

Json = Mapping[str, Any]


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield a memory for each section, each project and each memory file."""
    with open_files(path) as files:
        projects = _project_names(files)
        for name, open_ in files:
            if MEMORIES.fullmatch(name) or len(files) == 1:
                yield from _file(name, open_, projects, now)


def is_record(record: JsonObject) -> bool:
    """Whether a record looks like the memories of an account."""
    return any(key in record for key in KEYS)


def _file(name: str, open_: Open, projects: Mapping[str, str], now: int) -> Iterator[Reading]:
    try:
        value = json_fields.parse(read_all(open_, MAX_FILE_BYTES))
    except InvalidField as error:
        yield RejectedRecord(name, str(error))
        return
    for record in value if isinstance(value, list) else [value]:
        if not isinstance(record, dict):
            yield RejectedRecord(name, "a record must be an object")
            continue
        yield from _sections(name, record, now)
        yield from _projects(name, record, projects, now)
        yield from _files(name, record, now)


def _sections(name: str, record: Json, now: int) -> Iterator[Reading]:
    place = f"{name} conversations_memory"
    try:
        text = json_fields.optional_text(record, "conversations_memory") or ""
    except InvalidField as error:
        yield RejectedRecord(place, str(error))
        return
    for heading, body in _split_sections(text):
        where = f"{place} {heading!r}" if heading else place
        key = f"conversations:{heading}"
        yield external.try_make(where, _memory, record, key, now, text=body, title=heading)


def _projects(name: str, record: Json, names: Mapping[str, str], now: int) -> Iterator[Reading]:
    memories = record.get("project_memories") or {}
    if not isinstance(memories, dict):
        yield RejectedRecord(f"{name} project_memories", "must be an object")
        return
    for project in memories:
        place = f"{name} project_memories {project[:100]}"
        title = names.get(project)
        yield external.try_make(place, _project_memory, record, memories, project, title, now)


def _project_memory(
    record: Json, memories: Json, project: str, title: str | None, now: int
) -> MemoryRecord:
    text = json_fields.text(memories, project)
    return _memory(record, f"project:{project}", now, text=text, title=title, type_="project")


def _files(name: str, record: Json, now: int) -> Iterator[Reading]:
    files = record.get("memory_files") or []
    if not isinstance(files, list):
        yield RejectedRecord(f"{name} memory_files", "must be a list")
        return
    for number, file in enumerate(files, start=1):
        yield external.try_make(f"{name} memory_files {number}", _memory_file, record, file, now)


def _memory_file(record: Json, value: Any, now: int) -> MemoryRecord:
    file = json_fields.as_object("memory_files", value)
    path = json_fields.text(file, "path")
    title = path.rpartition("/")[2].removesuffix(".md").replace("-", " ").replace("_", " ")
    return _memory(
        record,
        f"file:{path}",
        now,
        text=json_fields.text(file, "content"),
        title=title,
        updated_at=json_fields.optional_moment(file, "updated_at"),
    )


def _memory(record: Json, key: str, now: int, **content: Any) -> MemoryRecord:
    account = json_fields.optional_text(record, "account_uuid") or ""
    return external.memory(NAME, f"{account} {key}", now, **content)


def _split_sections(text: str) -> Iterator[tuple[str | None, str]]:
    """Split a text at its headings: titles and bodies, without empty ones."""
    starts = [*_HEADING.finditer(text)]
    ends = [*(heading.start() for heading in starts), len(text)]
    pieces: list[tuple[str | None, str]] = [(None, text[: ends[0]])]
    for heading, end in zip(starts, ends[1:], strict=True):
        title = heading[1].rstrip() if heading[1] else heading[2]
        pieces.append((title, text[heading.end() : end]))
    yield from ((title, body.strip()) for title, body in pieces if body.strip())


def _project_names(files: list[tuple[str, Open]]) -> dict[str, str]:
    """Return project names by id; unreadable files are skipped, their projects stay untitled."""
    names: dict[str, str] = {}
    for name, open_ in files:
        if not PROJECTS.fullmatch(name):
            continue
        try:
            value = json_fields.parse(read_all(open_, MAX_FILE_BYTES))
        except InvalidField:
            continue
        for project in value if isinstance(value, list) else [value]:
            if isinstance(project, dict):
                uuid, title = project.get("uuid"), project.get("name")
                if isinstance(uuid, str) and isinstance(title, str):
                    names[uuid] = title
    return names
