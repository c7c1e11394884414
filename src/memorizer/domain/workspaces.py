"""Workspaces and projects: one tree, what may be seen of it, and how its nodes are named.

A memory lives in one workspace or in none ("unfiled"). A project is a workspace with a status and
victory conditions. A workspace is named by its id or by its path, `acme/billing-api`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final
from unicodedata import category, normalize
from uuid import UUID

from memorizer.domain.auth import Identity, Scope
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import JsonObject, check_text

MAX_NAME: Final = 200
MAX_SLUG: Final = 100
MAX_PATH: Final = 1_000
MAX_DEPTH: Final = 8
MAX_DESCRIPTION: Final = 10_000
UNFILED: Final = "unfiled"
"""Names, where a workspace is expected, the memories that are in none."""
RESERVED_SLUGS: Final = frozenset({UNFILED, "auto", "all", "events", "move"})
"""With a meaning of their own, in requests or at the end of addresses."""

_LETTERS_MARKS_DIGITS: Final = ("L", "M", "N")  # marks: without them most Indic words fall apart
_SHOWN_FIELDS: Final = {
    "name": "name",
    "slug": "slug",
    "path": "path",
    "description": "description",
    "status": "status",
    "victory_conditions": "victoryConditions",
}
_PUNCTUATION: Final = frozenset("-._")


class WorkspaceKind(StrEnum):
    """What a node of the tree is."""

    WORKSPACE = "workspace"
    PROJECT = "project"


class ProjectStatus(StrEnum):
    """How a project stands; its workspace has none otherwise."""

    DRAFT = "draft"
    ACTIVE = "active"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    ARCHIVED = "archived"


class WorkspaceEventType(StrEnum):
    """What happened to a workspace."""

    CREATED = "workspace_created"
    UPDATED = "workspace_updated"
    MOVED = "workspace_moved"
    ARCHIVED = "workspace_archived"
    RESTORED = "workspace_restored"
    DELETED = "workspace_deleted"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A node of the tree. Times are UTC milliseconds; `path` is its slugs from the root."""

    id: str
    parent_id: str | None
    name: str
    slug: str
    path: str
    kind: WorkspaceKind
    created_at: int
    updated_at: int
    description: str = ""
    status: ProjectStatus | None = None
    victory_conditions: str | None = None
    archived_at: int | None = None

    def __post_init__(self) -> None:
        """Check every field. Raises InvalidField."""
        check_text("name", self.name, longest=MAX_NAME)
        check_slug(self.slug)
        if len(self.path) > MAX_PATH:
            raise InvalidField("path", f"at most {MAX_PATH:,} characters, got {len(self.path):,}")
        if self.depth > MAX_DEPTH:
            raise InvalidField("parent", f"the tree is at most {MAX_DEPTH} levels deep")
        for field, value in (
            ("description", self.description),
            ("victoryConditions", self.victory_conditions),
        ):
            if value:
                check_text(field, value, longest=MAX_DESCRIPTION)
        is_project = self.kind is WorkspaceKind.PROJECT
        if (self.status is not None) != is_project:
            raise InvalidField("status", "a project has one, any other workspace has none")
        if self.victory_conditions is not None and not is_project:
            raise InvalidField("victoryConditions", "only a project has them")

    @property
    def depth(self) -> int:
        """How many levels deep it is; 1 at the root."""
        return self.path.count("/") + 1

    def differences(self, after: "Workspace") -> JsonObject:
        """Return what an update changed, old and new, as its event has it."""
        pairs = {
            shown: {"old": getattr(self, name), "new": getattr(after, name)}
            for name, shown in _SHOWN_FIELDS.items()
        }
        changes = {shown: pair for shown, pair in pairs.items() if pair["old"] != pair["new"]}
        return {"changes": changes}


@dataclass(frozen=True, slots=True)
class WorkspaceChange:
    """The fields to change of a workspace; None leaves one as it is."""

    name: str | None = None
    slug: str | None = None
    description: str | None = None
    status: ProjectStatus | None = None
    victory_conditions: str | None = None

    def apply(self, before: Workspace, parent_path: str | None) -> Workspace:
        """Return the workspace with the changes; a status makes a project of it.

        Raises InvalidField.
        """
        slug = before.slug if self.slug is None else self.slug
        status = before.status if self.status is None else self.status
        conditions = self.victory_conditions
        return replace(
            before,
            name=before.name if self.name is None else self.name.strip(),
            slug=slug,
            path=path_of(slug, parent_path),
            kind=before.kind if status is None else WorkspaceKind.PROJECT,
            description=before.description if self.description is None else self.description,
            status=status,
            victory_conditions=before.victory_conditions if conditions is None else conditions,
        )


