"""The export to Markdown: one file per memory, front matter on top and links at the end.

Folders are the paths of workspaces; archived memories are in a folder `archive` in theirs. It holds
present versions only, to be read with Obsidian or any editor.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from memorizer.adapters.formats import front_matter
from memorizer.adapters.formats.output_files import PRIVATE_FOLDER, Names, create, readable
from memorizer.domain.memories import Memory, Relationship
from memorizer.domain.records import DocumentRecord, MemoryRecord
from memorizer.domain.timestamps import to_iso
from memorizer.domain.workspaces import Workspace

ARCHIVE: Final = "archive"
"""The folder of archived memories, in that of their workspace."""
LINKS: Final = "\n\n<!-- relationships -->\n"
"""Separates text and links; the last one counts, as the text may hold it too."""
ENDING: Final = ".md"

_PLAIN_TYPE: Final = re.compile(r"[\w-]+")
_NOT_IN_TAGS: Final = re.compile(r"[^\w/-]+")
_FIRST_ZIP_DAY: Final = datetime(1980, 1, 1, tzinfo=UTC).timestamp()

Put = Callable[[str, bytes, int], None]
"""Writes a file: its relative path, its content, and its time of change in ms."""


class MarkdownSink:
    """Implements ports.records.Sink."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._names = Names()
        self._paths: dict[str, str] = {}

    def begin(
        self,
        titles: Iterator[tuple[str, str]],
        workspaces: Sequence[Workspace],
        *,
        has_documents: bool = False,
    ) -> None:
        self._paths = {workspace.id: workspace.path for workspace in workspaces}
        for memory_id, title in titles:
            self._names.add(memory_id, title)

    def memory(self, record: MemoryRecord, links: Sequence[Relationship]) -> None:
        memory = record.memory
        workspace = None if memory.workspace_id is None else self._paths[memory.workspace_id]
        path = file_path(
            workspace, self._names[memory.id], is_archived=memory.archived_at is not None
        )
        targets = [(link.type, self._names[link.to_id]) for link in links]
        self._put(path, note(memory, workspace, targets), memory.updated_at)

    def relationship(self, relationship: Relationship) -> None:
        """Do nothing: `memory` writes the outgoing relationships."""

    def document(self, record: DocumentRecord) -> None:
        """Do nothing: each part names its document."""

    def end(self) -> None:
        """Do nothing: all files are written."""


def file_path(workspace: str | None, name: str, *, is_archived: bool) -> str:
    """Return where the note of a memory is: in the folders of its workspace's path."""
    folders = [readable(slug) for slug in (workspace or "").split("/") if slug]
    return "/".join([*folders, *([ARCHIVE] if is_archived else []), f"{name}{ENDING}"])


def note(memory: Memory, workspace: str | None, links: Sequence[tuple[str, str]]) -> bytes:
    """Return the file of a memory; links are types with the names of the notes they lead to."""
    text = memory.content.text
    end = "".join(f"- {_type(type_)} [[{name}]]\n" for type_, name in links)
    parts = f"{LINKS}{end}" if links or LINKS in f"{text}\n" else "\n"
    facts = {**_facts(memory), "workspace": workspace}
    return f"{front_matter.compose(facts)}{text}{parts}".encode()


def into_folder(folder: Path) -> Put:
    """Return a writer of files that only their owner may read, below a folder that is made."""
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)

    def put(path: str, content: bytes, _at: int) -> None:
        target = folder / path
        for part in [*target.relative_to(folder).parents][-2::-1]:  # from the outermost
            (folder / part).mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        with create(target) as out:
            out.write(content)

    return put


def into_zip(archive: ZipFile) -> Put:
    """Return a writer into a zip; equal memories make equal bytes."""

    def put(path: str, content: bytes, at: int) -> None:
        day = datetime.fromtimestamp(max(at / 1000, _FIRST_ZIP_DAY), UTC)
        entry = ZipInfo(path, (min(day.year, 2107), *day.timetuple()[1:6]))
        archive.writestr(entry, content, ZIP_DEFLATED)

    return put


def _facts(memory: Memory) -> dict[str, str | float | Sequence[str] | None]:
    content, archived = memory.content, memory.archived_at
    tags = [obsidian_tag(tag) for tag in content.tags]
    return {
        "id": memory.id,
        "title": content.title,
        "type": content.type,
        "tags": tags,
        "labels": None if tags == list(content.tags) else content.tags,
        "source": content.source,
        "confidence": float(content.confidence),
        "version": memory.version,
        "created": to_iso(memory.created_at),
        "updated": to_iso(memory.updated_at),
        "archived": None if archived is None else to_iso(archived),
        "key": memory.key,
        "pinned": None if memory.pinned_at is None else to_iso(memory.pinned_at),
        # as JSON in a text: front matter is read without types, and Obsidian shows no objects
        "metadata": content.metadata.text if content.metadata else None,
        **{name: None if at is None else to_iso(at) for name, at in asdict(content.times).items()},
    }


def obsidian_tag(tag: str) -> str:
    """Return a tag with hyphens for characters that Obsidian does not allow."""
    return _NOT_IN_TAGS.sub("-", tag).strip("-") or "tag"


def _type(type_: str) -> str:
    return type_ if _PLAIN_TYPE.fullmatch(type_) else front_matter.quoted(type_)
