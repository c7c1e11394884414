"""Where memories, their history and their relationships are kept. All inside a transaction."""

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from memorizer.domain.memories import (
    Content,
    EmbeddingStatus,
    Filter,
    IdempotencyRecord,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
    TrashCursor,
    TrashedMemory,
)

T_co = TypeVar("T_co", covariant=True)


class Deferred(Generic[T_co]):
    """The answer to a query that was sent and need not have come back yet.

    On PostgreSQL queries are pipelined: a transaction that reads no answer saves a round trip.
    """

    def __init__(self, read: Callable[[], T_co]) -> None:
        self._read = read

    def get(self) -> T_co:
        """Wait for the answer and return it; also after the transaction has ended."""
        return self._read()


class Memories(Protocol):
    """The live rows. Deleted memories are invisible to every method."""

    def insert(self, memory: Memory) -> None: ...

    def get(self, memory_id: str) -> Memory:
        """Raises NotFound."""
        ...

    def get_many(self, ids: Sequence[str]) -> list[Memory]:
        """Those that exist, in the order of `ids`."""
        ...

    def update(self, memory_id: str, content: Content, *, expected: int, at: int) -> Memory:
        """Write `content` as version `expected + 1`. Raises NotFound, VersionConflict."""
        ...

    def set_archived(self, memory_id: str, at: int | None) -> Memory:
        """Archive (a time) or restore (None). Raises NotFound."""
        ...

    def set_embedding_status(self, memory_id: str, status: EmbeddingStatus) -> None: ...

    def soft_delete(self, memory_id: str, at: int) -> None:
        """Hide from every reader but the trash. Raises NotFound."""
        ...

    def find_duplicate(self, text: str) -> Deferred[str | None]:
        """The id of the oldest live memory with this text, whatever its line ends."""
        ...

    def page(self, filter_: Filter, *, before: str | None, limit: int) -> list[Memory]:
        """Newest first, those with ids below `before`."""
        ...

    def count(self, filter_: Filter) -> int: ...

    def ids(self, *, after: str = "", limit: int) -> list[str]:
        """Ids in ascending order, archived ones too."""
        ...

    def untitled_ids(self, *, after: str = "", limit: int) -> list[str]:
        """Live memories without a title, in ascending order."""
        ...

    def untitled_count(self) -> int: ...

    def pending_ids(self, now: int, *, limit: int) -> list[str]:
        """Memories whose embedding is pending and not postponed, in ascending order."""
        ...

    def postpone_embedding(self, ids: Sequence[str], now: int) -> None:
        """Leave these out of `pending_ids` for a while, twice as long each time.

        A new text and another status begin anew.
        """
        ...

    def tags(self) -> list[tuple[str, int]]:
        """Tags with the number of live memories that bear them, most used first."""
        ...

    def types(self) -> list[tuple[str, int]]:
        """Types with the number of live memories that have them, most used first."""
        ...

    def created_by_day(self) -> list[tuple[int, int]]:
        """The days (UTC) on which memories came, oldest first, with how many."""
        ...

    def embedding_counts(self) -> dict[EmbeddingStatus, int]: ...


class Versions(Protocol):
    """Full snapshots, one per version."""

    def add(self, version: MemoryVersion) -> None: ...

    def get(self, memory_id: str, version: int) -> MemoryVersion:
        """Raises NotFound."""
        ...

    def list_for(
        self, memory_id: str, *, before: int | None = None, limit: int, most_characters: int
    ) -> list[MemoryVersion]:
        """Newest first, those below `before`: as many as fit into both limits, at least one."""
        ...

    def has(self, memory_id: str, content: Content) -> bool:
        """Whether a version that is not purged says exactly this."""
        ...

    def purge(self, purged: MemoryVersion) -> None:
        """Overwrite what this version said."""
        ...

    def count(self) -> int:
        """Those of deleted memories do not count."""
        ...


class Events(Protocol):
    """The history of every memory; only ever added to, but for what is purged."""

    def add(self, event: MemoryEvent) -> None: ...

    def list_for(
        self, memory_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[MemoryEvent]:
        """Newest first, those before the event of this id; of a deleted memory, too.

        Raises NotFound.
        """
        ...

    def of_versions(self, memory_id: str, first: int, last: int) -> list[MemoryEvent]:
        """Those that a memory had while it was at these versions, newest first."""
        ...

    def rewrite(self, event: MemoryEvent) -> None:
        """Replace the data of an event."""
        ...

    def count(self) -> int:
        """Those of deleted memories do not count."""
        ...


class Relationships(Protocol):
    """Stated links between live memories."""

    def add(self, relationship: Relationship) -> tuple[Relationship, bool]:
        """The link as kept, and whether it is new: from, to and type are unique together."""
        ...

    def get(self, relationship_id: str) -> Relationship:
        """Raises NotFound."""
        ...

    def remove(self, relationship_id: str) -> None: ...

    def list_for(
        self,
        memory_id: str,
        *,
        outgoing: bool = True,
        incoming: bool = True,
        before: str | None = None,
        limit: int | None = None,
    ) -> list[Relationship]:
        """Links whose two ends are visible, newest first, those with ids below `before`."""
        ...

    def count_of(self, memory_id: str) -> int:
        """How many links a memory has."""
        ...

    def count(self) -> int: ...


class IdempotencyRecords(Protocol):
    """First answers to requests that came with an Idempotency-Key."""

    def find(self, caller: str, key: str) -> IdempotencyRecord | None: ...

    def add(self, reply: IdempotencyRecord) -> None: ...

    def delete_for_memory(self, memory_id: str) -> None:
        """Delete those that stored this memory."""
        ...

    def delete_older_than(self, at: int) -> int:
        """Delete older ones; returns how many."""
        ...


class Trash(Protocol):
    """What was deleted and can be brought back."""

    def get(self, memory_id: str) -> TrashedMemory:
        """Raises NotFound, for a live memory too."""
        ...

    def page(self, *, before: TrashCursor | None, limit: int) -> list[TrashedMemory]:
        """Deleted last comes first."""
        ...

    def among(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that are in the trash."""
        ...

    def count(self) -> int: ...

    def oldest(self, *, until: int, limit: int) -> list[str]:
        """Ids of those deleted at this time or before, the longest ago first."""
        ...

    def untrash(self, memory_id: str) -> Memory:
        """Make it visible again; words and vectors are not made here. Raises NotFound."""
        ...

    def purge(self, ids: Sequence[str]) -> int:
        """Delete these for ever, with all that hangs on their rows; how many were in the trash."""
        ...
