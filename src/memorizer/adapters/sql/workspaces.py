"""Workspaces, their events, and which memories are where."""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from memorizer.adapters.sql.dialect import AFTER_ALL_IDS, Dialect, Execute, Touch, row_as, rows_as
from memorizer.domain.errors import NotFound, PathTaken
from memorizer.domain.topics import MEMORIES
from memorizer.domain.workspaces import (
    ProjectStatus,
    Workspace,
    WorkspaceCounts,
    WorkspaceEvent,
    WorkspaceEventType,
    WorkspaceKind,
)


class _WorkspaceRow(NamedTuple):
    """The columns of the fragment `workspace_columns`."""

    id: str
    parent_id: str | None
    name: str
    slug: str
    path: str
    kind: str
    created_at: int
    updated_at: int
    description: str
    status: str | None
    victory_conditions: str | None
    archived_at: int | None

    def to_workspace(self) -> Workspace:
        return Workspace(
            self.id,
            self.parent_id,
            self.name,
            self.slug,
            self.path,
            WorkspaceKind(self.kind),
            self.created_at,
            self.updated_at,
            self.description,
            None if self.status is None else ProjectStatus(self.status),
            self.victory_conditions,
            self.archived_at,
        )


class _CountRow(NamedTuple):
    workspace_id: str
    memories: int
    trashed: int


class _EventRow(NamedTuple):
    id: str
    workspace_id: str
    type: str
    data: str
    actor: str
    at: int

    def to_event(self) -> WorkspaceEvent:
        return WorkspaceEvent(
            self.id,
            self.workspace_id,
            WorkspaceEventType(self.type),
            json.loads(self.data),
            self.actor,
            self.at,
        )


class WorkspaceRows:
    """Implements ports.workspaces.Workspaces."""

    def __init__(
        self,
        execute: Execute,
        touch: Touch,
        dialect: Dialect,
        *,
        enter_scope: Callable[[str], object] | None = None,
    ) -> None:
        """`enter_scope` adds a new workspace to the scope of the transaction, if it has one."""
        self._execute = execute
        self._enter_scope = enter_scope
        self._touch = touch
        self._dialect = dialect
        self._statements = dialect.statements

    def lock(self) -> None:
        if self._dialect.workspaces_lock:
            self._execute(self._dialect.workspaces_lock)

    def get(self, ref: str) -> Workspace:
        row = row_as(_WorkspaceRow, self._execute(self._statements["get_workspace"], (ref, ref)))
        if row is None:
            raise NotFound("workspace", ref)
        return row.to_workspace()

    def hold(self, ref: str) -> str:
        row = self._execute(self._statements["hold_workspace"], (ref, ref)).fetchone()
        if row is None:
            raise NotFound("workspace", ref)
        return str(row[0])

    def exists(self, ref: str) -> bool:
        return self._execute(self._statements["get_workspace"], (ref, ref)).fetchone() is not None

    def list_all(self) -> list[Workspace]:
        rows = self._execute(self._statements["list_workspaces"])
        return [row.to_workspace() for row in rows_as(_WorkspaceRow, rows)]

    def add(self, workspace: Workspace) -> None:
        self._require_free(workspace)
        self._execute(
            self._statements["insert_workspace"],
            (
                workspace.id,
                workspace.parent_id,
                workspace.name,
                workspace.slug,
                workspace.path,
                workspace.kind,
                workspace.created_at,
                workspace.updated_at,
                workspace.description,
                workspace.status,
                workspace.victory_conditions,
                workspace.archived_at,
            ),
        )
        if self._enter_scope is not None:
            self._enter_scope(workspace.id)
        self._touch(MEMORIES)

    def update(self, workspace: Workspace) -> None:
        before = self.get(workspace.id)
        if before.path != workspace.path:
            self._require_free(workspace)
        self._execute(
            self._statements["update_workspace"],
            (
                workspace.parent_id,
                workspace.name,
                workspace.slug,
                workspace.path,
                workspace.kind,
                workspace.updated_at,
                workspace.description,
                workspace.status,
                workspace.victory_conditions,
                workspace.archived_at,
                workspace.id,
            ),
        )
        if before.path != workspace.path:
            start = f"{before.path}/"
            self._execute(
                self._statements["move_paths"],
                (f"{workspace.path}/", len(start) + 1, len(start), start),
            )
        self._touch(MEMORIES)

    def remove(self, workspace_id: str) -> None:
        self._execute(self._statements["delete_workspace"], (workspace_id,))
        self._touch(MEMORIES)

    def counts(self) -> Mapping[str, WorkspaceCounts]:
        rows = rows_as(_CountRow, self._execute(self._statements["count_by_workspace"]))
        return {
            row.workspace_id: WorkspaceCounts(int(row.memories), int(row.trashed)) for row in rows
        }

    def memory_ids(self, workspace_id: str, *, trashed: bool, limit: int) -> list[str]:
        rows = self._execute(
            self._statements["list_ids_in_workspace"], (workspace_id, int(trashed), limit)
        )
        return [str(id_) for (id_,) in rows]

    def place(self, memory_id: str, workspace_id: str | None) -> None:
        self._execute(self._statements["place_memory"], (workspace_id, workspace_id, memory_id))
        self._touch(MEMORIES)

    def add_event(self, event: WorkspaceEvent) -> None:
        self._execute(
            self._statements["insert_workspace_event"],
            (
                event.id,
                event.workspace_id,
                event.type,
                json.dumps(event.data, ensure_ascii=False),
                event.actor,
                event.at,
            ),
        )

    def events(
        self, workspace_id: str, *, before: str | None = None, limit: int
    ) -> list[WorkspaceEvent]:
        rows = self._execute(
            self._statements["list_workspace_events"],
            (workspace_id, AFTER_ALL_IDS if before is None else before, limit),
        )
        return [row.to_event() for row in rows_as(_EventRow, rows)]

    def _require_free(self, workspace: Workspace) -> None:
        """Raise Conflict if the path is taken; below a visible workspace, every path is visible."""
        if self.exists(workspace.path):
            raise PathTaken(workspace.path)
