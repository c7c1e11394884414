"""Workspaces and projects: creating, changing, moving and deleting them; moving memories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from memorizer.domain.auth import Scope, WorkspaceGrant
from memorizer.domain.errors import (
    InvalidField,
    NotFound,
    PathTaken,
    UnboundTokenNeeded,
    VersionConflict,
    WorkspaceCycle,
    WorkspaceNotEmpty,
)
from memorizer.domain.memories import EventType, Memory
from memorizer.domain.workspaces import (
    UNFILED,
    ProjectStatus,
    Workspace,
    WorkspaceChange,
    WorkspaceCounts,
    WorkspaceEvent,
    WorkspaceEventType,
    WorkspaceKind,
    WorkspaceScope,
    is_id,
    is_within,
    parse_ref,
    path_of,
    slug_of,
)
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.history import ChangeRecorder
from memorizer.services.supersession import Supersessions

BATCH: Final = 200
"""Memories moved in one transaction, each with an event."""
ROOT: Final = ""
"""Names, where a parent is expected, that there is none."""


@dataclass(frozen=True, slots=True)
class WorkspaceNode:
    """A workspace with what is directly in it."""

    workspace: Workspace
    counts: WorkspaceCounts


@dataclass(frozen=True, slots=True)
class WorkspaceService:
    """Creates, lists and changes what the scope shows of the tree."""

    database: Database
    recorder: ChangeRecorder
    clock: Clock
    scope: WorkspaceScope = WorkspaceScope.ALL

    async def tree(self) -> list[WorkspaceNode]:
        """Return all workspaces by path, each with its counts; parents before their children."""

        def transaction(tx: MemoryTransaction) -> list[WorkspaceNode]:
            counts = tx.workspaces.counts()
            return [
                WorkspaceNode(workspace, counts.get(workspace.id, WorkspaceCounts()))
                for workspace in tx.workspaces.list_all()
            ]

        return await self.database.read(transaction)

    async def get(self, ref: str) -> WorkspaceNode:
        """Return a workspace by id or path. Raises NotFound, InvalidField."""
        wanted = parse_ref(ref)

        def transaction(tx: MemoryTransaction) -> WorkspaceNode:
            workspace = tx.workspaces.get(wanted)
            counts = tx.workspaces.counts().get(workspace.id, WorkspaceCounts())
            return WorkspaceNode(workspace, counts)

        return await self.database.read(transaction)

    async def events(
        self, ref: str, *, before: str | None = None, limit: int = 100
    ) -> list[WorkspaceEvent]:
        """Return the events of a workspace, newest first. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> list[WorkspaceEvent]:
            workspace = tx.workspaces.get(parse_ref(ref))
            found = tx.workspaces.events(workspace.id, before=before, limit=limit)
            return found if self.scope.is_all else [event.without_origin() for event in found]

        return await self.database.read(transaction)

    async def create(
        self,
        name: str,
        *,
        actor: str,
        parent: str | None = None,
        slug: str | None = None,
        kind: WorkspaceKind = WorkspaceKind.WORKSPACE,
        description: str = "",
        status: ProjectStatus | None = None,
        victory_conditions: str | None = None,
    ) -> Workspace:
        """Create a workspace or project below `parent`, at the root without one.

        Raises NotFound, PathTaken, InvalidField; UnboundTokenNeeded at the root for a bound token.
        """
        if parent is None:
            self._require_root()
        if kind is WorkspaceKind.PROJECT:
            status = status or ProjectStatus.DRAFT
        name, now = name.strip(), self.clock.now()
        slug = slug_of(name) if slug is None else slug

        def transaction(tx: MemoryTransaction) -> Workspace:
            tx.workspaces.lock()
            above = None if parent is None else tx.workspaces.get(parse_ref(parent, field="parent"))
            workspace = Workspace(
                self.clock.new_id(),
                _id_of(above),
                name,
                slug,
                path_of(slug, _path_of(above)),
                kind,
                now,
                now,
                description,
                status,
                victory_conditions,
            )
            tx.workspaces.add(workspace)
            facts = {"path": workspace.path, "name": name}
            self._note(tx, workspace, WorkspaceEventType.CREATED, facts, actor)
            return workspace

        return await self.database.write(transaction)

    async def ensure(self, path: str, *, actor: str) -> Workspace:
        """Return the workspace of this path; create it, and those above it, if it is missing.

        Raises NotFound, InvalidField; UnboundTokenNeeded where a bound token would need a root.
        """
        wanted = parse_ref(path)
        try:
            return (await self.get(wanted)).workspace
        except NotFound:
            if is_id(wanted):
                raise
        above, _, slug = wanted.rpartition("/")
        parent = (await self.ensure(above, actor=actor)).id if above else None
        try:
            return await self.create(slug, actor=actor, parent=parent, slug=slug)
        except PathTaken:  # by somebody else, a moment ago
            return (await self.get(wanted)).workspace

    async def update(self, ref: str, change: WorkspaceChange, *, actor: str) -> Workspace:
        """Change fields; the same ones change nothing. Raises NotFound, PathTaken, InvalidField."""

        def transaction(tx: MemoryTransaction) -> Workspace:
            tx.workspaces.lock()
            before = tx.workspaces.get(parse_ref(ref))
            parent_path = before.path.rpartition("/")[0] or None
            after = change.apply(before, parent_path)
            if after == before:
                return before
            after = self._written(tx, before, after)
            facts = before.differences(after)
            self._note(tx, after, WorkspaceEventType.UPDATED, facts, actor)
            return after

        return await self.database.write(transaction)

    async def move(self, ref: str, parent: str | None, *, actor: str) -> Workspace:
        """Put a workspace with all below it under another parent, or at the root (None).

        Raises NotFound, PathTaken, WorkspaceCycle; UnboundTokenNeeded for the root.
        """
        if parent is None:
            self._require_root()

        def transaction(tx: MemoryTransaction) -> Workspace:
            tx.workspaces.lock()
            before = tx.workspaces.get(parse_ref(ref))
            above = None if parent is None else tx.workspaces.get(parse_ref(parent, field="parent"))
            if above is not None and is_within(above.path, [before.path]):
                raise WorkspaceCycle(before.path, above.path)
            path = path_of(before.slug, _path_of(above))
            if path == before.path:
                return before
            after = replace(before, parent_id=_id_of(above), path=path)
            after = self._written(tx, before, after)
            facts = {"from": before.path, "to": after.path}
            self._note(tx, after, WorkspaceEventType.MOVED, facts, actor)
            return after

        return await self.database.write(transaction)

    async def set_archived(self, ref: str, *, archived: bool, actor: str) -> Workspace:
        """Archive a workspace, or take it back; its memories stay as they are. Raises NotFound."""
        at = self.clock.now() if archived else None
        kind = WorkspaceEventType.ARCHIVED if archived else WorkspaceEventType.RESTORED

        def transaction(tx: MemoryTransaction) -> Workspace:
            before = tx.workspaces.get(parse_ref(ref))
            if (before.archived_at is not None) == archived:
                return before
            after = self._written(tx, before, replace(before, archived_at=at))
            self._note(tx, after, kind, {}, actor)
            return after

        return await self.database.write(transaction)

    async def delete(self, ref: str, *, actor: str, to: str | None = None) -> WorkspaceCounts:
        """Delete a workspace with all below it; return what was in them.

        `to` says what becomes of memories: `trash` puts them there (they are unfiled then),
        `parent` files them in the workspace above. Raises NotFound; WorkspaceNotEmpty without `to`
        where something is in it; UnboundTokenNeeded if they would be unfiled by a bound token.
        """
        if to not in (None, "trash", "parent"):
            raise InvalidField("to", "either `trash` or `parent`")

        def transaction(tx: MemoryTransaction) -> WorkspaceCounts:
            tx.workspaces.lock()
            workspace = tx.workspaces.get(parse_ref(ref))
            below = [
                each for each in tx.workspaces.list_all() if is_within(each.path, [workspace.path])
            ]
            held = _sum(tx.workspaces.counts(), below)
            if (held.memories or held.trashed or len(below) > 1) and to is None:
                raise WorkspaceNotEmpty(
                    workspace.path,
                    memories=held.memories,
                    trashed=held.trashed,
                    workspaces=len(below) - 1,
                )
            target = workspace.parent_id
            if target is None and (held.memories or held.trashed):
                self._require_root()
            for each in reversed(below):
                self._empty(tx, each, target, trash=to == "trash", actor=actor)
                facts = {"path": each.path, "to": to}
                self._note(tx, each, WorkspaceEventType.DELETED, facts, actor)
                tx.workspaces.remove(each.id)
            return held

        return await self.database.write(transaction)

    async def move_memories(
        self, ids: Sequence[str], workspace: str, *, actor: str, expected: int | None = None
    ) -> list[Memory]:
        """Move memories into a workspace, `unfiled` for none; all or none.

        With `expected`, they must be at this version. Raises NotFound, VersionConflict.
        """
        wanted = parse_ref(workspace)

        def transaction(tx: MemoryTransaction) -> list[Memory]:
            target = self.place(tx, wanted)
            memories = [tx.memories.get(id_) for id_ in dict.fromkeys(ids)]
            for memory in memories:
                if expected is not None and memory.version != expected:
                    raise VersionConflict(memory.id, expected, memory.version)
            return [self._move(tx, memory, target, actor) for memory in memories]

        return await self.database.write(transaction)

    def place(self, tx: MemoryTransaction, wanted: str) -> Workspace | None:
        """Return the workspace of this id or path; None for `unfiled`. Raises NotFound."""
        if wanted == UNFILED:
            if not self.scope.unfiled:
                raise NotFound("workspace", wanted)
            return None
        return tx.workspaces.get(tx.workspaces.hold(wanted))

    async def grants(self, wanted: Sequence[tuple[str, Scope]]) -> tuple[WorkspaceGrant, ...]:
        """Return what a token with these workspaces is bound to. Raises NotFound, InvalidField."""

        def transaction(tx: MemoryTransaction) -> dict[str, WorkspaceGrant]:
            found: dict[str, WorkspaceGrant] = {}
            for ref, scope in wanted:
                workspace = tx.workspaces.get(parse_ref(ref))
                if workspace.id in found:
                    raise InvalidField("workspaces", f"{workspace.path!r} is named twice")
                found[workspace.id] = WorkspaceGrant(workspace.id, scope)
            return found

        return tuple((await self.database.read(transaction)).values())

    async def narrowed(self, ref: str | None, *, include_unfiled: bool) -> WorkspaceScope:
        """Return what is left of the scope in this workspace. Raises NotFound, InvalidField."""
        if include_unfiled and not self.scope.unfiled:
            raise NotFound("workspace", UNFILED)
        if ref is None:
            return self.scope
        wanted = parse_ref(ref)
        if wanted == UNFILED:
            if not self.scope.unfiled:
                raise NotFound("workspace", wanted)
            return WorkspaceScope(unfiled=True)
        workspace, writable = await self.database.read(lambda tx: self._writable(tx, wanted))
        return WorkspaceScope(frozenset([workspace.id]), writable, include_unfiled)

    def _writable(self, tx: MemoryTransaction, ref: str) -> tuple[Workspace, frozenset[str]]:
        """Return the workspace, and the roots of what may be changed in it."""
        workspace = tx.workspaces.get(ref)
        if self.scope.is_all:
            return workspace, frozenset([workspace.id])
        roots = [each for each in tx.workspaces.list_all() if each.id in self.scope.writable]
        if is_within(workspace.path, [root.path for root in roots]):
            return workspace, frozenset([workspace.id])
        below = [root.id for root in roots if is_within(root.path, [workspace.path])]
        return workspace, frozenset(below)

    def _require_root(self) -> None:
        if not self.scope.unfiled:
            raise UnboundTokenNeeded("What is above all workspaces")

    def _written(self, tx: MemoryTransaction, before: Workspace, after: Workspace) -> Workspace:
        if "/" not in after.path and after.path != before.path:
            self._require_root()  # whether its new path is free tells of others
        after = replace(after, updated_at=self.clock.now())
        for below in tx.workspaces.list_all():
            if is_within(below.path, [before.path]) and below.id != before.id:
                replace(
                    below, path=after.path + below.path[len(before.path) :]
                )  # checks its length
        tx.workspaces.update(after)
        return after

    def _empty(
        self,
        tx: MemoryTransaction,
        workspace: Workspace,
        target_id: str | None,
        *,
        trash: bool,
        actor: str,
    ) -> None:
        target = None if target_id is None else tx.workspaces.get(target_id)
        tx.documents.rehome(workspace.id, target_id)
        while ids := tx.workspaces.memory_ids(workspace.id, trashed=False, limit=BATCH):
            for memory in tx.memories.get_many(ids):
                moved = self._move(tx, memory, target, actor)
                if trash:
                    with Supersessions(self.recorder).changed_memory(tx, moved.id, actor=actor):
                        self.recorder.trash(tx, moved, self.clock.now(), actor=actor)
        while ids := tx.workspaces.memory_ids(workspace.id, trashed=True, limit=BATCH):
            for id_ in ids:
                tx.workspaces.place(id_, target_id)

    def _move(
        self, tx: MemoryTransaction, memory: Memory, target: Workspace | None, actor: str
    ) -> Memory:
        target_id = None if target is None else target.id
        if memory.workspace_id == target_id:
            return memory
        tx.workspaces.place(memory.id, target_id)
        moved = tx.memories.get(memory.id)
        tx.full_text.put(moved)
        facts = {
            "from": memory.workspace_id,
            "to": target_id,
            "keyGivenUp": memory.key if moved.key is None else None,
        }
        self.recorder.add_event(tx, moved, EventType.MEMORY_MOVED, facts, actor=actor)
        return moved

    def _note(
        self,
        tx: MemoryTransaction,
        workspace: Workspace,
        kind: WorkspaceEventType,
        facts: Mapping[str, object],
        actor: str,
    ) -> None:
        data = {key: value for key, value in facts.items() if value is not None}
        tx.workspaces.add_event(
            WorkspaceEvent(self.clock.new_id(), workspace.id, kind, data, actor, self.clock.now())
        )


def _id_of(workspace: Workspace | None) -> str | None:
    return None if workspace is None else workspace.id


def _path_of(workspace: Workspace | None) -> str | None:
    return None if workspace is None else workspace.path


def _sum(counts: Mapping[str, WorkspaceCounts], of: Sequence[Workspace]) -> WorkspaceCounts:
    found = [counts.get(each.id, WorkspaceCounts()) for each in of]
    return WorkspaceCounts(sum(c.memories for c in found), sum(c.trashed for c in found))
