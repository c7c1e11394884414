"""Reads for export and import: whole records, and which of them exist."""

import json
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter

from memorizer.adapters.sql.dialect import Dialect, Execute, row_as, rows_as
from memorizer.adapters.sql.events import EventRows
from memorizer.adapters.sql.memories import MemoryRows
from memorizer.adapters.sql.memory_rows import EventRow, VersionRow
from memorizer.domain.memories import Relationship
from memorizer.domain.records import MemoryRecord, MemorySummary, RecordPresence


class RecordRows:
    """Implements ports.records.Records."""

    def __init__(
        self, execute: Execute, memories: MemoryRows, events: EventRows, dialect: Dialect
    ) -> None:
        self._execute = execute
        self._memories = memories
        self._events = events
        self._statements = dialect.statements

    def titles(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        return self._execute(self._statements["list_titles"], (after, limit)).fetchall()

    def summaries(self, *, after: str, limit: int) -> list[MemorySummary]:
        rows = self._execute(self._statements["list_summaries"], (after, limit))
        return rows_as(MemorySummary, rows)

    def list_records(self, *, after: str, limit: int) -> list[MemoryRecord]:
        ids = self._memories.ids(after=after, limit=limit)
        if not ids:
            return []
        ends = (ids[0], ids[-1])
        by_memory = attrgetter("memory_id")
        versions = rows_as(
            VersionRow, self._execute(self._statements["list_earlier_versions"], ends)
        )
        events = rows_as(EventRow, self._execute(self._statements["list_events"], ends))
        versions_of = {
            id_: tuple(row.to_version() for row in rows)
            for id_, rows in groupby(versions, by_memory)
        }
        told = self._events.told([row.to_event() for row in events])
        events_of = {id_: tuple(each) for id_, each in groupby(told, by_memory)}
        return [
            MemoryRecord(memory, versions_of.get(memory.id, ()), events_of.get(memory.id, ()))
            for memory in self._memories.get_many(ids)
        ]

    def links(self, *, after: str, upto: str) -> list[Relationship]:
        rows = self._execute(self._statements["list_relationships_from"], (after, upto))
        return rows_as(Relationship, rows)

    def relationships(self, *, after: str, limit: int) -> list[Relationship]:
        rows = self._execute(self._statements["page_relationships"], (after, limit))
        return rows_as(Relationship, rows)

    def presence(self, memory_id: str) -> RecordPresence:
        row = self._execute(self._statements["get_deleted_at"], (memory_id,)).fetchone()
        if row is None:
            return RecordPresence.ABSENT
        return RecordPresence.HERE if row[0] is None else RecordPresence.DELETED

    def relationship(self, relationship_id: str) -> Relationship | None:
        rows = self._execute(self._statements["get_relationship"], (relationship_id,))
        return row_as(Relationship, rows)

    def existing_event_ids(self, ids: Sequence[str]) -> frozenset[str]:
        values = (json.dumps(list(ids)),)
        rows = self._execute(self._statements["list_existing_events"], values)
        return frozenset(str(id_) for (id_,) in rows)
