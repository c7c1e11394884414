"""One note: what its file says, and the memory that it makes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote

from memorizer.adapters.formats import external, front_matter, json_fields, note_head, note_markup
from memorizer.adapters.formats.archive import Open, read_all
from memorizer.adapters.formats.decoding import DAMAGED, FALLBACK, decode
from memorizer.adapters.formats.markdown import LINKS, obsidian_tag
from memorizer.adapters.formats.note_names import without_ending
from memorizer.domain.errors import InvalidField
from memorizer.domain.keys import parse_key
from memorizer.domain.memories import (
    ALIASES,
    MAX_LABEL,
    MAX_TAGS,
    MAX_TEXT,
    Content,
    Memory,
    clean_tags,
    digest_of,
)
from memorizer.domain.metadata import NO_METADATA, Metadata
from memorizer.domain.records import ImportNote, MemoryRecord, SourceEntry
from memorizer.domain.validity import NAMES, Times
from memorizer.domain.workspaces import parse_path

NAME: Final = "markdown"
MAX_FILE_BYTES: Final = 4 * MAX_TEXT + front_matter.MAX_CHARACTERS
_MAX_DIGITS: Final = 10
_MAX_KEY_CHARACTERS: Final = 500
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_OURS: Final = frozenset({"id", "version", "confidence", "created", "updated"})
_LOGSEQ_PROPERTY: Final = re.compile(r"([A-Za-z][\w./-]*)::[ \t]*(.*)")
_WIKI_VALUE: Final = re.compile(r"\[\[([^\[\]\n]+)\]\]")
_JOURNAL: Final = re.compile(r"(?:.*/)?journals/(\d{4})_(\d\d)_(\d\d)\.\w+")
_DAY_SUFFIXES: Final = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_JEKYLL_POST: Final = re.compile(r"(?:.*/)?(\d{4}-\d\d-\d\d)-[^/]+")

UNREADABLE_HEAD: Final = "a head that cannot be read stays in the text"
LONG_HEAD: Final = "a head that is too long for metadata stays in the text as well"
EMPTY: Final = "an empty note has its title as its text"
TAGS_LEFT_OUT: Final = "tags that are too long or too many stay in the text or the history only"
NOT_UTF_8: Final = "a file that is not UTF-8 was read as Windows-1252"
REPLACED: Final = "bytes that are no text were replaced by �"


@dataclass(frozen=True)
class Note:
    """One parsed file."""

    path: str
    facts: front_matter.Facts
    text: str
    links: str
    """The part of the file with the relations of our own export."""
    notes: tuple[ImportNote, ...] = ()
    is_logseq: bool = False

    @property
    def permalink(self) -> str:
        """Its address in basic-memory."""
        return note_head.line(self.facts.get("permalink"))

    @cached_property
    def title(self) -> str:
        """The title, or the name of the file."""
        return self.given_title or (
            unquote(self._file_name.replace("___", "/")) if self.is_logseq else self._file_name
        )

    @property
    def given_title(self) -> str:
        """The title of its head; empty where it is only the name of the file."""
        title = note_head.line(self.facts.get("title"))
        return "" if title == self._file_name else title

    @property
    def _file_name(self) -> str:
        return without_ending(self.path.rpartition("/")[2])

    @property
    def is_ours(self) -> bool:
        """Whether Memorizer exported it: then its id and its exact text are kept."""
        return self.facts.keys() >= _OURS

    @property
    def is_about_mirror(self) -> bool:
        """Whether it only says what a mirror is (formats/mirror)."""
        return note_head.line(self.facts.get("memorizer")) == "mirror"

    @cached_property
    def created(self) -> tuple[int | None, str | None]:
        """Its time (ms), and the field that says it; that of Jekyll is in the file's name."""
        at, field = note_head.moment(self.facts, note_head.CREATED)
        if at is None and self.is_logseq and (day := _JOURNAL.fullmatch(self.path)):
            at, _ = note_head.moment({"day": "-".join(day.groups())}, ("day",))
        elif at is None and (post := _JEKYLL_POST.fullmatch(self.path)) and "_posts/" in self.path:
            at, _ = note_head.moment({"day": post[1]}, ("day",))
        return at, field

    @property
    def workspace(self) -> str | None:
        """The path of its workspace in our own export; raises InvalidField for what is no path."""
        path = note_head.line(self.facts.get("workspace"))
        return parse_path(path) if path and self.is_ours else None

    @property
    def aliases(self) -> list[str]:
        """Its other names; those of Logseq's journals are their days."""
        found = note_head.aliases(self.facts)
        if self.is_logseq and (day := _JOURNAL.fullmatch(self.path)):
            found.append(_spoken(*map(int, day.groups())))
        return found

    @cached_property
    def markup(self) -> note_markup.Markup:
        """Links and tags of its text, links of its properties too."""
        found = note_markup.parse(self.text)
        found.links += note_markup.relations(self.links)
        if not self.is_logseq:  # whose properties are in the text
            for name, value in self.facts.items():
                found.links += _property_links(name, value)
        return found


