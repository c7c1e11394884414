"""What is in the store, in figures."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel
from memorizer.domain.memories import EmbeddingStatus, Filter
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import ActiveModelResolver

MANY: Final = 50_000
"""Memories, from which on counting takes so long that figures are told again for a while."""
SHARE: Final = 20
"""That while, in times of what the counting took: pages that ask often cost 5 % of a core."""


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """Counts over the whole store; deleted memories are in none of them."""

    memories: int
    archived: int
    untitled: int
    versions: int
    events: int
    relationships: int
    types: list[tuple[str, int]]
    tags: list[tuple[str, int]]
    embeddings: dict[EmbeddingStatus, int]
    model: EmbeddingModel | None
    configured_model: str
    mismatch: str | None
    """What to tell people while the configured model is not the one whose vectors are searched."""
    database_bytes: int = 0


@dataclass(slots=True)
class StatsCache:
    """The last figures of a large store, and until when they are told again."""

    figures: StoreStatistics | None = None
    until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def get(self) -> StoreStatistics | None:
        return self.figures if monotonic() < self.until else None

    def put(self, figures: StoreStatistics, seconds: float) -> None:
        """Note figures whose counting took so long."""
        if figures.memories >= MANY:
            self.figures, self.until = figures, monotonic() + SHARE * seconds


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts."""

    database: Database
    spaces: ActiveModelResolver
    _recent: StatsCache = field(default_factory=StatsCache)

    async def figures(self) -> StoreStatistics:
        """Everything the stats page shows, from one snapshot."""
        async with self._recent.lock:  # who asks at the same time gets the same figures
            if (figures := self._recent.get) is not None:
                return figures
            start = monotonic()
            figures = await self._counted()
            self._recent.put(figures, monotonic() - start)
            return figures

    async def _counted(self) -> StoreStatistics:
        size = await self.database.size()
        mismatch = await self.spaces.mismatch_message()
        configured = self.spaces.embedders.configured.name
        return await self.database.read(lambda tx: _figures(tx, size, configured, mismatch))

    async def growth(self) -> list[tuple[int, int]]:
        """The days (UTC) on which memories came, oldest first, with how many."""
        return await self.database.read(lambda tx: tx.memories.created_by_day())

    async def tags(self) -> list[tuple[str, int]]:
        """Tags in use, most used first."""
        return await self.database.read(lambda tx: tx.memories.tags())

    async def types(self) -> list[tuple[str, int]]:
        """Types in use, most used first."""
        return await self.database.read(lambda tx: tx.memories.types())


def _figures(
    tx: MemoryTransaction, size: int, configured: str, mismatch: str | None
) -> StoreStatistics:
    return StoreStatistics(
        memories=tx.memories.count(Filter(archived=None)),
        archived=tx.memories.count(Filter(archived=True)),
        untitled=tx.memories.untitled_count(),
        versions=tx.versions.count(),
        events=tx.events.count(),
        relationships=tx.relationships.count(),
        types=tx.memories.types(),
        tags=tx.memories.tags(),
        embeddings=tx.memories.embedding_counts(),
        model=tx.models.active(),
        configured_model=configured,
        mismatch=mismatch,
        database_bytes=size,
    )
