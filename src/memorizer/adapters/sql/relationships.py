"""Relationships between memories."""

from typing import Final

from memorizer.adapters.sql.dialect import UNLIMITED, Execute, Touch
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Relationship
from memorizer.domain.topics import MEMORIES

_VISIBLE: Final = """
FROM relationships r JOIN visible_memories f ON f.id = r.from_id
JOIN visible_memories t ON t.id = r.to_id
"""


class RelationshipRows:
    """Implements ports.memories.Relationships; both ends must be visible."""

    def __init__(self, execute: Execute, touch: Touch) -> None:
        self._execute = execute
        self._touch = touch

    def add(self, relationship: Relationship) -> tuple[Relationship, bool]:
        r = relationship
        self._execute(
            "INSERT INTO relationships (id, from_id, to_id, type, score, at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (from_id, to_id, type) DO NOTHING",
            (r.id, r.from_id, r.to_id, r.type, r.score, r.at),
        )
        self._touch(MEMORIES)
        [kept] = self._select(
            "r.from_id = ? AND r.to_id = ? AND r.type = ?", (r.from_id, r.to_id, r.type)
        )
        return kept, kept.id == r.id

    def get(self, relationship_id: str) -> Relationship:
        found = self._select("r.id = ?", (relationship_id,))
        if not found:
            raise NotFound("relationship", relationship_id)
        return found[0]

    def remove(self, relationship_id: str) -> None:
        self._execute("DELETE FROM relationships WHERE id = ?", (relationship_id,))
        self._touch(MEMORIES)

    def list_for(
        self,
        memory_id: str,
        *,
        outgoing: bool = True,
        incoming: bool = True,
        before: str | None = None,
        limit: int | None = None,
    ) -> list[Relationship]:
        below = "" if before is None else " AND r.id < ?"
        return self._select(
            f"((? AND r.from_id = ?) OR (? AND r.to_id = ?)){below} ORDER BY r.id DESC LIMIT ?",
            (
                *(outgoing, memory_id, incoming, memory_id),
                *([] if before is None else [before]),
                limit or UNLIMITED,
            ),
        )

    def count_of(self, memory_id: str) -> int:
        return self._count("r.from_id = ? OR r.to_id = ?", (memory_id, memory_id))

    def count(self) -> int:
        return self._count("1 = 1", ())

    def _select(self, condition: str, values: tuple[str | int, ...]) -> list[Relationship]:
        columns = "r.id, r.from_id, r.to_id, r.type, r.score, r.at"
        rows = self._execute(f"SELECT {columns} {_VISIBLE} WHERE {condition}", values)
        return [Relationship(*row) for row in rows]

    def _count(self, condition: str, values: tuple[str, ...]) -> int:
        [(number,)] = self._execute(f"SELECT count(*) {_VISIBLE} WHERE {condition}", values)
        return int(number)