def read(path: str, open_: Open, *, is_logseq: bool = False) -> Note:
    """Read a file. Raises InvalidField for one that is too large or cannot be read."""
    text, encoding = decode(read_all(open_, MAX_FILE_BYTES))
    notes = []
    if encoding == FALLBACK:
        notes.append(ImportNote(path, NOT_UTF_8))
    if encoding == DAMAGED or "\0" in text:
        notes.append(ImportNote(path, REPLACED))
    head = front_matter.split(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))
    if head.problem is not None:
        notes.append(ImportNote(path, UNREADABLE_HEAD, head.problem))
    facts = {**head.facts, **_logseq_properties(head.text)} if is_logseq else head.facts
    facts = note_head.with_known_names(facts)
    note = Note(path, facts, head.text, "", tuple(notes), is_logseq)
    if not note.is_ours:
        return note
    line_end = "\r\n" if text.startswith("---\r\n") else "\n"  # an editor changed all of ours
    kept, marker, links = head.text.rpartition(LINKS.replace("\n", line_end))
    if marker:
        return replace(note, text=kept, links=links)
    return replace(note, text=head.text.removesuffix(line_end))


def ours(note: Note) -> MemoryRecord:
    """Make the memory that our own export wrote. Raises InvalidField."""
    facts = note.facts
    archived = note_head.line(facts.get("archived"))
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
        tags=tuple(_own_tags(facts)),
        confidence=confidence,
        metadata=Metadata(json_fields.parse_object(json_fields.text_or(facts, "metadata", "{}"))),
        times=Times(**{name: json_fields.moment(facts, name) for name in NAMES if facts.get(name)}),
    )
    archived_at = json_fields.moment(facts, "archived") if archived else None
    pinned = note_head.line(facts.get("pinned"))
    key = json_fields.optional_text(facts, "key")
    memory = Memory(
        json_fields.uuid(facts, "id"),
        content,
        1,
        created,
        updated,
        archived_at,
        key=None if key is None else parse_key(key),
        pinned_at=json_fields.moment(facts, "pinned") if pinned else None,
    )
    version = note_head.line(facts.get("version"))
    base = int(version) if version.isdecimal() and len(version) < _MAX_DIGITS else 0
    return MemoryRecord(memory, origin={"importedFrom": NAME}, base_version=base)


def foreign(note: Note, now: int) -> tuple[MemoryRecord, list[ImportNote]]:
    """Make a memory of another program's note, and say what did not fit. Raises InvalidField."""
    facts, notes = note.facts, list(note.notes)
    created_at, created_by = note.created
    updated_at, updated_by = note_head.moment(facts, note_head.UPDATED)
    properties = note_head.properties(facts, (created_by, updated_by))
    text = note.text.strip()
    if properties is None:
        notes.append(ImportNote(note.path, LONG_HEAD))
        properties, text = NO_METADATA, f"{_head_as_text(facts)}\n{text}".strip()
    if not text:
        notes.append(ImportNote(note.path, EMPTY))
        text = note.title
    tags, left_out = _fitting(clean_tags((*note_head.tags(facts), *note.markup.tags)))
    if left_out:
        notes.append(ImportNote(note.path, TAGS_LEFT_OUT, ", ".join(left_out)[:200]))
    record = external.memory(
        NAME,
        note.permalink or note.path,
        now,
        text=text,
        title=note.title,
        type_=note_head.line(facts.get("type"))[:MAX_LABEL] or "note",
        tags=tags,
        created_at=created_at,
        updated_at=updated_at,
        metadata=properties,
    )
    return replace(record, is_title_derived=not note.given_title), notes


