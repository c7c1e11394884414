"""Finds memories with nearly the same text. Nothing is merged: people and agents decide."""

from dataclasses import dataclass
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel, VectorKind
from memorizer.domain.memories import Filter, Memory
from memorizer.ports.transactions import Database, MemoryTransaction

MAX_EXAMINED: Final = 100
"""Memories that one page compares with all others, which takes a second or so."""
MAX_CHUNKS: Final = 4
"""Chunks compared of a long text; a duplicate must be near to each of them."""
MAX_NEIGHBOURS: Final = 20
MIN_LENGTH_RATIO: Final = 0.5
"""Minimum length ratio (shorter/longer, in characters) for two texts to count as duplicates."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A memory and an older near one; `similarity` is the least cosine of the compared chunks."""

    memory: Memory
    older: Memory
    similarity: float


@dataclass(frozen=True, slots=True)
class DuplicatesPage:
    """The pairs of one page, how many memories it examined, and the next page's cursor."""

    pairs: list[Pair]
    examined: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Compares live memories by their content vectors."""

    database: Database

    async def find_pairs(
        self, threshold: float, *, before: str | None, limit: int
    ) -> DuplicatesPage:
        """Return pairs of at least this cosine, the newest memories first.

        It stops after MAX_EXAMINED memories: there may be a cursor with fewer than `limit`
        pairs, and there may be a few more pairs than `limit`.
        """

        def transaction(tx: MemoryTransaction) -> DuplicatesPage:
            page = tx.memories.page(Filter(), before=before, limit=MAX_EXAMINED + 1)
            model = tx.models.active()
            pairs: list[Pair] = []
            for number, memory in enumerate(page[:MAX_EXAMINED], start=1):
                pairs += _older_ones(tx, model, memory, threshold)
                if len(pairs) >= limit or number == MAX_EXAMINED:
                    is_more = number < len(page)
                    return DuplicatesPage(pairs, number, memory.id if is_more else None)
            return DuplicatesPage(pairs, len(page), None)

        return await self.database.read(transaction)


def _older_ones(
    tx: MemoryTransaction, model: EmbeddingModel | None, memory: Memory, threshold: float
) -> list[Pair]:
    """Return the pairs of a memory with older ones, so that each pair is found once."""
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
    """Ids of the memories near to each of the first chunks, with their least cosine."""
    near: dict[str, float] | None = None
    for vector in tx.vectors.content_of(model, memory_id)[:MAX_CHUNKS]:
        found = tx.vectors.nearest(
            model,
            VectorKind.CONTENT,
            vector,
            Filter(),
            limit=MAX_NEIGHBOURS + 1,
            threshold=threshold,
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
    return shorter >= MIN_LENGTH_RATIO * longer
