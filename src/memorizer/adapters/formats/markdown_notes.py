"""A folder or zip of notes: Obsidian, basic-memory, Logseq, Joplin, Hugo, Jekyll, our own export.

As read in basicmachines-co/basic-memory, markdown/entity_parser.py and markdown/plugins.py (2026):
front matter with title, type, permalink, tags, created, modified; relations are list items
`- type [[Target]] (context)`, the type in quotes where it has blanks; every other link is one of
type `links_to`. All words that begin with # outside of code are tags.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from memorizer.adapters.formats import external, notes
from memorizer.adapters.formats.archive import FileList, open_files
from memorizer.adapters.formats.note_markup import Link
from memorizer.adapters.formats.note_names import NoteNames, is_note
from memorizer.adapters.formats.notes import NAME, Note
from memorizer.adapters.formats.workspaces import NamedWorkspaces
from memorizer.domain.errors import InvalidField
from memorizer.domain.records import (
    ExpectedRecords,
    ImportNote,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RejectedRecord,
    SourceEntry,
    SourceListing,
)

LEFT_OUT = "files that are no notes were left out"
NO_TARGET = "a link leads to a note that is not in these files; it stays in the text"
_MAX_KEPT_CHARACTERS = 16_000_000
"""Of notes that are kept between the passes; those beyond are read again."""
_LOGSEQ = "logseq/config.edn"
_LOGSEQ_BACKUPS = ("logseq/bak/", "logseq/version-files/")


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield a memory for each note, then a relationship for each link between them."""
    with open_files(path) as files:
        yield from _Reader(files, now).read()


@dataclass(slots=True)
class _Made:
    """What a note became."""

    record: MemoryRecord
    notes: list[ImportNote]
    links: list[Link]
    workspace: str | None
    """The path of its workspace, if it says one."""


class _Reader:
    """Reads notes in passes: all names, their memories, their links."""

    def __init__(self, files: FileList, now: int) -> None:
        self._now = now
        self._folder = files.folder
        self._is_logseq = any(name == _LOGSEQ for name, _ in files)
        used = [file for file in files if not self._is_backup(file[0])]
        self._others = [name for name, _ in used if not is_note(name)]
        self._files = dict(file for file in used if is_note(file[0]))
        self._names = NoteNames()
        self._kept: dict[str, _Made] = {}
        self._kept_characters = 0
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()
        """The ids in `_ids`."""
        self._links: dict[str, list[Link]] = {}
        self._workspaces = NamedWorkspaces(now)

    def read(self) -> Iterator[Reading]:
        for name in self._others:
            self._names.add_file(name)
        entries, rejected = self._list()
        yield SourceListing(NAME, tuple(entries))
        yield ExpectedRecords(len(entries))
        yield from rejected
        if self._others:
            yield ImportNote("the files", LEFT_OUT, _endings(self._others))
        for name in self._ids:
            yield from self._memory(name)
        # as many links as there are at most: one that is there twice, or leads nowhere, is none
        links_in_all = sum(len(links) for links in self._links.values())
        yield ExpectedRecords(len(self._ids) + links_in_all)
        for name, links in self._links.items():
            yield from self._relationships(name, links)

    def _is_backup(self, name: str) -> bool:
        return self._is_logseq and name.startswith(_LOGSEQ_BACKUPS)

    def _list(self) -> tuple[list[SourceEntry], list[RejectedRecord]]:
        """Read all notes a first time: their names, and who they are."""
        entries: list[SourceEntry] = []
        rejected: list[RejectedRecord] = []
        for name in self._files:
            try:
                note = self._note(name)
                if note.is_about_mirror:
                    continue
                made = self._make(note)
            except InvalidField as error:
                rejected.append(RejectedRecord(name, str(error)))
                continue
            self._ids[name] = made.record.memory.id
            self._taken.add(made.record.memory.id)
            entries.append(notes.entry(note, made.record, self._folder))
            self._names.add(name, title=note.title, permalink=note.permalink, aliases=note.aliases)
            if self._kept_characters < _MAX_KEPT_CHARACTERS:
                self._kept[name] = made
                self._kept_characters += len(note.text)
        return entries, rejected

    def _note(self, name: str) -> Note:
        return notes.read(name, self._files[name], is_logseq=self._is_logseq)

    def _make(self, note: Note) -> _Made:
        """Make a memory with an id that no other note of these files has."""
        workspace = note.workspace
        record, said = _made(note, self._now)
        if record.memory.id in self._taken:  # a copy of a file, with its head
            record, said = notes.foreign(note, self._now)
        if record.memory.id in self._taken:
            id_ = external.memory_id(NAME, f"{note.permalink} in {note.path}", None)
            record = replace(record, memory=replace(record.memory, id=id_))
        return _Made(record, said, note.markup.links, workspace)

    def _memory(self, name: str) -> Iterator[Reading]:
        made = self._kept.pop(name, None)
        if made is None:
            self._taken.discard(self._ids[name])
            try:
                made = self._make(self._note(name))
            except InvalidField as error:  # it was changed meanwhile
                yield RejectedRecord(name, str(error))
                return
            finally:
                self._taken.add(self._ids[name])
        self._links[name] = made.links
        yield from made.notes
        record, memory = made.record, made.record.memory
        if memory.id != self._ids[name]:
            memory = replace(memory, id=self._ids[name])
        if made.workspace is not None:
            slugs = [(slug, slug) for slug in made.workspace.split("/")]
            yield from self._workspaces.records(name, slugs)
            memory = replace(memory, workspace_id=self._workspaces.id_of(made.workspace))
        yield ParsedRecord(
            name, record if memory is record.memory else replace(record, memory=memory)
        )

    def _relationships(self, name: str, links: list[Link]) -> Iterator[Reading]:
        from_id = self._ids[name]
        made: set[tuple[str, str]] = set()
        for link in dict.fromkeys(links):
            target = self._names.find(link, name)
            if target is None:
                if self._is_missing(link):
                    yield ImportNote(name, NO_TARGET, link.target[:100])
                continue
            to_id = self._ids[target]
            if to_id == from_id or (link.type, to_id) in made:
                continue  # a note may well link to its own headings
            made.add((link.type, to_id))
            yield external.try_make(
                name, external.relationship, NAME, from_id, to_id, link.type, at=self._now
            )

    def _is_missing(self, link: Link) -> bool:
        """Whether a link means a note, not another file or a part of a web site."""
        if self._names.is_other_file(link):
            return False
        return is_note(link.target) or not link.is_path


def _made(note: Note, now: int) -> tuple[MemoryRecord, list[ImportNote]]:
    if note.is_ours:
        try:
            return notes.ours(note), list(note.notes)
        except InvalidField:  # another program has changed its head
            pass
    return notes.foreign(note, now)


def _endings(names: list[str]) -> str:
    counts = Counter(Path(name).suffix.lower() or "without an ending" for name in names)
    return ", ".join(f"{count:,} {ending}" for ending, count in counts.most_common(8))
