"""The history of memories: writing versions and events, reading, comparing and purging them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from memorizer.domain.diff import Diff, compare
from memorizer.domain.errors import PresentVersion
from memorizer.domain.memories import (
    MAKE_VERSIONS,
    Content,
    EmbeddingStatus,
    EventType,
    JsonObject,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
)
from memorizer.domain.metadata import NO_METADATA
from memorizer.domain.validity import NO_TIMES
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction

MAX_VERSIONS: Final = 1_000
MAX_CHARACTERS: Final = 1_000_000
"""Total length of the texts of versions in one answer; a longer version comes alone."""
PLACEHOLDER: Final = "[purged]"
"""Stands for the text of a purged version, which may not be empty."""
_KEPT_EVENT_KEYS: Final = frozenset({"added", "removed", "from", "to", "writer", "model"})
"""Keys of an event's data that quote nothing of the content."""


@dataclass(frozen=True, slots=True)
class ChangeRecorder:
    """Writes a changed memory with its version, event and full text, inside a transaction."""

    clock: Clock

    def create(
        self,
        tx: MemoryTransaction,
        content: Content,
        *,
        actor: str,
        status: EmbeddingStatus = EmbeddingStatus.PENDING,
        key: str | None = None,
        workspace_id: str | None = None,
    ) -> Memory:
        """Insert a new memory as version 1. READY promises its vectors in this transaction."""
        now = self.clock.now()
        memory = Memory(
            self.clock.new_id(),
            content,
            1,
            now,
            now,
            embedding_status=status,
            workspace_id=workspace_id,
            key=key,
        )
        tx.memories.insert(memory)
        self._save(tx, memory)
        data = {"title": content.title, "key": key}
        self.add_event(tx, memory, EventType.MEMORY_CREATED, data, actor=actor)
        return memory

    def save_version(
        self,
        tx: MemoryTransaction,
        before: Memory,
        after: Content,
        event: EventType,
        data: JsonObject,
        *,
        actor: str,
        keep_updated_at: bool = False,
        updated_at: int | None = None,
    ) -> Memory:
        """Write `after` as the version that follows `before`. Raises NotFound, VersionConflict.

        `keep_updated_at`: for what nobody changed, such as a missing title; its event has the time.
        `updated_at`: when it was changed elsewhere; never before the last change here.
        """
        at = self.clock.now() if updated_at is None else max(updated_at, before.updated_at)
        if keep_updated_at:
            at = before.updated_at
        memory = tx.memories.update(before.id, after, expected=before.version, at=at)
        self._save(tx, memory)
        self.add_event(tx, memory, event, data, actor=actor)
        return memory

    def add_event(
        self,
        tx: MemoryTransaction,
        memory: Memory,
        event: EventType,
        data: JsonObject,
        *,
        actor: str,
    ) -> None:
        """Add one event to the memory's history; None values of `data` are left out."""
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

    def trash(self, tx: MemoryTransaction, memory: Memory, at: int, *, actor: str) -> None:
        """Move a live memory to the trash, out of every index."""
        self.add_event(tx, memory, EventType.MEMORY_DELETED, {}, actor=actor)
        tx.full_text.remove(memory.id)
        tx.vectors.remove(memory.id)
        tx.memories.soft_delete(memory.id, at)

    def add_link_event(
        self,
        tx: MemoryTransaction,
        source: Memory,
        event: EventType,
        link: Relationship,
        *,
        actor: str,
    ) -> None:
        """Add the event of a relationship to the history of its first memory."""
        data = {"relationshipId": link.id, "toMemoryId": link.to_id, "type": link.type}
        self.add_event(tx, source, event, data, actor=actor)

    def _save(self, tx: MemoryTransaction, memory: Memory) -> None:
        tx.versions.add(MemoryVersion(memory.id, memory.version, memory.content, memory.updated_at))
        tx.full_text.put(memory)


