"""One change, one transaction.

The work of a transaction is a plain function: it cannot await, so it cannot hold the
write lock while it waits for a model, a network or a client. Whatever it raises undoes all of it.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from memorizer.ports.auth import Tokens
from memorizer.ports.backups import BackupLog
from memorizer.ports.database_copy import DatabaseCopy
from memorizer.ports.embeddings import Models
from memorizer.ports.jobs import BulkBatches, JobEnqueuer, QueueOutbox
from memorizer.ports.memories import (
    Events,
    IdempotencyRecords,
    Memories,
    Relationships,
    Trash,
    Versions,
)
from memorizer.ports.records import Records
from memorizer.ports.search import FullText, Vectors

T = TypeVar("T")


class Transaction(Protocol):
    """Everything one transaction can read and write."""

    @property
    def has_written(self) -> bool:
        """Whether anything was changed in it so far."""
        ...

    @property
    def memories(self) -> Memories: ...
    @property
    def versions(self) -> Versions: ...
    @property
    def events(self) -> Events: ...
    @property
    def relationships(self) -> Relationships: ...
    @property
    def idempotency(self) -> IdempotencyRecords: ...
    @property
    def full_text(self) -> FullText: ...
    @property
    def vectors(self) -> Vectors: ...
    @property
    def models(self) -> Models: ...
    @property
    def jobs(self) -> JobEnqueuer: ...
    @property
    def outbox(self) -> QueueOutbox: ...
    @property
    def batches(self) -> BulkBatches: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def backups(self) -> BackupLog: ...
    @property
    def trash(self) -> Trash: ...
    @property
    def records(self) -> Records: ...
    @property
    def database_copy(self) -> DatabaseCopy: ...


class Database(Protocol):
    """Runs work in transactions. Raises StorageUnavailable when it cannot."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` on a consistent snapshot, for a minute at most; never waits for writers."""
        ...

    async def read_long(self, work: Callable[[Transaction], T]) -> T:
        """As `read`, for what may take minutes: beside the other reads, and without a deadline."""
        ...

    async def read_each(self, works: Sequence[Callable[[Transaction], T]]) -> list[T]:
        """Run all; side by side, each on its own snapshot, where that is quicker."""
        ...

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` alone; when this returns, its changes are on disk."""
        ...

    async def insert(self, work: Callable[[Transaction], T]) -> T:
        """As `write`, for a work that only adds rows: many of these at once cost less."""
        ...

    async def size(self) -> int:
        """Bytes on disk."""
        ...
