"""Finding memories that say nearly the same. Nothing is merged: people and agents decide."""

from dataclasses import dataclass
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel, VectorKind
from memorizer.domain.memories import Filter, Memory
from memorizer.ports.transactions import Database, MemoryTransaction

EXAMINED: Final = 100
"""Memories that one page compares with all others, so that it comes within a second or so."""
CHUNKS: Final = 4
"""Of a long text; another one is a duplicate only if all of them are near."""
NEIGHBOURS: Final = 20
LEAST_SHARE: Final = 0.5
"""A text of less than half the length says less, however near its words are."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A memory and an older one that is near; `similarity` is that of their farthest chunks."""

    memory: Memory
    older: Memory
    similarity: float


@dataclass(frozen=True, slots=True)
class Examination:
    """What one page found among so many memories, and where to go on."""

    pairs: list[Pair]
    examined: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Compares live memories by their vectors."""

    database: Database

    async def near(self, threshold: float, *, before: str | None, limit: int) -> Examination:
        """Pairs of at least this cosine, the newest memories first.

        It ends after a number of memories: there may be a cursor though little was found, and
        a few more than `limit` may be.
        """

        def work(tx: MemoryTransaction) -> Examination:
            page = tx.memories.page(Filter(), before=before, limit=EXAMINED + 1)
            model = tx.models.active()
            pairs: list[Pair] = []
            for number, memory in enumerate(page[:EXAMINED], start=1):
                pairs += _older_ones(tx, model, memory, threshold)
                if len(pairs) >= limit or number == EXAMINED:
                    is_more = number < len(page)
                    return Examination(pairs, number, memory.id if is_more else None)
            return Examination(pairs, len(page), None)

        return await self.database.read(work)


def _older_ones(
    tx: MemoryTransaction, model: EmbeddingModel | None, memory: Memory, threshold: float
) -> list[Pair]:
    """So each pair is found once: from its newer memory."""
    near = _near(tx, model, memory.id, threshold) if model else {}
    if (same := tx.memories.find_duplicate(memory.content.text).get()) is not None:
        near[same] = 1.0  # vectors are of title and text, and titles may differ
    others = tx.memories.get_many(sorted(near, key=lambda id_: -near[id_]))
    return [
        Pair(memory, other, near[other.id])
        for other in others
        if (other.created_at, other.id) < (memory.created_at, memory.id)
        and _is_as_long(memory.content.text, other.content.text)
    ]


def _near(
    tx: MemoryTransaction, model: EmbeddingModel, memory_id: str, threshold: float
) -> dict[str, float]:
    """Memories that are near to each of the first chunks, with the least cosine."""
    near: dict[str, float] | None = None
    for vector in tx.vectors.content_of(model, memory_id)[:CHUNKS]:
        found = tx.vectors.nearest(
            model, VectorKind.CONTENT, vector, Filter(), limit=NEIGHBOURS + 1, threshold=threshold
        )
        scores = {candidate.memory_id: candidate.score for candidate in found}
        near = (
            scores
            if near is None
            else {id_: min(score, near[id_]) for id_, score in scores.items() if id_ in near}
        )
    return {id_: score for id_, score in (near or {}).items() if id_ != memory_id}


def _is_as_long(one: str, other: str) -> bool:
    shorter, longer = sorted((len(one), len(other)))
    return shorter >= LEAST_SHARE * longer