def entry(note: Note, record: MemoryRecord, folder: str) -> SourceEntry:
    """Return by what a note can be known again; `folder` is the zip's, which paths are without.

    Earlier releases knew a note by permalink or path with that folder, and by its time.
    """
    id_ = note_head.line(note.facts.get("id"))
    names = [("id", id_), ("permalink", note.permalink), ("path", note.path)]
    digest = digest_of(record.memory.content.text.strip())
    keys = [_key(kind, value) for kind, value in names if value]
    times = {None, note.created[0], note_head.moment(note.facts, ("created",))[0]}
    older = [
        external.memory_id(NAME, key, at)
        for key in dict.fromkeys((note.permalink, note.path, f"{folder}{note.path}"))
        for at in times
        if key
    ]
    if _UUID.fullmatch(id_):
        older.insert(0, id_)
    is_ours = record.base_version > 0 or record.memory.id == id_
    return SourceEntry(record.memory.id, (*keys, f"text:{digest}"), tuple(older), is_ours)


def _key(kind: str, value: str) -> str:
    """Return a key that an index can hold."""
    if len(value) > _MAX_KEY_CHARACTERS or not value.isprintable():
        value = sha256(value.encode(errors="surrogatepass")).hexdigest()
    return f"{kind}:{value}"


def _head_as_text(facts: front_matter.Facts) -> str:
    return f"---\n{front_matter.dump(facts)}---\n"


def _fitting(tags: tuple[str, ...]) -> tuple[list[str], list[str]]:
    fitting = [tag for tag in tags if len(tag) <= MAX_LABEL]
    kept = fitting[:MAX_TAGS]
    return kept, [tag for tag in tags if tag not in kept]


def _own_tags(facts: front_matter.Facts) -> Iterator[str]:
    """Yield the tags as they are now, each by its label if it was written for one."""
    labels: dict[str, list[str]] = {}
    for label in json_fields.texts(facts, "labels"):
        labels.setdefault(obsidian_tag(label), []).append(label)
    for tag in note_head.texts(facts.get("tags")):
        yield from labels.pop(tag, [tag])


def _property_links(name: str, value: Any) -> Iterator[note_markup.Link]:
    """Yield links among properties: their type is the property's name."""
    value = _unquoted_link(value) or value
    for item in value if isinstance(value, list) else [value]:
        text = _unquoted_link(item) or item
        if isinstance(text, str) and "[[" in text and name not in ALIASES:
            for target in _WIKI_VALUE.findall(text):
                if found := note_markup.name_of(target):
                    yield note_markup.Link(name[:MAX_LABEL], found)


def _unquoted_link(value: Any) -> str | None:
    """Return the link that `[[Note]]` without quotes is, which YAML takes for a list in a list."""
    match value:
        case [[str(name)]]:
            return f"[[{name}]]"
        case _:
            return None


def _logseq_properties(text: str) -> dict[str, str]:
    """Return the properties of a page: lines `name:: value` at its beginning."""
    found: dict[str, str] = {}
    for line in text.lstrip().splitlines():
        pair = _LOGSEQ_PROPERTY.fullmatch(line.strip())
        if pair is None:
            break
        found[pair[1]] = pair[2]
    return found


def _spoken(year: int, month: int, day: int) -> str:
    """Return a day as Logseq calls its page: May 1st, 2021."""
    suffix = _DAY_SUFFIXES.get(day, "th")
    try:
        return datetime(year, month, day, tzinfo=UTC).strftime(f"%b {day}{suffix}, %Y")
    except ValueError:
        return ""
