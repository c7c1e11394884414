"""Deleting for ever what one version of a memory said, while the memory stays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from memorizer.domain.errors import PresentVersion
from memorizer.domain.memories import MAKE_VERSIONS, EventType, JsonObject, Memory, MemoryEvent
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.history import ChangeRecorder

PLACEHOLDER: Final = "[purged]"
"""Stands for the text, which may not be empty."""
_KEPT: Final = frozenset({"added", "removed", "from", "to", "writer", "model"})
"""What an event says without quoting the content."""


@dataclass(frozen=True, slots=True)
class Purge:
    """Purges single versions; services/trash.py purges whole memories."""

    database: Database
    history: ChangeRecorder
    clock: Clock

    async def version(self, memory_id: str, version: int, *, actor: str) -> None:
        """Replace text, title and tags of an earlier version, and what events quote of them.

        Doing it twice is doing it once. Raises NotFound; PresentVersion for the present one.
        """

        def work(tx: Transaction) -> None:
            memory = tx.memories.get(memory_id)
            if version == memory.version:
                raise PresentVersion(memory_id, version)
            found = tx.versions.get(memory_id, version)
            if found.purged_at is not None:
                return
            blank = replace(found.content, text=PLACEHOLDER, title=None, tags=())
            tx.versions.purge(replace(found, content=blank, purged_at=self.clock.now()))
            for event in _purged(tx.events.of_versions(memory_id, version, version + 1), version):
                tx.events.rewrite(event)
            tx.vectors.remove(memory_id, upto=version)
            if version == 1:  # a repeated request would be answered with it
                tx.idempotency.delete_for_memory(memory_id)
            self._note(tx, memory, version, actor)

        await self.database.write(work)

    def _note(self, tx: Transaction, memory: Memory, version: int, actor: str) -> None:
        self.history.add_event(
            tx, memory, EventType.VERSION_PURGED, {"purged": version}, actor=actor
        )


def _purged(events: list[MemoryEvent], version: int) -> Iterator[MemoryEvent]:
    """Those that quote this version, without what they quote."""
    for event in events:
        if event.type not in MAKE_VERSIONS:
            continue
        data = event.data
        if event.version == version:
            kept = {key: value for key, value in data.items() if key in _KEPT}
            data = {**kept, **_changes(data, gone="new")}
        elif event.version == version + 1:
            data = {**data, **_changes(data, gone="old")}
        if data != event.data:
            yield replace(event, data=data)


def _changes(data: JsonObject, *, gone: str) -> JsonObject:
    """The changes of fields with the `old` or the `new` values left out."""
    changes = data.get("changes")
    if not isinstance(changes, dict):
        return {}
    return {"changes": {field: {**change, gone: None} for field, change in changes.items()}}
