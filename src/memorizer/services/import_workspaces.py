"""Workspaces of an imported file: which of those here they are, and where the others go."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from memorizer.domain.errors import InvalidField, PathTaken
from memorizer.domain.records import Counts, Outcome, RecordPresence, RecordType, WorkspaceRecord
from memorizer.domain.workspaces import (
    Workspace,
    WorkspaceEvent,
    WorkspaceEventType,
    WorkspaceKind,
    WorkspaceScope,
    is_within,
    path_of,
)
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.import_changes import ACTOR
from memorizer.services.memory_writer import find_place


@dataclass(slots=True)
class WorkspaceImporter:
    """Finds or creates the workspaces of one import.

    A workspace is known by its own id, then by its path. What is here stays as it is, also where it
    was moved. In a narrower scope everything goes below its workspace, with new ids: theirs
    may be in use outside of it. A dry run writes nothing and remembers what it would create.
    """

    scope: WorkspaceScope
    clock: Clock
    is_dry_run: bool = False
    pretends: Workspace | None = None
    """The workspace that everything goes into, where a dry run takes it for one that is there."""
    _ids: dict[str, str | None] = field(default_factory=dict)
    """Ids here by those of the file."""
    _promised: dict[str, Workspace] = field(default_factory=dict)
    """What a dry run would have created, by id and by path."""

    def add(self, tx: Transaction, record: WorkspaceRecord) -> Counts:
        """Find a workspace, or create it with those above. Raises InvalidField, WorkspaceNeeded."""
        wanted = record.workspace
        found, is_new = None, False
        if self._has_workspaces:
            found, is_new = self._found(tx, record)
        self._ids[wanted.id] = None if found is None else found.id
        outcome = Outcome.ADDED if is_new else Outcome.KNOWN
        return Counter({(RecordType.WORKSPACES, outcome): 1})

    def place(self, tx: Transaction, workspace_id: str | None) -> str | None:
        """Return where a memory of this workspace of the file goes; None: it is unfiled.

        Raises InvalidField for a workspace that is neither here nor earlier in the file.
        """
        if workspace_id is None or not self._has_workspaces:
            base = self._base(tx)
            return None if base is None else base.id
        if workspace_id in self._ids:
            return self._ids[workspace_id]
        if tx.workspaces.exists(workspace_id):
            return workspace_id
        raise InvalidField(
            "workspaceId",
            f"there is no workspace {workspace_id}, neither here nor earlier in the file",
        )

    @staticmethod
    async def elsewhere(
        whole: Database | None, part: Database, memory_ids: Sequence[str]
    ) -> frozenset[str]:
        """Return the ids of memories that are in the store, but not in its part."""
        if whole is None:
            return frozenset()

        def present(tx: Transaction) -> frozenset[str]:
            absent = RecordPresence.ABSENT
            return frozenset(id_ for id_ in memory_ids if tx.records.presence(id_) is not absent)

        return await whole.read(present) - await part.read(present)

    @property
    def _has_workspaces(self) -> bool:
        """Whether the scope has any; that of unfiled memories has none."""
        return self.scope.is_all or bool(self.scope.writable)

    def _base(self, tx: Transaction) -> Workspace | None:
        """Return the workspace that everything goes into. Raises WorkspaceNeeded."""
        if self.pretends is not None:
            return self.pretends
        id_ = find_place(tx, self.scope, None)
        return None if id_ is None else tx.workspaces.get(id_)

    def _found(self, tx: Transaction, record: WorkspaceRecord) -> tuple[Workspace, bool]:
        """Return the workspace here, and whether it was created."""
        wanted, base = record.workspace, self._base(tx)
        if base is not None and wanted.path == base.path:
            return base, False
        if record.has_own_id and (found := self._get(tx, wanted.id)) is not None:
            return found, False
        above = self._ids.get(wanted.parent_id) if wanted.parent_id is not None else None
        if above is not None:
            parent = self._get(tx, above)
        else:
            parent = self._above(tx, wanted.path.rpartition("/")[0], base)
        path = path_of(wanted.slug, None if parent is None else parent.path)
        if (found := self._get(tx, path)) is not None:
            return found, False
        keeps_id = record.has_own_id and self.scope.is_all
        id_ = wanted.id if keeps_id else self.clock.new_id()
        return self._create(tx, replace(wanted, id=id_, path=path), parent), True

    def _above(self, tx: Transaction, path: str, base: Workspace | None) -> Workspace | None:
        """Return the workspace of a path of the file, created with all above it."""
        if base is not None and not is_within(path, [base.path]):
            path = path_of(path, base.path) if path else base.path
        return self._at(tx, path) if path else None

    def _at(self, tx: Transaction, path: str) -> Workspace:
        if (found := self._get(tx, path)) is not None:
            return found
        above = path.rpartition("/")[0]
        parent = self._at(tx, above) if above else None
        return self._create(tx, plain(path, self.clock), parent)

    def _get(self, tx: Transaction, ref: str) -> Workspace | None:
        if self.pretends is not None and ref in (self.pretends.id, self.pretends.path):
            return self.pretends
        if ref in self._promised:
            return self._promised[ref]
        return tx.workspaces.get(ref) if tx.workspaces.exists(ref) else None

    def _create(self, tx: Transaction, workspace: Workspace, parent: Workspace | None) -> Workspace:
        made = replace(workspace, parent_id=None if parent is None else parent.id)
        if self.is_dry_run:
            self._promised |= {made.id: made, made.path: made}
            return made
        tx.workspaces.lock()
        try:
            tx.workspaces.add(made)
        except PathTaken as error:  # somebody else created it just now
            raise InvalidField("path", str(error)) from error
        facts = {"path": made.path, "name": made.name}
        now, type_ = self.clock.now(), WorkspaceEventType.CREATED
        tx.workspaces.add_event(
            WorkspaceEvent(self.clock.new_id(), made.id, type_, facts, ACTOR, now)
        )
        return made


def plain(path: str, clock: Clock) -> Workspace:
    """Return a new workspace with nothing but a path. Raises InvalidField."""
    slug, now = path.rpartition("/")[2], clock.now()
    return Workspace(clock.new_id(), None, slug, slug, path, WorkspaceKind.WORKSPACE, now, now)
