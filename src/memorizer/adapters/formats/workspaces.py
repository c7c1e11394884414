"""Workspaces that files name by paths, or by ids and names of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from memorizer.adapters.formats.markdown import ARCHIVE
from memorizer.domain.errors import InvalidField
from memorizer.domain.records import (
    UNKNOWN_TIME_MS,
    MemoryRecord,
    ParsedRecord,
    Reading,
    WorkspaceRecord,
    derived_id,
)
from memorizer.domain.workspaces import (
    MAX_DEPTH,
    MAX_NAME,
    RESERVED_SLUGS,
    Workspace,
    WorkspaceKind,
    is_id,
    path_of,
    slug_of,
)

_SOURCE: Final = "path"


@dataclass(slots=True)
class NamedWorkspaces:
    """Workspaces that are known by their paths alone; each is yielded once, from the root down."""

    now: int
    _ids: dict[str, str] = field(default_factory=dict)

    def records(self, place: str, names: list[tuple[str, str]]) -> Iterator[ParsedRecord]:
        """Yield new ones on the way down; each is a slug and a name. Raises InvalidField."""
        parent_id, path = None, None
        for slug, name in names:
            path = path_of(slug, path)
            if path not in self._ids:
                id_ = derived_id(UNKNOWN_TIME_MS, _SOURCE, "workspace", path)
                kind = WorkspaceKind.WORKSPACE
                made = Workspace(id_, parent_id, name, slug, path, kind, self.now, self.now)
                self._ids[path] = id_
                yield ParsedRecord(place, WorkspaceRecord(made, has_own_id=False))
            parent_id = self._ids[path]

    def id_of(self, path: str) -> str:
        """Return the id that stands for a path in this file."""
        return self._ids[path]


def in_folders(readings: Iterator[Reading], now: int) -> Iterator[Reading]:
    """Put every note that is in no workspace into that of its folder; its place is its path.

    Folders beyond the deepest level count as the one above, and those without a letter or digit in
    their names are passed over.
    """
    workspaces = NamedWorkspaces(now)
    for reading in readings:
        match reading:
            case ParsedRecord(place, MemoryRecord(memory) as record) if memory.workspace_id is None:
                names = _folders(place, is_archived=memory.archived_at is not None)
                if names:
                    yield from workspaces.records(place, names)
                    id_ = workspaces.id_of("/".join(slug for slug, _ in names))
                    record = replace(record, memory=replace(memory, workspace_id=id_))
                yield ParsedRecord(place, record)
            case _:
                yield reading


def slug_from(name: str) -> str | None:
    """Return a slug of any name; None where nothing is left of it."""
    try:
        slug = slug_of(name)
    except InvalidField:
        return None
    return f"{slug[:90]}_" if slug in RESERVED_SLUGS or is_id(slug) else slug


def storable(text: str) -> str:
    """Return a text without what databases refuse: NUL and lone surrogates."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _folders(place: str, *, is_archived: bool) -> list[tuple[str, str]]:
    parts = place.split("/")[:-1]
    if is_archived and parts[-1:] == [ARCHIVE]:
        parts.pop()
    named = [(slug_from(part), storable(part)[:MAX_NAME].strip()) for part in parts]
    return [(slug, name) for slug, name in named if slug is not None][:MAX_DEPTH]
