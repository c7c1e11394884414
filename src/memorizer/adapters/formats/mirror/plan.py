"""What has to be written so that the mirror is as the memories are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.formats import markdown
from memorizer.adapters.formats.mirror.files import MirrorFiles, digest
from memorizer.adapters.formats.mirror.ledger import Entry
from memorizer.adapters.formats.output_files import Names
from memorizer.domain.memories import Memory
from memorizer.domain.records import MemorySummary
from memorizer.ports.mirror import MirrorContents

BATCH: Final = 100
"""Notes between two looks at whether to stop; their texts are held in memory."""
ABOUT: Final = "MIRROR.md"
"""The file that says what the folder is."""
MAX_DIGESTS: Final = 4
"""Of what interrupted runs may have left at one path."""
FORMAT: Final = 1
"""Raised when the form of notes changes: all are compared then."""


@dataclass(frozen=True, slots=True)
class PlannedNote:
    """A note to be written."""

    path: str
    memory_id: str
    stamp: str
    content: bytes
    digest: str

    def intent(self, before: str) -> Entry:
        """Return the entry before it is written."""
        digests = [self.digest, *before.split()][:MAX_DIGESTS]
        return Entry(self.path, self.memory_id, "", " ".join(digests))

    def entry(self, size: int, mtime_ns: int) -> Entry:
        """Return the entry once it is written."""
        return Entry(self.path, self.memory_id, self.stamp, self.digest, size, mtime_ns)


class Plan:
    """Compares memories with the ledger.

    A memory keeps its name as long as its title allows it, whatever comes and goes beside it.
    """

    def __init__(
        self,
        contents: MirrorContents,
        entries: dict[str, Entry],
        files: MirrorFiles,
        *,
        verify: bool,
    ) -> None:
        self._contents = contents
        self._entries = entries
        self._files = files
        self._verify = verify
        self._names = Names(self._is_free, reserved=[ABOUT.removesuffix(markdown.ENDING)])
        self._summaries = {each.id: each for each in contents.summaries}
        self._choose_names()
        self._wanted = {self._path(each): each for each in contents.summaries}
        folded = {path.casefold() for path in self._wanted}
        gone = [path for path in entries if path not in self._wanted]
        self.renamed_in_place = [path for path in gone if path.casefold() in folded]
        """Names that differ from new ones by case alone: some file systems take both for one."""
        self.gone = [path for path in gone if path.casefold() not in folded]

    def batches(self) -> Iterator[list[PlannedNote]]:
        """Yield the notes that are missing, or not as they should be."""
        stamps = {path: self._stamp(each) for path, each in self._wanted.items()}
        todo = [path for path, stamp in stamps.items() if not self._is_done(path, stamp)]
        for first in range(0, len(todo), BATCH):
            paths = {self._wanted[path].id: path for path in todo[first : first + BATCH]}
            yield [
                self._note(memory, paths[memory.id], stamps[paths[memory.id]])
                for memory in self._contents.fetch([*paths])
            ]

    def known(self, path: str) -> Entry | None:
        """Return what was written at a path before."""
        return self._entries.get(path)

    def digests(self, path: str) -> str:
        """Return the digests that our file at this path may have; empty for none."""
        entry = self._entries.get(path)
        return entry.digests if entry is not None and entry.was_written else ""

    def _choose_names(self) -> None:
        """Let memories keep their names, and give names to the others."""
        stems = {
            entry.memory_id: path.rpartition("/")[2].removesuffix(markdown.ENDING)
            for path, entry in sorted(self._entries.items(), key=lambda item: bool(item[1].stamp))
        }
        kept = {
            id_
            for id_, stem in stems.items()
            if id_ in self._summaries and self._names.keep(id_, self._summaries[id_].name, stem)
        }
        for each in self._contents.summaries:
            if each.id not in kept:
                self._names.add(each.id, each.name)

    def _is_free(self, memory_id: str, name: str) -> bool:
        """Whether no file of somebody else has the name that a memory is to get."""
        path = self._path_of(self._summaries[memory_id], name)
        entry = self._entries.get(path)
        is_ours = entry is not None and entry.was_written
        return is_ours or self._files.is_free(path, memory_id)

    def _path(self, summary: MemorySummary) -> str:
        return self._path_of(summary, self._names[summary.id])

    def _path_of(self, summary: MemorySummary, name: str) -> str:
        workspace = self._workspace(summary.workspace_id)
        return markdown.file_path(workspace, name, is_archived=summary.archived_at is not None)

    def _workspace(self, workspace_id: str | None) -> str | None:
        return None if workspace_id is None else self._contents.workspaces[workspace_id]

    def _targets(self, memory_id: str) -> list[tuple[str, str]]:
        links = self._contents.links.get(memory_id, ())
        return [(type_, self._names[to_id]) for type_, to_id in links]

    def _stamp(self, summary: MemorySummary) -> str:
        """Return what differs whenever the note does."""
        shown = (self._workspace(summary.workspace_id), self._targets(summary.id))
        return digest(json.dumps([FORMAT, summary, *shown]).encode())

    def _is_done(self, path: str, stamp: str) -> bool:
        entry = self._entries.get(path)
        if entry is None or entry.stamp != stamp:
            return False
        return not self._verify or self._files.is_as_written(entry)

    def _note(self, memory: Memory, path: str, stamp: str) -> PlannedNote:
        workspace = self._workspace(memory.workspace_id)
        content = markdown.note(memory, workspace, self._targets(memory.id))
        return PlannedNote(path, memory.id, stamp, content, digest(content))
