"""Relationships between memories."""

import json
from collections.abc import Collection

from memorizer.adapters.sql.dialect import (
    AFTER_ALL_IDS,
    UNLIMITED,
    Dialect,
    Execute,
    Touch,
    row_as,
    rows_as,
)
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Relationship
from memorizer.domain.topics import MEMORIES
from memorizer.domain.validity import Replacement


class RelationshipRows:
    """Implements ports.memories.Relationships; both ends must be visible."""

    def __init__(self, execute: Execute, touch: Touch, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements
        self._touch = touch

    def add(self, relationship: Relationship) -> tuple[Relationship, bool]:
        r = relationship
        self._execute(
            self._statements["insert_relationship"],
            (r.id, r.from_id, r.to_id, r.type, r.score, r.at),
        )
        self._touch(MEMORIES)
        ends = (r.from_id, r.to_id, r.type)
        [kept] = rows_as(Relationship, self._execute(self._statements["find_relationship"], ends))
        return kept, kept.id == r.id

    def get(self, relationship_id: str) -> Relationship:
        rows = self._execute(self._statements["get_visible_relationship"], (relationship_id,))
        relationship = row_as(Relationship, rows)
        if relationship is None:
            raise NotFound("relationship", relationship_id)
        return relationship

    def remove(self, relationship_id: str) -> None:
        self._execute(self._statements["delete_relationship"], (relationship_id,))
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
        before = AFTER_ALL_IDS if before is None else before
        values = (outgoing, memory_id, incoming, memory_id, before, limit or UNLIMITED)
        return rows_as(Relationship, self._execute(self._statements["list_relationships"], values))

    def replaced_by(self, memory_id: str) -> list[Replacement]:
        return rows_as(Replacement, self._execute(self._statements["list_replaced"], (memory_id,)))

    def replacing(self, ids: Collection[str]) -> list[Replacement]:
        values = (json.dumps(list(ids)),)
        return rows_as(Replacement, self._execute(self._statements["list_replacing"], values))

    def superseding(self, memory_id: str) -> list[Relationship]:
        rows = self._execute(self._statements["list_superseding"], (memory_id,))
        return rows_as(Relationship, rows)

    def superseded_by(self, memory_id: str) -> list[str]:
        rows = self._execute(self._statements["list_replaced_directly"], (memory_id,))
        return [str(id_) for (id_,) in rows]

    def count_of(self, memory_id: str) -> int:
        values = (memory_id, memory_id)
        [(number,)] = self._execute(self._statements["count_relationships_of_memory"], values)
        return int(number)

    def count(self) -> int:
        [(number,)] = self._execute(self._statements["count_relationships"])
        return int(number)
