"""Workspaces and projects of petabridge's Memorizer.

As read in petabridge/memorizer, WorkspaceController.cs and ProjectController.cs (2.x):
`{workspaces: [{id, name, slug, description, isSystem, createdAt, updatedAt}]}`; one workspace is
`{id, …, projects: [{id, name, slug, description, status}], childWorkspaces: [{id, …}]}`;
`{projects: [{id, workspaceId, parentId, …, status, victoryConditions}]}`. Names of statuses are
without the underscore. The two system workspaces stand for no workspace.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from memorizer.adapters.formats import json_fields
from memorizer.adapters.formats.json_stream import Item, items
from memorizer.adapters.formats.workspaces import slug_from, storable
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import (
    ImportNote,
    ParsedRecord,
    Reading,
    RejectedRecord,
    WorkspaceRecord,
)
from memorizer.domain.workspaces import (
    MAX_DEPTH,
    MAX_DESCRIPTION,
    MAX_NAME,
    ProjectStatus,
    Workspace,
    WorkspaceKind,
    path_of,
)

SYSTEM: Final = frozenset(
    {"00000000-0000-0000-0000-000000000000", "11111111-1111-1111-1111-111111111111"}
)
NOT_LISTED: Final = (
    "memories of a workspace or project that the file does not list are in one named by its id; "
    "add the replies of /api/workspace and /api/project to the file"
)
TOO_DEEP: Final = "a workspace below the deepest level counts as the one above it"
_LISTS: Final = ("workspaces", "childWorkspaces", "projects", "childProjects")
_STATUSES: Final = {status.replace("_", ""): status for status in ProjectStatus}


@dataclass(frozen=True, slots=True)
class Owner:
    """What a memory belongs to."""

    id: str
    kind: WorkspaceKind


@dataclass(slots=True)
class _Listed:
    """A workspace or project of the file."""

    place: str
    kind: WorkspaceKind
    parent_id: str | None
    record: JsonObject


@dataclass(slots=True)
class Workspaces:
    """The workspaces of a file, and what has to be said of them."""

    readings: list[Reading] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    """Ours by theirs."""

    def of(self, owner: Owner | None) -> str | None:
        """Return the id of the workspace that an owner became; None for no owner."""
        return None if owner is None else self.ids[owner.id]


def owner(record: JsonObject) -> Owner | None:
    """Return what a memory belongs to; None where it is unfiled. Raises InvalidField."""
    if record.get("owner") is None:
        return None
    found = json_fields.as_object("owner", record["owner"])
    type_, id_ = found.get("type"), _uuid(found, "id")
    is_project = type_ == 1 or (isinstance(type_, str) and type_.lower() == "project")
    kind = WorkspaceKind.PROJECT if is_project else WorkspaceKind.WORKSPACE
    return None if id_ in SYSTEM else Owner(id_, kind)


def read(path: Path, now: int) -> Workspaces:
    """Read all workspaces of a file, parents first, and those that only its memories name."""
    tree = _Tree(now)
    with path.open("rb") as file:
        outer: str | None = None
        """The id of the workspace whose projects and children come."""
        for item in items(file):
            if not isinstance(item, Item):
                continue
            if item.key == "id" and isinstance(item.value, str):
                outer = item.value.lower()
            elif item.key in _LISTS:
                inside = None if item.key == "workspaces" else outer
                tree.list(item, inside)
            elif item.key in (None, "memories"):
                tree.mention(item)
    return tree.made()


class _Tree:
    """Collects workspaces, and makes ours of them."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._listed: dict[str, _Listed] = {}
        self._mentioned: dict[str, tuple[str, Owner]] = {}
        self._made: dict[str, Workspace] = {}
        self._paths: set[str] = set()
        self._result = Workspaces()

    def list(self, item: Item, outer: str | None) -> None:
        """Take one of a list; `outer` has it, unless it says otherwise."""
        is_project = str(item.key).lower().endswith("projects")
        kind = WorkspaceKind.PROJECT if is_project else WorkspaceKind.WORKSPACE
        try:
            record = json_fields.as_object("workspace", item.value)
            id_ = _uuid(record, "id")
            given = record.get("parentId") or record.get("workspaceId") or outer
            parent = given.lower() if isinstance(given, str) else None
        except InvalidField as error:
            self._result.readings.append(RejectedRecord(item.place, str(error)))
            return
        known = self._listed.get(id_)
        if id_ in SYSTEM or (known is not None and parent is None):
            return
        merged = {**(known.record if known else {}), **record}
        place = known.place if known else item.place
        self._listed[id_] = _Listed(place, kind, None if parent in SYSTEM else parent, merged)

    def mention(self, item: Item) -> None:
        """Take the owner of a memory."""
        try:
            found = owner(item.value) if isinstance(item.value, dict) else None
        except InvalidField:
            return  # which is said of the memory
        if found is not None:
            self._mentioned.setdefault(found.id, (item.place, found))

    def made(self) -> Workspaces:
        """Return the workspaces, parents before their children."""
        for id_, (place, found) in self._mentioned.items():
            if id_ not in self._listed:
                self._result.readings.append(ImportNote(place, NOT_LISTED, id_))
                name = f"{found.kind} {id_[:8]}"
                record = {"id": id_, "name": name}
                self._listed[id_] = _Listed(place, found.kind, None, record)
        for id_ in self._listed:
            self._make(id_, ())
        return self._result

    def _make(self, id_: str, below: tuple[str, ...]) -> Workspace | None:
        """Return ours, made if it is not yet; None for what the file does not list."""
        listed = self._listed.get(id_)
        if id_ in self._made or listed is None or id_ in below:
            return self._made.get(id_)
        parent = None
        if listed.parent_id is not None:
            parent = self._make(listed.parent_id, (*below, id_))
        if parent is not None and parent.depth == MAX_DEPTH:
            self._result.readings.append(ImportNote(listed.place, TOO_DEEP, id_))
            made = parent
        else:
            made = self._workspace(id_, listed, parent)
            self._result.readings.append(ParsedRecord(listed.place, WorkspaceRecord(made)))
        self._made[id_] = made
        self._result.ids[id_] = made.id
        return made

    def _workspace(self, id_: str, listed: _Listed, parent: Workspace | None) -> Workspace:
        record, kind = listed.record, listed.kind
        name = _line(record.get("name"))[:MAX_NAME].strip() or f"{kind} {id_[:8]}"
        slug = slug_from(_line(record.get("slug"))) or slug_from(name) or f"{kind}-{id_[:8]}"
        above = None if parent is None else parent.path
        if path_of(slug, above) in self._paths:
            slug = f"{slug[:80].rstrip('-.')}-{id_[:8]}"
        path = path_of(slug, above)
        self._paths.add(path)
        is_project = kind is WorkspaceKind.PROJECT
        status = _STATUSES.get(_line(record.get("status")).lower().replace("_", ""))
        created_at = _time(record, "createdAt", self._now)
        return Workspace(
            *(id_, None if parent is None else parent.id, name, slug, path, kind),
            created_at,
            _time(record, "updatedAt", created_at),
            _text(record.get("description")),
            (status or ProjectStatus.DRAFT) if is_project else None,
            (_text(record.get("victoryConditions")) or None) if is_project else None,
        )


def _uuid(record: JsonObject, name: str) -> str:
    return json_fields.uuid({name: json_fields.text(record, name).lower()}, name)


def _line(value: Any) -> str:
    return " ".join(_text(value).split())


def _text(value: Any) -> str:
    """Return a description as it may be stored."""
    return storable(value)[:MAX_DESCRIPTION].strip() if isinstance(value, str) else ""


def _time(record: JsonObject, name: str, default: int) -> int:
    try:
        found = json_fields.optional_moment(record, name)
    except InvalidField:
        return default
    return default if found is None else found
