"""A folder or zip of Markdown notes: basic-memory's, Obsidian's, and Memorizer's own export.

As read in basicmachines-co/basic-memory, markdown/entity_parser.py and markdown/plugins.py (2026):
front matter with title, type, permalink, tags, created, modified; observations are list items
`- [category] text #tag (context)`; relations are list items `- type [[Target]] (context)`, the
type in quotes where it has blanks; every other [[Target]] is a link of type `links_to`.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import external, front_matter, json_fields
from memorizer.adapters.formats.archive import Open, open_files, read_all
from memorizer.adapters.formats.markdown import ENDING, LINKS
from memorizer.domain.errors import InvalidField
from memorizer.domain.keys import parse_key
from memorizer.domain.memories import MAX_TAGS, MAX_TEXT, Content, Memory, clean_tags
from memorizer.domain.metadata import Metadata
from memorizer.domain.records import MemoryRecord, ParsedRecord, Reading, RejectedRecord
from memorizer.domain.timestamps import from_iso

NAME: Final = "markdown"
MAX_FILE_BYTES: Final = 4 * MAX_TEXT + front_matter.MAX_CHARACTERS
LINKS_TO: Final = "links_to"

_ITEM: Final = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]++(.*)")
_FENCE: Final = re.compile(r"[ \t]*(?:```|~~~)")
_RELATION: Final = re.compile(
    r"""("(?:[^"\\]|\\.)+"|'[^']+'|[^\s\[\]"']+)"""  # its type
    r"[ \t]+\[\[([^\[\]]+)\]\][ \t]*(?:\([^()]*\)[ \t]*)?"  # its target, its context
)
_LINK: Final = re.compile(r"\[\[([^\[\]]+)\]\]")
_OBSERVATION: Final = re.compile(r"\[([^\[\]()]{2,}|\w)\][ \t].+")
_TASK: Final = re.compile(r"\[[xX]\]")
_HASHTAG: Final = re.compile(r"(?<!\S)#([\w/-]+)")


