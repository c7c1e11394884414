"""Counts over the store."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel
from memorizer.domain.memories import EmbeddingStatus, Facets, Filter
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.embedding import ActiveModelResolver

CACHED_FROM_MEMORIES: Final = 50_000
"""Stores of at least this many memories answer from a cache."""
CACHE_DURATION_FACTOR: Final = 20
"""How long an answer is cached, in times of what counting took (20: at most 5 % of a core)."""

MAX_FACET_NAMES: Final = 100
"""Most types, tags, sources and workspaces that are counted for a filter, each."""


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
    """Says that the configured model is not the active one; None while it is."""
    database_bytes: int = 0


class Statistics:
    """Counts what is in the store."""

    def __init__(self, database: Database, active_model: ActiveModelResolver) -> None:
        self._database = database
        self._active_model = active_model
        self._cached: StoreStatistics | None = None
        self._cached_until = 0.0
        self._lock = asyncio.Lock()

    def within(self, database: Database) -> "Statistics":
        """Return the same of a part of the store, without a cache."""
        return Statistics(database, self._active_model)

    async def fingerprint(self) -> tuple[object, ...]:
        """Return what changes whenever the visible part of the store does."""

        def transaction(tx: MemoryTransaction) -> tuple[object, ...]:
            counts = tx.memories.embedding_counts()
            return (
                tx.memories.count(Filter(archived=True)),
                tuple(counts.values()),
                tx.trash.count(),
                tx.events.newest_seq(),
                tx.events.count(),
                tx.relationships.count(),
                tuple(tx.workspaces.list_all()),
            )

        return await self._database.read(transaction)

    async def totals(self) -> StoreStatistics:
        """Count the whole store in one snapshot; large stores answer from a cache for a while."""
        async with self._lock:  # those who ask meanwhile get the same answer
            if self._cached is not None and monotonic() < self._cached_until:
                return self._cached
            start = monotonic()
            totals = await self._count()
            if totals.memories >= CACHED_FROM_MEMORIES:
                now = monotonic()
                self._cached = totals
                self._cached_until = now + CACHE_DURATION_FACTOR * (now - start)
            return totals

    async def _count(self) -> StoreStatistics:
        size = await self._database.size()
        mismatch = await self._active_model.mismatch_message()
        configured = self._active_model.embedders.configured.name
        return await self._database.read(lambda tx: _totals(tx, size, configured, mismatch))

    async def growth(self) -> list[tuple[int, int]]:
        """Return (UTC midnight in ms, memories created that day), oldest first."""
        return await self._database.read(lambda tx: tx.memories.created_by_day())

    async def facets(self, filter_: Filter, *, since: Sequence[int]) -> Facets:
        """Count the memories that match by what they have, and those later than each moment."""
        return await self._database.read(
            lambda tx: tx.memories.facets(filter_, since=since, limit=MAX_FACET_NAMES)
        )

    async def tags(self) -> list[tuple[str, int]]:
        """Return the tags in use with their number of memories, most used first."""
        return await self._database.read(lambda tx: tx.memories.tags())

    async def types(self) -> list[tuple[str, int]]:
        """Return the types in use with their number of memories, most used first."""
        return await self._database.read(lambda tx: tx.memories.types())


def _totals(
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
