"""The trash: deleted memories, which are invisible elsewhere."""

import json
from collections.abc import Sequence
from typing import Any

from memorizer.adapters.sql.dialect import (
    AFTER_ALL_IDS,
    AFTER_ALL_NUMBERS,
    Dialect,
    Execute,
    Touch,
    rows_as,
)
from memorizer.adapters.sql.memories import MemoryRows
from memorizer.adapters.sql.memory_rows import MemoryRow
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Memory, TrashCursor, TrashedMemory
from memorizer.domain.topics import MEMORIES


class TrashRows:
    """Implements ports.memories.Trash."""

    def __init__(
        self, execute: Execute, touch: Touch, memories: MemoryRows, dialect: Dialect
    ) -> None:
        self._execute = execute
        self._touch = touch
        self._memories = memories
        self._statements = dialect.statements

    def get(self, memory_id: str) -> TrashedMemory:
        row = self._execute(self._statements["get_trashed_memory"], (memory_id,)).fetchone()
        if row is None:
            raise NotFound("deleted memory", memory_id)
        return _trashed(*row)

    def page(self, *, before: TrashCursor | None, limit: int) -> list[TrashedMemory]:
        values = (*(before or (AFTER_ALL_NUMBERS, AFTER_ALL_IDS)), limit)
        return rows_as(_trashed, self._execute(self._statements["page_trash"], values))

    def among(self, ids: Sequence[str]) -> set[str]:
        rows = self._execute(self._statements["list_trashed_ids"], (json.dumps(list(ids)),))
        return {str(id_) for (id_,) in rows}

    def count(self) -> int:
        [(number,)] = self._execute(self._statements["count_trash"])
        return int(number)

    def oldest(self, *, until: int, limit: int) -> list[str]:
        rows = self._execute(self._statements["list_oldest_trashed_ids"], (until, limit))
        return [str(id_) for (id_,) in rows]

    def untrash(self, memory_id: str) -> Memory:
        self._execute(self._statements["set_deleted_at"], (None, memory_id))
        self._touch(MEMORIES)
        return self._memories.get(memory_id)

    def purge(self, ids: Sequence[str]) -> int:
        deleted = self._execute(self._statements["purge_memories"], (json.dumps(list(ids)),))
        self._touch(MEMORIES)
        return len(deleted.fetchall())


def _trashed(*row: Any) -> TrashedMemory:
    """From the columns of a MemoryRow, and the time of deletion."""
    *columns, at = row
    return TrashedMemory(MemoryRow(*columns).to_memory(), at)