@dataclass(frozen=True, slots=True)
class Note:
    """One parsed file."""

    path: str
    facts: front_matter.Facts
    text: str
    links: str
    """The part of the file with its relations."""

    @property
    def key(self) -> str:
        """The permalink, or the path."""
        return _line(self.facts.get("permalink")) or self.path

    @property
    def title(self) -> str:
        """The title, or the name of the file."""
        return _line(self.facts.get("title")) or self.path.rpartition("/")[2].removesuffix(ENDING)

    @property
    def is_ours(self) -> bool:
        """Whether Memorizer exported it: then its id and its exact text are kept."""
        return {"id", "version", "confidence", "created", "updated"} <= self.facts.keys()

    @property
    def names(self) -> set[str]:
        """Names by which others may link to it, case-folded."""
        path = self.path.removesuffix(ENDING)
        return {name.casefold() for name in (self.key, self.title, path, path.rpartition("/")[2])}


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield a memory for each note, then a relationship for each link between them."""
    ids: dict[str, str] = {}
    with open_files(path) as files:
        notes = [(name, open_) for name, open_ in files if name.endswith(ENDING)]
        for name, open_ in notes:
            yield _read_memory(name, open_, now, ids)
        for name, open_ in notes:
            yield from _read_links(name, open_, now, ids)


def _read_memory(name: str, open_: Open, now: int, ids: dict[str, str]) -> Reading:
    try:
        note = _note(name, open_)
        made = _ours(note) if note.is_ours else _foreign(note, now)
    except InvalidField as error:
        return RejectedRecord(name, str(error))
    for known in note.names:
        ids.setdefault(known, made.memory.id)
    ids[name.removesuffix(ENDING).casefold()] = made.memory.id
    return ParsedRecord(name, made)


def _read_links(name: str, open_: Open, now: int, ids: dict[str, str]) -> Iterator[Reading]:
    from_id = ids.get(name.removesuffix(ENDING).casefold())
    if from_id is None:
        return  # the note itself was refused
    try:
        note = _note(name, open_)
    except InvalidField:
        return
    for type_, target in dict.fromkeys(_relations(note.links)):
        to_id = ids.get(target.casefold())
        if to_id is None:
            yield RejectedRecord(name, f"no note is called {target[:100]!r}, to which it links")
        elif to_id != from_id:  # a note may well link to its own headings
            yield external.try_make(
                name, external.relationship, NAME, from_id, to_id, type_, at=now
            )


def _note(name: str, open_: Open) -> Note:
    try:
        text = read_all(open_, MAX_FILE_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidField("file", "is not UTF-8") from None
    facts, body = front_matter.split(text)
    note = Note(name, facts, body, body)
    if not note.is_ours:
        return note
    kept, marker, links = body.rpartition(LINKS)
    return Note(name, facts, kept if marker else body.removesuffix("\n"), links if marker else "")


def _ours(note: Note) -> MemoryRecord:
    facts = note.facts
    archived = _line(facts.get("archived"))
    created, updated = json_fields.moment(facts, "created"), json_fields.moment(facts, "updated")
    try:
        confidence = float(json_fields.text(facts, "confidence"))
    except ValueError:
        raise InvalidField("confidence", "must be a number") from None
    content = Content(
        text=note.text,
        type=json_fields.text(facts, "type"),
        title=json_fields.optional_text(facts, "title"),
        source=json_fields.text(facts, "source"),
        tags=tuple(json_fields.texts(facts, "labels" if "labels" in facts else "tags")),
        confidence=confidence,
        metadata=Metadata(json_fields.parse_object(json_fields.text_or(facts, "metadata", "{}"))),
    )
    archived_at = json_fields.moment(facts, "archived") if archived else None
    key = json_fields.optional_text(facts, "key")
    memory = Memory(
        json_fields.uuid(facts, "id"),
        content,
        1,
        created,
        updated,
        archived_at,
        key=None if key is None else parse_key(key),
    )
    return MemoryRecord(memory, origin={"importedFrom": NAME})


def _foreign(note: Note, now: int) -> MemoryRecord:
    facts = note.facts
    return external.memory(
        NAME,
        note.key,
        now,
        text=note.text.strip(),
        title=note.title,
        type_=_line(facts.get("type")) or "note",
        tags=clean_tags((*_tags(facts.get("tags")), *_hashtags(note.text)))[:MAX_TAGS],
        created_at=_time(facts.get("created")),
        updated_at=_time(facts.get("modified") or facts.get("updated")),
    )


def _relations(text: str) -> Iterator[tuple[str, str]]:
    """Yield types and targets of relations, in the order of the text."""
    for line in _prose(text):
        item = _ITEM.fullmatch(line)
        relation = _RELATION.fullmatch(item[1]) if item else None
        if relation is not None and (type_ := _unquoted(relation[1])):
            found = [(type_, relation[2])]
        else:
            found = [(LINKS_TO, target) for target in _LINK.findall(line)]
        for type_, target in found:
            if name := re.split(r"[|#]", target, maxsplit=1)[0].strip():
                yield type_, name


def _hashtags(text: str) -> Iterator[str]:
    """Yield the hashtags of observations."""
    for line in _prose(text):
        item = _ITEM.fullmatch(line)
        if item and _OBSERVATION.fullmatch(item[1]) and not _TASK.match(item[1]):
            yield from _HASHTAG.findall(item[1])


def _prose(text: str) -> Iterator[str]:
    """Yield the lines outside fenced code."""
    is_code = False
    for line in text.splitlines():
        if _FENCE.match(line):
            is_code = not is_code
        elif not is_code:
            yield line


def _unquoted(type_: str) -> str:
    if type_.startswith('"'):
        try:
            return str(json.loads(type_, strict=False)).strip()
        except ValueError:
            return type_[1:-1].strip()
    return type_.strip("'").strip()


def _tags(value: Any) -> list[str]:
    found = value if isinstance(value, list) else _line(value).split(",")
    return [str(tag).strip().removeprefix("#") for tag in found if isinstance(tag, str)]


def _line(value: Any) -> str:
    """Return a value on one line; a list joined by commas, as basic-memory does."""
    if isinstance(value, list):
        value = ", ".join(item for item in value if isinstance(item, str))
    return " ".join(value.split()) if isinstance(value, str) else ""


def _time(value: Any) -> int | None:
    """Return a time in ms, or None for anything else."""
    try:
        return from_iso(_line(value))
    except ValueError:
        return None
