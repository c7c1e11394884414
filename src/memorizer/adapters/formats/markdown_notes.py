"""A folder or zip of notes: Obsidian, basic-memory, Logseq, Joplin, Hugo, Jekyll, our own export.

As read in basicmachines-co/basic-memory, markdown/entity_parser.py and markdown/plugins.py (2026):
front matter with title, type, permalink, tags, created, modified; relations are list items
`- type [[Target]] (context)`, the type in quotes where it has blanks; every other link is one of
type `links_to`. All words that begin with # outside of code are tags.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from memorizer.adapters.formats import external, notes
from memorizer.adapters.formats.archive import Open, open_files
from memorizer.adapters.formats.note_markup import Link
from memorizer.adapters.formats.note_names import NoteNames, is_note
from memorizer.adapters.formats.notes import NAME, Note
from memorizer.domain.errors import InvalidField
from memorizer.domain.records import (
    ImportNote,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RejectedRecord,
)

LEFT_OUT = "files that are no notes were left out"
NO_TARGET = "a link leads to a note that is not in these files; it stays in the text"
_MAX_KEPT_CHARACTERS = 16_000_000
"""Notes that are kept between the passes; those beyond are read again."""
_LOGSEQ = "logseq/config.edn"
_LOGSEQ_BACKUPS = ("logseq/bak/", "logseq/version-files/")


def read(path: Path, now: int) -> Iterator[Reading]:
    """Yield a memory for each note, then a relationship for each link between them."""
    with open_files(path) as files:
        yield from _Reader(files, now).read()


class _Reader:
    """Reads notes in passes: their names, their memories, their links."""

    def __init__(self, files: list[tuple[str, Open]], now: int) -> None:
        self._now = now
        self._is_logseq = any(name == _LOGSEQ for name, _ in files)
        self._files = [file for file in files if not self._is_backup(file[0])]
        self._names = NoteNames()
        self._kept: dict[str, Note] = {}
        self._kept_characters = 0
        self._ids: dict[str, str] = {}
        self._links: list[tuple[str, list[Link]]] = []

    def read(self) -> Iterator[Reading]:
        others = [name for name, _ in self._files if not is_note(name)]
        self._files = [file for file in self._files if is_note(file[0])]
        for name in others:
            self._names.add_file(name)
        readable: list[tuple[str, Open]] = []
        for name, open_ in self._files:
            try:
                self._add_names(self._note(name, open_))
                readable.append((name, open_))
            except InvalidField as error:
                yield RejectedRecord(name, str(error))
        for name, open_ in readable:
            yield from self._memory(name, open_)
        for name, links in self._links:
            yield from self._relationships(name, links)
        if others:
            yield ImportNote("the files", LEFT_OUT, _endings(others))

    def _is_backup(self, name: str) -> bool:
        return self._is_logseq and name.startswith(_LOGSEQ_BACKUPS)

    def _note(self, name: str, open_: Open) -> Note:
        """Read a note, or take the one that was read before."""
        if (kept := self._kept.pop(name, None)) is not None:
            return kept
        note = notes.read(name, open_, is_logseq=self._is_logseq)
        if self._kept_characters < _MAX_KEPT_CHARACTERS:
            self._kept[name] = note
            self._kept_characters += len(note.text)
        return note

    def _add_names(self, note: Note) -> None:
        self._names.add(note.path, title=note.title, permalink=note.permalink, aliases=note.aliases)

    def _memory(self, name: str, open_: Open) -> Iterator[Reading]:
        try:
            note = self._note(name, open_)
            record, said = _made(note, self._now)
        except InvalidField as error:
            yield RejectedRecord(name, str(error))
            return
        self._ids[name] = record.memory.id
        self._links.append((name, note.markup.links))
        yield from said
        yield ParsedRecord(name, record)

    def _relationships(self, name: str, links: list[Link]) -> Iterator[Reading]:
        from_id = self._ids[name]
        made: set[tuple[str, str]] = set()
        for link in dict.fromkeys(links):
            target = self._names.find(link, name)
            if target is None:
                if not self._names.is_other_file(link) and (
                    is_note(link.target) or not link.is_path
                ):
                    yield ImportNote(name, NO_TARGET, link.target[:100])
                continue
            to_id = self._ids.get(target)  # None: that note was refused, which was said
            if to_id is None or to_id == from_id or (link.type, to_id) in made:
                continue
            made.add((link.type, to_id))
            yield external.try_make(
                name, external.relationship, NAME, from_id, to_id, link.type, at=self._now
            )


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
