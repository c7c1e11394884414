"""The trash: deleted memories, which are invisible elsewhere."""

import json
from collections.abc import Sequence

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, Value
from memorizer.adapters.sql.memories import MemoryRow, MemoryRows, memory_columns
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
        self._dialect = dialect

    def get(self, memory_id: str) -> TrashedMemory:
        found = self._select(f"m.id = ? {self._dialect.row_lock}", (memory_id,))
        if not found:
            raise NotFound("deleted memory", memory_id)
        return found[0]

    def page(self, *, before: TrashCursor | None, limit: int) -> list[TrashedMemory]:
        below = "1 = 1" if before is None else "(m.deleted_at, m.id) < (?, ?)"
        return self._select(
            f"{below} ORDER BY m.deleted_at DESC, m.id DESC LIMIT ?", (*(before or ()), limit)
        )

    def among(self, ids: Sequence[str]) -> set[str]:
        rows = self._execute(
            "SELECT id FROM memories WHERE deleted_at IS NOT NULL"
            f" AND id IN ({self._dialect.members})",
            (json.dumps(list(ids)),),
        )
        return {str(id_) for (id_,) in rows}

    def count(self) -> int:
        [(number,)] = self._execute("SELECT count(*) FROM memories WHERE deleted_at IS NOT NULL")
        return int(number)

    def oldest(self, *, until: int, limit: int) -> list[str]:
        rows = self._execute(
            "SELECT id FROM memories WHERE deleted_at IS NOT NULL AND deleted_at <= ?"
            " ORDER BY deleted_at, id LIMIT ?",
            (until, limit),
        )
        return [str(id_) for (id_,) in rows]

    def untrash(self, memory_id: str) -> Memory:
        self._execute("UPDATE memories SET deleted_at = NULL WHERE id = ?", (memory_id,))
        self._touch(MEMORIES)
        return self._memories.get(memory_id)

    def purge(self, ids: Sequence[str]) -> int:
        gone = self._execute(  # tags, versions, events, relationships and vectors go along
            "DELETE FROM memories WHERE deleted_at IS NOT NULL"
            f" AND id IN ({self._dialect.members}) RETURNING 1",
            (json.dumps(list(ids)),),
        ).fetchall()
        self._touch(MEMORIES)
        return len(gone)

    def _select(self, condition: str, values: tuple[Value, ...]) -> list[TrashedMemory]:
        rows = self._execute(
            f"SELECT {memory_columns(self._dialect)}, m.deleted_at FROM memories m"
            f" WHERE m.deleted_at IS NOT NULL AND {condition}",
            values,
        )
        return [TrashedMemory(MemoryRow(*row).to_memory(), at) for *row, at in rows]
