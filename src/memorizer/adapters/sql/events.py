"""The history of memories: what happened to each, and who did it."""

import json

from memorizer.adapters.sql.dialect import UNLIMITED, Execute
from memorizer.adapters.sql.memories import count_visible
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import (
    EventType,
    MemoryEvent,
)


class EventRows:
    """Implements ports.memories.Events."""

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    def add(self, event: MemoryEvent) -> None:
        self._execute(
            "INSERT INTO memory_events (id, memory_id, version, type, data, actor, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                event.id,
                event.memory_id,
                event.version,
                event.type,
                json.dumps(event.data, ensure_ascii=False),
                event.actor,
                event.at,
            ),
        )

    def list_for(
        self, memory_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[MemoryEvent]:
        if before is None:
            events = self._select("ORDER BY seq DESC LIMIT ?", (memory_id, limit or UNLIMITED))
            if not events:  # every memory begins with an event, so there is no such memory
                raise NotFound("memory", memory_id)
            return events
        return self._select(
            "AND seq < (SELECT seq FROM memory_events WHERE id = ? AND memory_id = ?)"
            " ORDER BY seq DESC LIMIT ?",
            (memory_id, before, memory_id, limit or UNLIMITED),
        )

    def of_versions(self, memory_id: str, first: int, last: int) -> list[MemoryEvent]:
        return self._select(
            "AND version BETWEEN ? AND ? ORDER BY seq DESC", (memory_id, first, last)
        )

    def _select(self, condition: str, values: tuple[str | int, ...]) -> list[MemoryEvent]:
        rows = self._execute(
            "SELECT id, memory_id, version, type, data, actor, at FROM memory_events"
            f" WHERE memory_id = ? {condition}",
            values,
        )
        return [
            MemoryEvent(id_, memory, version, EventType(type_), json.loads(data), actor, at)
            for id_, memory, version, type_, data, actor, at in rows
        ]

    def rewrite(self, event: MemoryEvent) -> None:
        self._execute(
            "UPDATE memory_events SET data = ? WHERE id = ?",
            (json.dumps(event.data, ensure_ascii=False), event.id),
        )

    def count(self) -> int:
        return count_visible(self._execute, "memory_events")
