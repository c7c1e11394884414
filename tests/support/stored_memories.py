"""Memories written through the ports of a transaction, without the services above it."""

from collections.abc import Sequence

from memorizer.domain.memories import Content, EventType, Memory, Relationship
from memorizer.ports.transactions import Transaction
from memorizer.services.history import ChangeRecorder
from support.clock import ManualClock


class Filing:
    """Inside a transaction; every memory is its own moment."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._history = ChangeRecorder(clock)

    def add(self, tx: Transaction, *contents: Content) -> list[Memory]:
        memories = []
        for content in contents:
            self._clock.advance(seconds=1)
            memories.append(self._history.create(tx, content, actor="test"))
        return memories

    def revise(self, tx: Transaction, memory: Memory, content: Content) -> Memory:
        self._clock.advance(seconds=1)
        return self._history.save_version(
            tx, memory, content, EventType.CONTENT_UPDATED, {}, actor="test"
        )

    def archive(self, tx: Transaction, memory: Memory) -> None:
        tx.memories.set_archived(memory.id, self._clock.now())

    def delete(self, tx: Transaction, memory: Memory) -> None:
        tx.memories.soft_delete(memory.id, self._clock.now())

    def link(self, tx: Transaction, from_: Memory, to: Memory, type_: str) -> Relationship:
        link = Relationship(self._clock.new_id(), from_.id, to.id, type_, 0.5, self._clock.now())
        return tx.relationships.add(link)[0]


def ids(memories: Sequence[Memory]) -> list[str]:
    return [memory.id for memory in memories]
