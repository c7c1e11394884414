"""Storage of workspaces, inside a transaction."""

from collections.abc import Mapping
from typing import Protocol

from memorizer.domain.workspaces import Workspace, WorkspaceCounts, WorkspaceEvent


class Workspaces(Protocol):
    """The tree of workspaces, and which memories are where.

    A scoped transaction sees those of its scope, and no parent outside of it.
    """

    def lock(self) -> None:
        """Let nobody else change the tree until the end of the transaction."""
        ...

    def get(self, ref: str) -> Workspace:
        """By its id or its path, as `parse_ref` returns them. Raises NotFound."""
        ...

    def hold(self, ref: str) -> str:
        """Return the id of one that nobody deletes before the end of the transaction.

        Raises NotFound.
        """
        ...

    def exists(self, ref: str) -> bool:
        """Whether there is one of this id or path."""
        ...

    def list_all(self) -> list[Workspace]:
        """All, by path: parents come before their children."""
        ...

    def add(self, workspace: Workspace) -> None:
        """Insert. Raises PathTaken."""
        ...

    def update(self, workspace: Workspace) -> None:
        """Write all fields; the paths of those below follow. Raises PathTaken."""
        ...

    def remove(self, workspace_id: str) -> None:
        """Delete one that nothing is in any more."""
        ...

    def counts(self) -> Mapping[str, WorkspaceCounts]:
        """Return what is directly in each workspace, by its id; empty ones are left out."""
        ...

    def memory_ids(self, workspace_id: str, *, trashed: bool, limit: int) -> list[str]:
        """Ids of memories directly in it, live ones or those in the trash."""
        ...

    def place(self, memory_id: str, workspace_id: str | None) -> None:
        """Move a memory, also one in the trash, into a workspace or out of all.

        A key that is taken there is given up.
        """
        ...

    def add_event(self, event: WorkspaceEvent) -> None:
        """Insert an event."""
        ...

    def events(
        self, workspace_id: str, *, before: str | None = None, limit: int
    ) -> list[WorkspaceEvent]:
        """Events before the event of id `before`, newest first."""
        ...