@dataclass(frozen=True, slots=True)
class WorkspaceEvent:
    """A change of a workspace, written in the same transaction."""

    id: str
    workspace_id: str
    type: WorkspaceEventType
    data: JsonObject
    actor: str
    at: int

    def without_origin(self) -> "WorkspaceEvent":
        """Leave out where a workspace was before: there the reader may see nothing."""
        return replace(self, data={key: self.data[key] for key in self.data if key != "from"})


@dataclass(frozen=True, slots=True)
class WorkspaceCounts:
    """How many memories are directly in a workspace; archived ones count as live."""

    memories: int = 0
    trashed: int = 0


@dataclass(frozen=True, slots=True)
class WorkspaceScope:
    """What a transaction may see and change; an empty one sees nothing.

    The ids are roots: the workspaces below them, at the time of the transaction, belong to it too.
    """

    ALL: ClassVar["WorkspaceScope"]
    """Everything, unfiled memories too."""

    readable: frozenset[str] = frozenset()
    writable: frozenset[str] = frozenset()
    unfiled: bool = False
    """Whether memories in no workspace belong to it, for reading and writing."""
    is_all: bool = False


WorkspaceScope.ALL = WorkspaceScope(unfiled=True, is_all=True)


def scope_of(identity: Identity | None) -> WorkspaceScope:
    """Return what a caller may see and change; everything for one who is not bound."""
    if identity is None or identity.grants is None:
        return WorkspaceScope.ALL
    writable = {
        grant.workspace_id
        for grant in identity.grants
        if grant.scope.covers(Scope.WRITE) and identity.scope.covers(Scope.WRITE)
    }
    return WorkspaceScope(
        frozenset(grant.workspace_id for grant in identity.grants), frozenset(writable)
    )


def slug_of(name: str) -> str:
    """Return the slug of a name: lower case, and `-` for all but letters, digits and `-._`.

    Raises InvalidField if nothing is left of it.
    """
    folded = normalize("NFKC", normalize("NFKC", name).casefold())
    kept = "".join(character if _is_of_slug(character) else "-" for character in folded)
    slug = re.sub("-{2,}", "-", kept).strip("-.")[:MAX_SLUG].strip("-.")
    if not slug:
        raise InvalidField("name", "has no letter or digit to make a slug of; send a slug too")
    return slug


def check_slug(slug: str) -> None:
    """Raise InvalidField unless this is a slug that a workspace may have."""
    if slug in RESERVED_SLUGS:
        raise InvalidField("slug", f"{slug!r} has a meaning of its own; take another")
    if is_id(slug):
        raise InvalidField("slug", "has the form of an id, which it would be taken for")
    if not slug or slug != _cleaned(slug):
        raise InvalidField(
            "slug",
            f"letters in lower case, digits and `-._`, at most {MAX_SLUG}, no `.` or `-` at an end",
        )


def parse_ref(ref: str, *, field: str = "workspace") -> str:
    """Return the id or path that a reference names, or `unfiled`. Raises InvalidField."""
    if is_id(ref):
        return ref.lower()
    path = _folded(ref)
    return path if path == UNFILED else parse_path(ref, field=field)


def parse_path(text: str, *, field: str = "workspace") -> str:
    """Return the path that a text names. Raises InvalidField."""
    path = _folded(text)
    try:
        for slug in path.split("/"):
            check_slug(slug)
    except InvalidField as error:
        raise InvalidField(
            field, f"neither an id nor a path such as `acme/billing-api` ({error.problem})"
        ) from error
    if len(path) > MAX_PATH:
        raise InvalidField(field, f"a path has at most {MAX_PATH:,} characters")
    return path


def is_id(ref: str) -> bool:
    """Whether this has the form of an id."""
    try:
        return str(UUID(ref)) == ref.lower()
    except ValueError:
        return False


def path_of(slug: str, parent_path: str | None) -> str:
    """Return the path of a workspace with this slug below its parent, or at the root."""
    return slug if parent_path is None else f"{parent_path}/{slug}"


def is_within(path: str, roots: Iterable[str]) -> bool:
    """Whether a path is one of these or below one of them."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


def _folded(text: str) -> str:
    return normalize("NFKC", normalize("NFKC", text).casefold())


def _cleaned(slug: str) -> str | None:
    try:
        return slug_of(slug)
    except InvalidField:
        return None


def _is_of_slug(character: str) -> bool:
    return character in _PUNCTUATION or category(character)[0] in _LETTERS_MARKS_DIGITS
