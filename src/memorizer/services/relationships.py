"""Typed relationships between memories."""

from dataclasses import dataclass

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_LABEL, EventType, Relationship, check_text
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.history import ChangeRecorder
from memorizer.services.supersession import Supersessions


@dataclass(frozen=True, slots=True)
class RelationshipService:
    """Adds, lists and removes relationships."""

    database: Database
    recorder: ChangeRecorder
    clock: Clock

    async def add(
        self, from_id: str, to_id: str, type_: str, *, actor: str, score: float | None = None
    ) -> tuple[Relationship, bool]:
        """Add a relationship; return it and whether it is new. Raises NotFound, InvalidField."""
        check_text("type", type_, longest=MAX_LABEL)
        if score is not None and not 0 <= score <= 1:
            raise InvalidField("score", "must lie between 0 and 1")
        if from_id == to_id:
            raise InvalidField("toMemoryId", "a memory cannot be related to itself")
        wanted = Relationship(
            self.clock.new_id(), from_id, to_id, type_.strip(), score, self.clock.now()
        )

        def transaction(tx: MemoryTransaction) -> tuple[Relationship, bool]:
            tx.memories.get(to_id)
            source = tx.memories.get(from_id)
            with self._supersessions.changed_link(tx, wanted, actor=actor):
                kept, is_new = tx.relationships.add(wanted)
            if is_new:
                self.recorder.add_link_event(
                    tx, source, EventType.RELATIONSHIP_ADDED, kept, actor=actor
                )
            return kept, is_new

        return await self.database.write(transaction)

    async def remove(self, relationship_id: str, *, actor: str) -> None:
        """Remove one relationship. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> None:
            gone = tx.relationships.get(relationship_id)
            source = tx.memories.get(gone.from_id)
            with self._supersessions.changed_link(tx, gone, actor=actor):
                tx.relationships.remove(relationship_id)
            self.recorder.add_link_event(
                tx, source, EventType.RELATIONSHIP_REMOVED, gone, actor=actor
            )

        await self.database.write(transaction)

    async def list(
        self,
        memory_id: str,
        *,
        outgoing: bool = True,
        incoming: bool = True,
        before: str | None = None,
        limit: int | None = None,
    ) -> list[Relationship]:
        """Return relationships with ids below `before`, newest first. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> list[Relationship]:
            tx.memories.get(memory_id)
            return tx.relationships.list_for(
                memory_id, outgoing=outgoing, incoming=incoming, before=before, limit=limit
            )

        return await self.database.read(transaction)

    async def count(self, memory_id: str) -> int:
        """Return the number of relationships of a memory."""
        return await self.database.read(lambda tx: tx.relationships.count_of(memory_id))

    @property
    def _supersessions(self) -> Supersessions:
        return Supersessions(self.recorder)
