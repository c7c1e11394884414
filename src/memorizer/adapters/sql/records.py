"""Reads for export and import: whole records, and which of them exist."""

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from memorizer.adapters.sql.dialect import Dialect, Execute
from memorizer.adapters.sql.memories import MemoryRows, content_of
from memorizer.domain.memories import EventType, MemoryEvent, MemoryVersion, Relationship
from memorizer.domain.records import MemoryRecord, RecordPresence

_LINKS: Final = """
SELECT r.id, r.from_id, r.to_id, r.type, r.score, r.at FROM relationships r
JOIN visible_memories f ON f.id = r.from_id JOIN visible_memories t ON t.id = r.to_id WHERE
"""
_EARLIER: Final = """
SELECT v.memory_id, v.version, v.at, v.purged_at, v.text, v.type, v.title, v.source, v.tags,
  v.confidence
FROM memory_versions v JOIN visible_memories m ON m.id = v.memory_id AND v.version < m.version
WHERE v.memory_id BETWEEN ? AND ? ORDER BY v.memory_id, v.version
"""
_EVENTS: Final = """
SELECT e.memory_id, e.id, e.version, e.type, e.data, e.actor, e.at
FROM memory_events e JOIN visible_memories m ON m.id = e.memory_id
WHERE e.memory_id BETWEEN ? AND ? ORDER BY e.memory_id, e.seq
"""


class RecordRows:
    """Implements ports.records.Transfer."""

    def __init__(self, execute: Execute, memories: MemoryRows, dialect: Dialect) -> None:
        self._execute = execute
        self._memories = memories
        self._dialect = dialect

    def titles(self, *, after: str, limit: int) -> list[tuple[str, str]]:
        return self._execute(
            "SELECT id, coalesce(title, substr(text, 1, 80)) FROM visible_memories"
            " WHERE id > ? ORDER BY id LIMIT ?",
            (after, limit),
        ).fetchall()

    def list_records(self, *, after: str, limit: int) -> list[MemoryRecord]:
        ids = self._memories.ids(after=after, limit=limit)
        if not ids:
            return []
        ends = (ids[0], ids[-1])
        versions = _by_memory(self._execute(_EARLIER, ends))
        events = _by_memory(self._execute(_EVENTS, ends))
        return [
            MemoryRecord(
                memory,
                tuple(_version(row) for row in versions.get(memory.id, ())),
                tuple(_event(row) for row in events.get(memory.id, ())),
            )
            for memory in self._memories.get_many(ids)
        ]

    def links(self, *, after: str, upto: str) -> list[Relationship]:
        return self._links("r.from_id > ? AND r.from_id <= ? ORDER BY r.from_id, r.id", after, upto)

    def relationships(self, *, after: str, limit: int) -> list[Relationship]:
        return self._links("r.id > ? ORDER BY r.id LIMIT ?", after, limit)

    def presence(self, memory_id: str) -> RecordPresence:
        row = self._execute("SELECT deleted_at FROM memories WHERE id = ?", (memory_id,)).fetchone()
        if row is None:
            return RecordPresence.ABSENT
        return RecordPresence.HERE if row[0] is None else RecordPresence.DELETED

    def relationship(self, relationship_id: str) -> Relationship | None:
        row = self._execute(
            "SELECT id, from_id, to_id, type, score, at FROM relationships WHERE id = ?",
            (relationship_id,),
        ).fetchone()
        return None if row is None else Relationship(*row)

    def existing_event_ids(self, ids: Sequence[str]) -> frozenset[str]:
        rows = self._execute(
            f"SELECT id FROM memory_events WHERE id IN ({self._dialect.members})",
            (json.dumps(list(ids)),),
        )
        return frozenset(str(id_) for (id_,) in rows)

    def _links(self, condition: str, *values: str | int) -> list[Relationship]:
        return [Relationship(*row) for row in self._execute(_LINKS + condition, values)]


def _by_memory(rows: Iterable[Any]) -> dict[str, list[Any]]:
    """Rows sorted by their first column, grouped by it."""
    return {key: list(group) for key, group in groupby(rows, key=lambda row: str(row[0]))}


def _version(row: Any) -> MemoryVersion:
    memory_id, version, at, purged_at, *content = row
    return MemoryVersion(memory_id, version, content_of(content), at, purged_at)


def _event(row: Any) -> MemoryEvent:
    memory_id, id_, version, type_, data, actor, at = row
    return MemoryEvent(id_, memory_id, version, EventType(type_), json.loads(data), actor, at)
