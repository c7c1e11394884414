"""Reading a store from end to end and asking what is there: for whoever moves it out or in.

Pages are cut by key, never by offset, so that their cost does not grow on the way. Inside one
transaction they are pages of one and the same state.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from memorizer.domain.memories import Relationship
from memorizer.domain.records import MemoryRecord, RecordPresence


class Records(Protocol):
    """What moving needs beside the other rooms. Deleted memories are only in `presence`."""

    def titles(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        """Ids, and titles or beginnings of the text, in the order of ids, archived ones too."""
        ...

    def list_records(self, *, after: str, limit: int) -> list[MemoryRecord]:
        """Memories with all that belongs to each, in the order of ids, archived ones too."""
        ...

    def links(self, *, after: str, upto: str) -> list[Relationship]:
        """Relationships whose `from_id` lies in this range, in its order."""
        ...

    def relationships(self, *, after: str, limit: int) -> list[Relationship]:
        """All of them, in the order of their ids."""
        ...

    def presence(self, memory_id: str) -> RecordPresence: ...

    def relationship(self, relationship_id: str) -> Relationship | None:
        """The one of this id, even if an end of it is deleted."""
        ...

    def existing_event_ids(self, ids: Sequence[str]) -> frozenset[str]:
        """Which of these ids belong to events that are there."""
        ...


class Sink(Protocol):
    """Where an export goes. Whatever it raises ends the export."""

    def begin(self, titles: Iterator[tuple[str, str]]) -> None:
        """The ids and titles of all that will come; only a sink that needs them reads them."""
        ...

    def memory(self, dossier: MemoryRecord, links: Sequence[Relationship]) -> None:
        """One memory, with the relationships that begin at it."""
        ...

    def relationship(self, relationship: Relationship) -> None:
        """One relationship, after all memories."""
        ...

    def end(self) -> None:
        """Everything has come."""
        ...
