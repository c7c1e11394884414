"""The history of memories: what happened to each, and who did it."""

import json
from collections.abc import Sequence
from dataclasses import replace

from memorizer.adapters.sql.dialect import UNLIMITED, Dialect, Execute, rows_as
from memorizer.adapters.sql.memory_rows import EventRow
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import EventType, MemoryEvent


class EventRows:
    """Implements ports.memories.Events."""

    def __init__(self, execute: Execute, dialect: Dialect, *, is_scoped: bool = False) -> None:
        self._execute = execute
        self._is_scoped = is_scoped
        self._statements = dialect.statements

    def add(self, event: MemoryEvent) -> None:
        self._execute(
            self._statements["insert_event"],
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
            events = self._list("list_newest_events", memory_id, limit or UNLIMITED)
            if not events:  # every memory begins with an event, so there is no such memory
                raise NotFound("memory", memory_id)
            return events
        return self._list("list_events_before", memory_id, before, memory_id, limit or UNLIMITED)

    def of_versions(self, memory_id: str, first: int, last: int) -> list[MemoryEvent]:
        return self._list("list_events_of_versions", memory_id, first, last)

    def newest_seq(self) -> int:
        [(seq,)] = self._execute(self._statements["get_newest_event_seq"])
        return int(seq)

    def rewrite(self, event: MemoryEvent) -> None:
        self._execute(
            self._statements["set_event_data"],
            (json.dumps(event.data, ensure_ascii=False), event.id),
        )

    def count(self) -> int:
        [(number,)] = self._execute(self._statements["count_events"])
        return int(number)

    def _list(self, statement: str, *values: str | int) -> list[MemoryEvent]:
        rows = rows_as(EventRow, self._execute(self._statements[statement], values))
        return self.told([row.to_event() for row in rows])

    def told(self, events: list[MemoryEvent]) -> list[MemoryEvent]:
        """Return the events as the scope tells them: moves without the workspaces that it hides."""
        ids = {each.data[end] for each in events for end in _ends(each)} if self._is_scoped else ()
        if not ids:
            return events
        rows = self._execute(self._statements["list_existing_workspaces"], (json.dumps([*ids]),))
        visible = {id_ for (id_,) in rows}
        return [
            _without_ends(each, [e for e in _ends(each) if each.data[e] not in visible])
            for each in events
        ]


def _ends(event: MemoryEvent) -> list[str]:
    """Which workspaces the event of a move names."""
    is_move = event.type is EventType.MEMORY_MOVED
    return [end for end in ("from", "to") if is_move and end in event.data]


def _without_ends(event: MemoryEvent, hidden: Sequence[str]) -> MemoryEvent:
    data = {key: value for key, value in event.data.items() if key not in hidden}
    return replace(event, data=data) if hidden else event
