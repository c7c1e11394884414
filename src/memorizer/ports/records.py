"""Whole memories with their history, for import and export.

Pages are cut by key, never by offset, so that a page costs the same at the beginning and the end.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from memorizer.domain.memories import Relationship
from memorizer.domain.records import (
    DocumentRecord,
    ExternalId,
    MemoryRecord,
    MemorySummary,
    RecordPresence,
)
from memorizer.domain.workspaces import Workspace


class Records(Protocol):
    """Records of a store, inside a transaction. Only `presence` sees deleted memories."""

    def titles(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        """Ids with the title or the beginning of the text, by id, archived ones included."""
        ...

    def summaries(self, *, after: str, limit: int) -> list[MemorySummary]:
        """Return what tells whether memories changed, by id, archived ones included."""
        ...

    def list_records(self, *, after: str, limit: int) -> list[MemoryRecord]:
        """Memories with versions and events, by id, archived ones included."""
        ...

    def links(self, *, after: str, upto: str) -> list[Relationship]:
        """Relationships with `after` < `from_id` <= `upto`, by `from_id`."""
        ...

    def relationships(self, *, after: str, limit: int) -> list[Relationship]:
        """All relationships, by id."""
        ...

    def presence(self, memory_id: str) -> RecordPresence:
        """Whether the memory is live, in the trash or absent."""
        ...

    def relationship(self, relationship_id: str) -> Relationship | None:
        """Return the relationship of this id, even if one of its memories is deleted, or None."""
        ...

    def existing_event_ids(self, ids: Sequence[str]) -> frozenset[str]:
        """Those of these ids that existing events have."""
        ...


class ExternalIds(Protocol):
    """Names of memories in the sources from which they were imported."""

    def collections(self, source: str, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
        """Return collections that know some of these keys.

        With each: how many memories have these keys, and how many there are in all.
        """
        ...

    def of_collections(self, source: str, collections: Sequence[str]) -> list[ExternalId]:
        """All names in these collections, also of deleted memories."""
        ...

    def put(self, source: str, ids: Sequence[ExternalId]) -> None:
        """Insert names; those that are known get a later time."""
        ...

    def unclaimed(self, ids: Sequence[str]) -> set[str]:
        """Those of these memories, live or deleted, that have no name in any source."""
        ...

    def unclaimed_with_text(self, label: str, digests: Sequence[str]) -> list[tuple[str, str]]:
        """Memories without a name whose `source` is this label: text digests and ids."""
        ...

    def taken(self, ids: Sequence[str]) -> set[str]:
        """Those of these ids that memories have, live or deleted."""
        ...


class Sink(Protocol):
    """Where an export is written. Whatever it raises ends the export.

    Calls come in the order begin, memory..., relationship..., document..., end.
    """

    def begin(
        self,
        titles: Iterator[tuple[str, str]],
        workspaces: Sequence[Workspace],
        *,
        has_documents: bool = False,
    ) -> None:
        """Start. `titles` yields id and title of all memories that will come; lazily read.

        `workspaces` are all that they may be in, parents before their children.
        """
        ...

    def memory(self, record: MemoryRecord, links: Sequence[Relationship]) -> None:
        """Write a memory, with the relationships that start at it."""
        ...

    def relationship(self, relationship: Relationship) -> None:
        """Write a relationship."""
        ...

    def document(self, record: DocumentRecord) -> None:
        """Write a document, whose parts were written as memories."""
        ...

    def end(self) -> None:
        """Finish what was begun."""
        ...
