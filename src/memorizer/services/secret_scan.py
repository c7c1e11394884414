"""Finds secrets that are stored, in all versions of all memories, and removes them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from memorizer.domain.memories import Filter, Memory, MemoryVersion
from memorizer.domain.secrets import kinds_in, masked_content, texts_of
from memorizer.ports.transactions import MemoryTransaction
from memorizer.services.history import MAX_CHARACTERS, History
from memorizer.services.memories import MemoryService

VERSIONS_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """A version of a memory that holds secrets of these kinds."""

    memory: Memory
    version: int
    kinds: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether it is the version that lists and searches show."""
        return self.version == self.memory.version


@dataclass(frozen=True, slots=True)
class SecretPage:
    """What was found in some memories, how many these were, and the next page's cursor."""

    findings: list[SecretFinding]
    examined: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class SecretScan:
    """Looks through live and archived memories; those in the trash are purged in time."""

    memories: MemoryService
    history: History

    async def page(self, *, before: str | None, limit: int) -> SecretPage:
        """Examine up to `limit` memories with ids below `before`, newest first."""

        def transaction(tx: MemoryTransaction) -> SecretPage:
            found = tx.memories.page(Filter(archived=None), before=before, limit=limit + 1)
            page = found[:limit]
            findings = [finding for memory in page for finding in _findings(tx, memory)]
            cursor = page[-1].id if len(found) > limit else None
            return SecretPage(findings, len(page), cursor)

        return await self.memories.database.read(transaction)

    async def purge(self, memory_id: str, *, actor: str) -> tuple[Memory, list[int]]:
        """Mask secrets in a new version and purge all versions that hold some.

        Returns the memory and the numbers of the purged versions. May be repeated after a failure.
        Raises NotFound.
        """
        memory = await self.memories.update(memory_id, masked_content, actor=actor)
        findings = await self.memories.database.read(
            lambda tx: [finding.version for finding in _findings(tx, memory)]
        )
        purged = [version for version in findings if version != memory.version]
        for version in purged:
            await self.history.purge(memory_id, version, actor=actor)
        return memory, purged


def _findings(tx: MemoryTransaction, memory: Memory) -> Iterator[SecretFinding]:
    """Yield the versions of a memory that hold secrets, newest first."""
    for version in _versions(tx, memory):
        if kinds := kinds_in(texts_of(version.content)):
            yield SecretFinding(memory, version.version, kinds)


def _versions(tx: MemoryTransaction, memory: Memory) -> Iterator[MemoryVersion]:
    before = None
    while True:
        page = tx.versions.list_for(
            memory.id, before=before, limit=VERSIONS_AT_ONCE, most_characters=MAX_CHARACTERS
        )
        yield from page
        if not page or (before := page[-1].version) == 1:
            return
