"""Storage of memories, their history and their relationships, inside a transaction."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from memorizer.domain.memories import (
    Content,
    EmbeddingStatus,
    Facets,
    Filter,
    IdempotencyRecord,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
    TrashCursor,
    TrashedMemory,
)
from memorizer.domain.validity import Replacement, Supersession

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

    def insert(self, memory: Memory) -> None:
        """Insert a memory with a new id."""
        ...

    def get(self, memory_id: str) -> Memory:
        """Return the memory. Raises NotFound."""
        ...

    def get_many(self, ids: Sequence[str]) -> list[Memory]:
        """Return the memories that exist, in the order of `ids`."""
        ...

    def update(self, memory_id: str, content: Content, *, expected: int, at: int) -> Memory:
        """Write `content` as version `expected + 1`. Raises NotFound, VersionConflict."""
        ...

    def put_back(self, memory_id: str, version: MemoryVersion, *, expected: int) -> Memory:
        """Make a memory at version `expected` what this earlier version was, number and time too.

        Raises NotFound, VersionConflict.
        """
        ...

    def find_by_key(self, workspace_id: str | None, key: str) -> Memory | None:
        """Return the live memory with this key in the workspace; None: among the unfiled ones."""
        ...

    def set_key(self, memory_id: str, key: str | None) -> None:
        """Give a live or deleted memory another key, which must be free, or none."""
        ...

    def folders(self, filter_: Filter, *, limit: int) -> list[tuple[str, int]]:
        """Return what follows `key_prefix` up to the next `/`, and how many memories are below."""
        ...

    def set_archived(self, memory_id: str, at: int | None) -> Memory:
        """Archive (a time) or restore (None). Raises NotFound."""
        ...

    def set_supersession(self, memory_id: str, supersession: Supersession | None) -> None:
        """Note what replaces a memory, as its relationships say it."""
        ...

    def set_pinned(self, memory_id: str, at: int | None) -> Memory:
        """Pin (a time) or unpin (None). Raises NotFound."""
        ...

    def set_embedding_status(self, memory_id: str, status: EmbeddingStatus) -> None:
        """Set the embedding status of a live memory."""
        ...

    def soft_delete(self, memory_id: str, at: int) -> None:
        """Hide from every reader but the trash. Raises NotFound."""
        ...

    def find_duplicate(self, text: str) -> Deferred[str | None]:
        """Return the id of the oldest live memory with this text, whatever its line ends."""
        ...

    def page(self, filter_: Filter, *, before: str | None, limit: int) -> list[Memory]:
        """Memories that match, newest first, with ids below `before`."""
        ...

    def count(self, filter_: Filter) -> int:
        """Return the number of live memories that match."""
        ...

    def facets(self, filter_: Filter, *, since: Sequence[int], limit: int) -> Facets:
        """Count those that match by what they have; at most `limit` names of each kind."""
        ...

    def count_digests(self, digests: Collection[str], filter_: Filter) -> Mapping[str, int]:
        """Return how many memories that match have a text with each digest, if any has."""
        ...

    def ids(self, *, after: str = "", limit: int) -> list[str]:
        """Ids in ascending order, archived ones too."""
        ...

    def untitled_ids(self, *, after: str = "", limit: int) -> list[str]:
        """Live memories without a title, in ascending order."""
        ...

    def untitled_count(self) -> int:
        """Return the number of live memories without a title."""
        ...

    def pending_ids(self, now: int, *, limit: int) -> list[str]:
        """Memories whose embedding is pending and not postponed, in ascending order."""
        ...

    def postpone_embedding(self, ids: Sequence[str], now: int) -> None:
        """Leave these out of `pending_ids` for a while; the time doubles with each call.

        It is reset by a new text or another status.
        """
        ...

    def tags(self) -> list[tuple[str, int]]:
        """Tags with their number of live memories, most used first."""
        ...

    def types(self) -> list[tuple[str, int]]:
        """Types with their number of live memories, most used first."""
        ...

    def created_by_day(self) -> list[tuple[int, int]]:
        """Start of each UTC day (milliseconds) and its number of new memories, oldest first."""
        ...

    def embedding_counts(self) -> dict[EmbeddingStatus, int]:
        """Return the number of live memories by embedding status."""
        ...


class Versions(Protocol):
    """Full snapshots, one per version."""

    def add(self, version: MemoryVersion) -> None:
        """Insert a version."""
        ...

    def get(self, memory_id: str, version: int) -> MemoryVersion:
        """Return the version. Raises NotFound."""
        ...

    def remove(self, memory_id: str, version: int) -> None:
        """Delete the newest version, of which the memory was put back to the one before."""
        ...

    def list_for(
        self, memory_id: str, *, before: int | None = None, limit: int, most_characters: int
    ) -> list[MemoryVersion]:
        """Newest first, those below `before`: as many as fit into both limits, at least one."""
        ...

    def has(self, memory_id: str, content: Content) -> bool:
        """Whether a version that is not purged has exactly this content."""
        ...

    def purge(self, purged: MemoryVersion) -> None:
        """Overwrite the content of a stored version."""
        ...

    def count(self) -> int:
        """Return their number, without those of deleted memories."""
        ...


class Events(Protocol):
    """The events of every memory; append-only, except for purging."""

    def add(self, event: MemoryEvent) -> None:
        """Insert an event."""
        ...

    def list_for(
        self, memory_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[MemoryEvent]:
        """Events before the event `before`, newest first; also of a deleted memory.

        Raises NotFound.
        """
        ...

    def of_versions(self, memory_id: str, first: int, last: int) -> list[MemoryEvent]:
        """Events of a memory at versions `first` to `last`, newest first."""
        ...

    def newest_seq(self) -> int:
        """Return a number that grows with each event; 0 before the first."""
        ...

    def rewrite(self, event: MemoryEvent) -> None:
        """Replace the data of an event."""
        ...

    def count(self) -> int:
        """Return their number, without those of deleted memories."""
        ...


class Relationships(Protocol):
    """Explicit links between live memories."""

    def add(self, relationship: Relationship) -> tuple[Relationship, bool]:
        """Insert unless (from, to, type) exists; the stored link, and whether it is new."""
        ...

    def get(self, relationship_id: str) -> Relationship:
        """Return the relationship. Raises NotFound."""
        ...

    def remove(self, relationship_id: str) -> None:
        """Delete a link."""
        ...

    def list_for(
        self,
        memory_id: str,
        *,
        outgoing: bool = True,
        incoming: bool = True,
        before: str | None = None,
        limit: int | None = None,
    ) -> list[Relationship]:
        """Links of a live memory to live memories, newest first, with ids below `before`."""
        ...

    def replaced_by(self, memory_id: str) -> list[Replacement]:
        """Return what a memory replaces, what these replace, and so on."""
        ...

    def replacing(self, ids: Collection[str]) -> list[Replacement]:
        """Return what replaces any of these, in one step."""
        ...

    def superseding(self, memory_id: str) -> list[Relationship]:
        """Return the links that say that a memory is replaced."""
        ...

    def superseded_by(self, memory_id: str) -> list[str]:
        """Which memories one replaces, in one step."""
        ...

    def count_of(self, memory_id: str) -> int:
        """Return the number of links of a memory."""
        ...

    def count(self) -> int:
        """Return the number of links between live memories."""
        ...


class IdempotencyRecords(Protocol):
    """The first reply to each request that carried an idempotency key."""

    def find(self, caller: str, key: str) -> IdempotencyRecord | None:
        """Return the record of this caller and key, if there is one."""
        ...

    def add(self, reply: IdempotencyRecord) -> None:
        """Insert a record."""
        ...

    def delete_for_memory(self, memory_id: str) -> None:
        """Delete the records of requests that created this memory."""
        ...

    def delete_older_than(self, at: int) -> int:
        """Delete records older than `at` (UTC milliseconds). Return the number deleted."""
        ...


class ShownMemories(Protocol):
    """What agents' sessions have been shown, whichever process showed it."""

    def list_for(self, session: str) -> set[str] | None:
        """Ids that the session has been shown; None if it is not known."""
        ...

    def add(self, session: str, ids: Sequence[str], at: int) -> None:
        """Note what a session is shown at `at` (UTC milliseconds), be it nothing."""
        ...

    def forget(self, session: str) -> None:
        """Forget a session: it may be shown everything again."""
        ...

    def delete_older_than(self, at: int) -> None:
        """Delete what was shown before `at` (UTC milliseconds)."""
        ...


class Trash(Protocol):
    """Deleted memories that can still be restored."""

    def get(self, memory_id: str) -> TrashedMemory:
        """Return a memory in the trash. Raises NotFound, also for a live one."""
        ...

    def page(self, *, before: TrashCursor | None, limit: int) -> list[TrashedMemory]:
        """Last deleted first, behind the cursor `before`."""
        ...

    def among(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that are in the trash."""
        ...

    def count(self) -> int:
        """Return the number of memories in the trash."""
        ...

    def oldest(self, *, until: int, limit: int) -> list[str]:
        """Ids of memories deleted at `until` (UTC ms) or before, first deleted first."""
        ...

    def untrash(self, memory_id: str) -> Memory:
        """Make it live again, without indexing it. Raises NotFound."""
        ...

    def purge(self, ids: Sequence[str]) -> int:
        """Delete memories and all their rows. Return the number that were in the trash."""
        ...
