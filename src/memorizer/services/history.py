"""Every change of a memory is written here: row, version, event and full text together."""

from dataclasses import dataclass, replace

from memorizer.domain.memories import (
    Content,
    EmbeddingStatus,
    EventType,
    JsonObject,
    Memory,
    MemoryEvent,
    MemoryVersion,
)
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Transaction


@dataclass(frozen=True, slots=True)
class ChangeRecorder:
    """Writes changes with their trace; used inside a transaction."""

    clock: Clock

    def create(
        self,
        tx: Transaction,
        content: Content,
        *,
        actor: str,
        status: EmbeddingStatus = EmbeddingStatus.PENDING,
    ) -> Memory:
        """Insert a new memory as version 1. READY promises its vectors in this transaction."""
        now = self.clock.now()
        memory = Memory(self.clock.new_id(), content, 1, now, now, embedding_status=status)
        tx.memories.insert(memory)
        self._keep(tx, memory)
        self.add_event(tx, memory, EventType.MEMORY_CREATED, {"title": content.title}, actor=actor)
        return memory

    def save_version(
        self,
        tx: Transaction,
        before: Memory,
        after: Content,
        event: EventType,
        data: JsonObject,
        *,
        actor: str,
    ) -> Memory:
        """Write `after` as the version that follows `before`. Raises NotFound, VersionConflict."""
        memory = tx.memories.update(before.id, after, expected=before.version, at=self.clock.now())
        self._keep(tx, memory)
        self.add_event(tx, memory, event, data, actor=actor)
        return memory

    def add_event(
        self, tx: Transaction, memory: Memory, event: EventType, data: JsonObject, *, actor: str
    ) -> None:
        """Add one event to the memory's history."""
        facts = {key: value for key, value in data.items() if value is not None}
        tx.events.add(
            MemoryEvent(
                id=self.clock.new_id(),
                memory_id=memory.id,
                version=memory.version,
                type=event,
                data=facts,
                actor=actor,
                at=self.clock.now(),
            )
        )

    def _keep(self, tx: Transaction, memory: Memory) -> None:
        tx.versions.add(MemoryVersion(memory.id, memory.version, memory.content, memory.updated_at))
        tx.full_text.put(memory)


def with_title(content: Content, title: str) -> Content:
    """The same content under another title."""
    return replace(content, title=title)
