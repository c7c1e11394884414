"""What is in the store, in figures."""

from dataclasses import dataclass

from memorizer.domain.memories import EmbeddingStatus, Filter
from memorizer.ports.unit_of_work import Database, Transaction
from memorizer.ports.vectors import EmbeddingModel
from memorizer.services.spaces import Spaces


@dataclass(frozen=True, slots=True)
class Figures:
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


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts."""

    database: Database
    spaces: Spaces

    async def figures(self) -> Figures:
        """Everything the stats page shows, from one snapshot."""
        size = await self.database.size()
        mismatch = await self.spaces.mismatch()
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


def _figures(tx: Transaction, size: int, configured: str, mismatch: str | None) -> Figures:
    return Figures(
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
