"""What replaces what: relationships `supersedes`, and what follows from them for each memory."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import EventType, Memory, Relationship
from memorizer.domain.validity import (
    MAX_REPLACED,
    SUPERSEDES,
    Supersession,
    says_supersedes,
    supersession_of,
)
from memorizer.ports.transactions import MemoryTransaction
from memorizer.services.history import ChangeRecorder


@dataclass(frozen=True, slots=True)
class Supersessions:
    """Keeps every memory's `supersession` as its relationships say it, inside a transaction."""

    recorder: ChangeRecorder

    def replace(
        self, tx: MemoryTransaction, newer: Memory, replaced: Sequence[str], *, actor: str
    ) -> None:
        """State that a memory replaces others; nothing is written if it cannot.

        Raises NotFound, InvalidField.
        """
        check_replaced(tx, replaced, newer_id=newer.id)
        clock = self.recorder.clock
        for memory_id in dict.fromkeys(replaced):
            link = Relationship(clock.new_id(), newer.id, memory_id, SUPERSEDES, None, clock.now())
            with self.changed_link(tx, link, actor=actor):
                _, is_new = tx.relationships.add(link)
            if is_new:
                self.recorder.add_link_event(
                    tx, newer, EventType.RELATIONSHIP_ADDED, link, actor=actor
                )

    def reinstate(self, tx: MemoryTransaction, memory: Memory, *, actor: str) -> Memory:
        """Take back that a memory is replaced: remove the relationships that say so."""
        for link in tx.relationships.superseding(memory.id):
            with self.changed_link(tx, link, actor=actor):
                tx.relationships.remove(link.id)
            newer = tx.memories.get(link.from_id)
            self.recorder.add_link_event(
                tx, newer, EventType.RELATIONSHIP_REMOVED, link, actor=actor
            )
        return tx.memories.get(memory.id)

    @contextmanager
    def changed_link(
        self, tx: MemoryTransaction, link: Relationship, *, actor: str, imports: bool = False
    ) -> Iterator[None]:
        """Enter while a relationship is added or removed."""
        if not says_supersedes(link.type):
            yield
            return
        before = _circle(tx, link.to_id)
        yield
        self._settle(tx, {*before, *_circle(tx, link.to_id)}, actor, imports=imports)

    @contextmanager
    def changed_memory(
        self, tx: MemoryTransaction, memory_id: str, *, actor: str
    ) -> Iterator[None]:
        """Enter while a memory is deleted, comes back or begins to hold at another time."""
        before = {*_circle(tx, memory_id), *tx.relationships.superseded_by(memory_id)}
        yield
        after = {*_circle(tx, memory_id), *tx.relationships.superseded_by(memory_id)}
        self._settle(tx, before | after, actor)

    def _settle(
        self, tx: MemoryTransaction, ids: Iterable[str], actor: str, *, imports: bool = False
    ) -> None:
        for memory in tx.memories.get_many(sorted(ids)):
            old = memory.supersession
            if old is not None and old.by is None:
                continue  # by what this caller does not see, and cannot take back
            circle = _circle(tx, memory.id)
            links = tx.relationships.replaced_by(memory.id) + tx.relationships.replacing(circle)
            created = {each.id: each.created_at for each in tx.memories.get_many(sorted(circle))}
            new = supersession_of(memory.id, set(links), created)
            if new == old:
                continue
            tx.memories.set_supersession(memory.id, new)
            if (old and old.by) != (new and new.by):
                self._note(tx, memory, old, new, actor, imports=imports)

    def _note(
        self,
        tx: MemoryTransaction,
        memory: Memory,
        old: Supersession | None,
        new: Supersession | None,
        actor: str,
        *,
        imports: bool,
    ) -> None:
        """Add the event, unless the history that was imported with the memory has it."""
        event = EventType.MEMORY_REINSTATED if new is None else EventType.MEMORY_SUPERSEDED
        by = (new or old or (None,))[0]
        if imports and any(
            each.type is event and each.data.get("supersededBy") == by
            for each in tx.events.list_for(memory.id)
        ):
            return
        self.recorder.add_event(tx, memory, event, {"supersededBy": by}, actor=actor)


def check_replaced(
    tx: MemoryTransaction, replaced: Sequence[str], *, newer_id: str | None = None
) -> None:
    """Raise NotFound, or InvalidField, if these cannot all be replaced."""
    if len(replaced) > MAX_REPLACED:
        raise InvalidField("replaces", f"at most {MAX_REPLACED} memories, got {len(replaced)}")
    if newer_id in replaced:
        raise InvalidField("replaces", "a memory cannot replace itself")
    for memory_id in replaced:
        tx.memories.get(memory_id)


def _circle(tx: MemoryTransaction, memory_id: str) -> set[str]:
    """Return the memory, and those that it replaces and is replaced by."""
    below = tx.relationships.replaced_by(memory_id)
    if all(each.older != memory_id for each in below):
        return {memory_id}
    leads_to: dict[str, list[str]] = {}
    for each in below:
        leads_to.setdefault(each.older, []).append(each.newer)
    circle, waiting = {memory_id}, [memory_id]
    while waiting:
        for newer in leads_to.get(waiting.pop(), ()):
            if newer not in circle:
                circle.add(newer)
                waiting.append(newer)
    return circle