@dataclass(frozen=True, slots=True)
class History:
    """Reads, compares and purges the versions and events of memories."""

    database: Database
    recorder: ChangeRecorder
    clock: Clock

    async def versions(
        self, memory_id: str, *, before: int | None = None, limit: int = MAX_VERSIONS
    ) -> list[MemoryVersion]:
        """Return versions below `before`, newest first; fewer than `limit` if they are long.

        Raises NotFound.
        """

        def transaction(tx: MemoryTransaction) -> list[MemoryVersion]:
            tx.memories.get(memory_id)
            return tx.versions.list_for(
                memory_id, before=before, limit=limit, most_characters=MAX_CHARACTERS
            )

        return await self.database.read(transaction)

    async def version(self, memory_id: str, version: int) -> MemoryVersion:
        """Return one version. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> MemoryVersion:
            tx.memories.get(memory_id)
            return tx.versions.get(memory_id, version)

        return await self.database.read(transaction)

    async def diff(self, memory_id: str, old: int, new: int) -> Diff:
        """Return what changed from version `old` to version `new`. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> tuple[Content, Content]:
            tx.memories.get(memory_id)
            before, after = (tx.versions.get(memory_id, number) for number in (old, new))
            return before.content, after.content

        return await asyncio.to_thread(compare, *await self.database.read(transaction))

    async def changes(
        self, memory_id: str, *, limit: int
    ) -> list[tuple[MemoryVersion, MemoryEvent | None]]:
        """Return the newest versions, each with the event that made it. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> list[tuple[MemoryVersion, MemoryEvent | None]]:
            tx.memories.get(memory_id)
            found = tx.versions.list_for(memory_id, limit=limit, most_characters=MAX_CHARACTERS)
            events = tx.events.of_versions(memory_id, found[-1].version, found[0].version)
            made = {event.version: event for event in events if event.type in MAKE_VERSIONS}
            return [(version, made.get(version.version)) for version in found]

        return await self.database.read(transaction)

    async def events(
        self, memory_id: str, *, before: str | None = None, limit: int | None = None
    ) -> list[MemoryEvent]:
        """Return events before the event of id `before`, newest first; of deleted memories too.

        Raises NotFound.
        """
        return await self.database.read(
            lambda tx: tx.events.list_for(memory_id, before=before, limit=limit)
        )

    async def purge(self, memory_id: str, version: int, *, actor: str) -> None:
        """Erase the content of an earlier version, and what events quote of it.

        Type, source and confidence are kept. A purged version stays as it is. Raises NotFound;
        PresentVersion for the present one.
        """

        def transaction(tx: MemoryTransaction) -> None:
            memory = tx.memories.get(memory_id)
            if version == memory.version:
                raise PresentVersion(memory_id, version)
            found = tx.versions.get(memory_id, version)
            if found.purged_at is not None:
                return
            blank = replace(
                found.content,
                text=PLACEHOLDER,
                title=None,
                tags=(),
                metadata=NO_METADATA,
                times=NO_TIMES,
            )
            tx.versions.purge(replace(found, content=blank, purged_at=self.clock.now()))
            for event in _purged(tx.events.of_versions(memory_id, version, version + 1), version):
                tx.events.rewrite(event)
            tx.vectors.remove(memory_id, upto=version)
            tx.proposals.forget([memory_id])  # one may quote it
            if version == 1:  # a repeated request would be answered with it
                tx.idempotency.delete_for_memory(memory_id)
            self.recorder.add_event(
                tx, memory, EventType.VERSION_PURGED, {"purged": version}, actor=actor
            )

        await self.database.write(transaction)


def with_title(content: Content, title: str) -> Content:
    """Return the content with another title."""
    return replace(content, title=title)


def _purged(events: list[MemoryEvent], version: int) -> Iterator[MemoryEvent]:
    """Those that quote this version, without what they quote."""
    for event in events:
        if event.type not in MAKE_VERSIONS:
            continue
        data = event.data
        if event.version == version:
            kept = {key: value for key, value in data.items() if key in _KEPT_EVENT_KEYS}
            data = {**kept, **_changes(data, gone="new")}
        elif event.version == version + 1:
            data = {**data, **_changes(data, gone="old")}
        if data != event.data:
            yield replace(event, data=data)


def _changes(data: JsonObject, *, gone: str) -> JsonObject:
    """Return the changes of fields with the `old` or the `new` values left out."""
    changes = data.get("changes")
    if not isinstance(changes, dict):
        return {}
    return {"changes": {field: {**change, gone: None} for field, change in changes.items()}}
