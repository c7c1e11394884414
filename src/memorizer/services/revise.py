"""Changing what is remembered, without losing what was."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from memorizer.domain.diff import changes, compare
from memorizer.domain.errors import VersionConflict, VersionPurged
from memorizer.domain.memories import Content, EventType, JsonObject, Memory
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.job_factory import title_job

Revision = Callable[[Content], Content]
"""From the present content to the wanted one; may be applied again if somebody else was first."""

TRIES = 10


@dataclass(frozen=True, slots=True)
class Revised:
    """A memory after a change, and whether this very change made a version."""

    memory: Memory
    changed: bool


@dataclass(frozen=True, slots=True)
class UpdateMemory:
    """Edits and reverts memories."""

    database: Database
    embedding: Embedding
    history: ChangeRecorder
    clock: Clock

    async def edit(
        self, memory_id: str, revision: Revision, *, actor: str, expected: int | None = None
    ) -> Memory:
        """Apply the revision as a new version; the same content changes nothing.

        With `expected`, the memory must be at this version. Raises NotFound, VersionConflict.
        """
        revised = await self._write(
            memory_id, lambda _, old: revision(old), _edited, actor, expected
        )
        return revised.memory

    async def revert(
        self, memory_id: str, version: int, *, actor: str, expected: int | None = None
    ) -> Revised:
        """Write an old version's content as the newest version; nothing is rewound.

        Raises NotFound, VersionConflict, VersionPurged.
        """

        def past(tx: Transaction, _: Content) -> Content:
            found = tx.versions.get(memory_id, version)
            if found.purged_at is not None:
                raise VersionPurged(memory_id, version)
            return found.content

        def reverted(before: Memory, _: Content) -> tuple[EventType, JsonObject]:
            return EventType.MEMORY_REVERTED, {"from": before.version, "to": version}

        return await self._write(memory_id, past, reverted, actor, expected)

    async def _write(
        self,
        memory_id: str,
        wanted: Callable[[Transaction, Content], Content],
        describe: Callable[[Memory, Content], tuple[EventType, JsonObject]],
        actor: str,
        expected: int | None,
    ) -> Revised:
        for attempt in range(1, TRIES + 1):
            before, after = await self.database.read(
                lambda tx: _read(tx, memory_id, wanted, expected)
            )
            if after == before.content:
                return Revised(before, changed=False)
            try:
                memory = await self._change(before, after, describe(before, after), actor)
                return Revised(memory, changed=True)
            except VersionConflict:
                # somebody wrote between our read and our write: only the caller's own
                # expectation makes that an error
                if expected is not None or attempt == TRIES:
                    raise
        raise AssertionError("the loop returns or raises")

    async def _change(
        self, before: Memory, after: Content, event: tuple[EventType, JsonObject], actor: str
    ) -> Memory:
        embedded = await self.embedding.try_embed_inline(after)

        def work(tx: Transaction) -> Memory:
            memory = self.history.save_version(tx, before, after, *event, actor=actor)
            status = self.embedding.store_or_enqueue(tx, memory, embedded)
            if after.title is None:
                tx.jobs.enqueue([title_job(self.clock, memory)])
            return replace(memory, embedding_status=status)

        return await self.database.write(work)


def _read(
    tx: Transaction,
    memory_id: str,
    wanted: Callable[[Transaction, Content], Content],
    expected: int | None,
) -> tuple[Memory, Content]:
    memory = tx.memories.get(memory_id)
    if expected is not None and memory.version != expected:
        raise VersionConflict(memory_id, expected, memory.version)
    return memory, wanted(tx, memory.content)


def _edited(before: Memory, after: Content) -> tuple[EventType, JsonObject]:
    """What kind of edit it was, with enough data to show it as one line."""
    fields = {c.field: {"old": c.old, "new": c.new} for c in changes(before.content, after)}
    if before.content.text == after.text:
        return EventType.METADATA_UPDATED, {"changes": fields}
    diff = compare(before.content, after)
    data = {"added": diff.added, "removed": diff.removed, "changes": fields or None}
    return EventType.CONTENT_UPDATED, data
