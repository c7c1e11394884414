"""One change, one transaction.

The work of a transaction is a plain function: it cannot await, so it cannot hold the
write lock while it waits for a model, a network or a client. Whatever it raises undoes all of it.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.auth import Tokens
from memorizer.ports.backups import BackupLog
from memorizer.ports.captures import Captures
from memorizer.ports.database_copy import DatabaseCopy
from memorizer.ports.documents import Documents
from memorizer.ports.embeddings import Models
from memorizer.ports.jobs import BulkBatches, JobEnqueuer, QueueOutbox
from memorizer.ports.memories import (
    Events,
    IdempotencyRecords,
    Memories,
    Relationships,
    ShownMemories,
    Trash,
    Versions,
)
from memorizer.ports.oauth import OAuth
from memorizer.ports.proposals import Proposals
from memorizer.ports.recalls import Recalls
from memorizer.ports.records import ExternalIds, Records
from memorizer.ports.search import FullText, Vectors
from memorizer.ports.workspaces import Workspaces

T = TypeVar("T")


class UnitOfWork(Protocol):
    """What every transaction says about itself."""

    @property
    def has_written(self) -> bool:
        """Whether anything was changed in it so far."""
        ...


class MemoryTransaction(UnitOfWork, Protocol):
    """For use cases of memories: rows, history, indexes, and the jobs that follow a change."""

    @property
    def memories(self) -> Memories: ...
    @property
    def versions(self) -> Versions: ...
    @property
    def events(self) -> Events: ...
    @property
    def workspaces(self) -> Workspaces: ...
    @property
    def relationships(self) -> Relationships: ...
    @property
    def trash(self) -> Trash: ...
    @property
    def documents(self) -> Documents: ...
    @property
    def idempotency(self) -> IdempotencyRecords: ...
    @property
    def shown(self) -> ShownMemories: ...
    @property
    def proposals(self) -> Proposals: ...
    @property
    def recalls(self) -> Recalls: ...
    @property
    def captures(self) -> Captures: ...
    @property
    def full_text(self) -> FullText: ...
    @property
    def vectors(self) -> Vectors: ...
    @property
    def models(self) -> Models: ...
    @property
    def jobs(self) -> JobEnqueuer: ...


class QueueTransaction(UnitOfWork, Protocol):
    """For job queues: the outbox of an external queue and the progress of bulk jobs."""

    @property
    def outbox(self) -> QueueOutbox: ...
    @property
    def batches(self) -> BulkBatches: ...


class AdminTransaction(UnitOfWork, Protocol):
    """For administration: tokens, sessions, OAuth and the log of backups."""

    @property
    def tokens(self) -> Tokens: ...
    @property
    def oauth(self) -> OAuth: ...
    @property
    def backups(self) -> BackupLog: ...


class CopyTransaction(UnitOfWork, Protocol):
    """For import, export and copying: whole records and raw rows."""

    @property
    def records(self) -> Records: ...
    @property
    def external_ids(self) -> ExternalIds: ...
    @property
    def database_copy(self) -> DatabaseCopy: ...


class Transaction(MemoryTransaction, QueueTransaction, AdminTransaction, CopyTransaction, Protocol):
    """What a database hands out: all of the above, of which a use case declares what it needs."""


class Database(Protocol):
    """Runs work in transactions.

    All methods raise StorageUnavailable when the database cannot be used, OutcomeUnknown when a
    commit may or may not have happened, and whatever `function` raises. The database may run
    `function` again from the beginning, so it must not have effects outside of its transaction.
    """

    async def read(self, function: Callable[[Transaction], T]) -> T:
        """Run `function` on a consistent snapshot, for 60 s at most; never waits for writers."""
        ...

    async def read_long(self, function: Callable[[Transaction], T]) -> T:
        """As `read`, but without a deadline and outside of the pool that `read` uses."""
        ...

    async def read_each(self, functions: Sequence[Callable[[Transaction], T]]) -> list[T]:
        """Run all, in parallel where that is quicker; each then has its own snapshot."""
        ...

    async def write(self, function: Callable[[Transaction], T]) -> T:
        """Run `function` without a concurrent writer; its changes are on disk on return."""
        ...

    async def insert(self, function: Callable[[Transaction], T]) -> T:
        """As `write`, for insert-only work; it may share a commit with others (group commit)."""
        ...

    def within(self, scope: WorkspaceScope) -> "Database":
        """Return the same database, whose transactions see and change only this scope."""
        ...

    async def size(self) -> int:
        """Size on disk in bytes."""
        ...

    async def caveat(self) -> str | None:
        """Return what the database does not do that it could, in a sentence; None: nothing."""
        ...
