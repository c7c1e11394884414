"""Search: full text and vectors fused, similar memories, completion of ids."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel, VectorKind
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from memorizer.domain.memories import (
    Filter,
    Vector,
)
from memorizer.domain.search import (
    MAX_QUERY,
    Answer,
    Candidate,
    Fused,
    Hit,
    Leg,
    Query,
    Similar,
    fuse,
)
from memorizer.domain.text_analysis import terms
from memorizer.ports.telemetry import Telemetry
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.copies import are_alike, count_copies, distinct_hits
from memorizer.services.embedding import REMEDY, ActiveModel, ActiveModelResolver, embed_query

LegSearch = Callable[[MemoryTransaction], list[Candidate] | None]

VECTOR_LEGS: Final = {Leg.CONTENT: VectorKind.CONTENT, Leg.METADATA: VectorKind.METADATA}
DEEPER: Final = 8
MAX_DEPTH: Final = 2_000
"""Where copies leave no room, each leg contributes eight times as many, up to so many."""
MAX_SIMILAR_CHUNKS: Final = 4
"""Chunks of a memory that are compared when similar memories are wanted."""


@dataclass(frozen=True, slots=True)
class SearchService:
    """Searches memories."""

    database: Database
    active_model: ActiveModelResolver
    telemetry: Telemetry

    async def search(self, query: Query) -> Answer:
        """Run all legs at once and fuse their rankings; without vectors, full text alone.

        The answer says why vectors are missing. Copies of a text are one hit: where they leave
        no room for others, the legs look deeper. Raises StorageUnavailable.
        """
        while True:
            answer, has_more = await self._search(query)
            if not has_more or query.candidates >= MAX_DEPTH:
                return answer
            query = replace(query, depth=DEEPER * query.candidates)

    async def _search(self, query: Query) -> tuple[Answer, bool]:
        """The answer, and whether copies took the places of others that the legs did not reach.

        Each leg has its own snapshot; memories deleted between two of them are left out.
        """
        words, (near, problem) = await asyncio.gather(
            self._by_words(query), self._by_vectors(query)
        )
        legs = {Leg.FULL_TEXT: words} | near
        fused = fuse(legs, depth=query.candidates)
        hits, has_copies = await self.database.read(lambda tx: _hits(tx, query, fused))
        has_more = (
            has_copies
            and len(hits) < query.limit
            and any(len(candidates) >= query.candidates for candidates in legs.values())
        )
        return Answer(query, tuple(hits), _degraded(query, problem)), has_more

    async def _by_words(self, query: Query) -> list[Candidate]:
        if not (wanted := terms(query.words)):
            return []

        def transaction(tx: MemoryTransaction) -> list[Candidate]:
            with self._timed(Leg.FULL_TEXT):
                return tx.full_text.search(wanted, query.filter, limit=query.candidates)

        return await self.database.read(transaction)

    async def _by_vectors(self, query: Query) -> tuple[dict[Leg, list[Candidate]], str | None]:
        """The candidates of each vector leg, or none and the reason."""
        active = await self.active_model.cached_active()
        while True:
            vector, problem = await _embedded(query, active)
            if vector is None:
                newest = await self.active_model.active()
                if newest.model == active.model:
                    return {}, problem
                active = newest
                continue
            legs = [self._by_vector(query, active, vector, leg) for leg in VECTOR_LEGS]
            found = await self.database.read_each(legs)
            legs_found = zip(VECTOR_LEGS, found, strict=True)
            near = {leg: each for leg, each in legs_found if each is not None}
            if len(near) == len(VECTOR_LEGS):
                return near, problem
            active = await self.active_model.active()

    def _by_vector(self, query: Query, active: ActiveModel, vector: Vector, leg: Leg) -> LegSearch:
        """The search of one leg; returns None if another model is active."""

        def transaction(tx: MemoryTransaction) -> list[Candidate] | None:
            if (model := tx.models.active()) is None or model != active.model:
                return None
            kind, depth = VECTOR_LEGS[leg], query.candidates
            with self._timed(leg):
                return tx.vectors.nearest(
                    model, kind, vector, query.filter, limit=depth, threshold=query.threshold
                )

        return transaction

    @contextmanager
    def _timed(self, leg: Leg) -> Iterator[None]:
        start = perf_counter()
        yield
        self.telemetry.leg_searched(leg, perf_counter() - start)

    async def similar(
        self, memory_id: str, *, limit: int, threshold: float | None = None
    ) -> list[Similar]:
        """Return live memories with the nearest content vectors, nearest first. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> list[Similar]:
            tx.memories.get(memory_id)
            model = tx.models.active()
            best = _neighbours(tx, model, memory_id, limit, threshold) if model else {}
            ranked = sorted(best.items(), key=lambda item: -item[1])[:limit]
            memories = {m.id: m for m in tx.memories.get_many([id_ for id_, _ in ranked])}
            return [Similar(memories[id_], cosine) for id_, cosine in ranked if id_ in memories]

        return await self.database.read(transaction)

    async def complete_ids(self, typed: str, *, limit: int) -> list[str]:
        """Return ids that begin with `typed`, then those of memories with its words."""
        start = typed.strip().lower()
        wanted = terms(typed)

        def transaction(tx: MemoryTransaction) -> list[str]:
            if not start:
                return [m.id for m in tx.memories.page(Filter(), before=None, limit=limit)]
            ids = [memory.id for memory in tx.memories.get_many([start])]  # typed whole
            ids += [
                id_
                for id_ in tx.memories.ids(after=start, limit=limit)
                if id_[: len(start)] == start
            ]
            found = tx.full_text.search(wanted, Filter(), limit=limit) if wanted else []
            return list(dict.fromkeys(ids + [each.memory_id for each in found]))[:limit]

        return await self.database.read(transaction)


def _hits(tx: MemoryTransaction, query: Query, fused: Sequence[Fused]) -> tuple[list[Hit], bool]:
    """The best hits, each text once, and whether there were copies."""
    distinct, has_copies = distinct_hits(tx, fused, limit=query.limit)
    may_have_more = has_copies or any(are_alike(fused))
    copies = count_copies(tx, distinct, query.filter) if may_have_more else {}
    return [
        Hit(hit.memory, hit.fused.score, hit.fused.legs, copies.get(hit.memory.id, 1))
        for hit in distinct
    ], has_copies


def _degraded(query: Query, problem: str | None) -> str | None:
    """What the answer lacks: vectors, or the middle of a long query."""
    if not query.is_long:
        return problem
    cut = (
        f"The query has {len(query.text):,} characters, more than {MAX_QUERY:,}: "
        "its first, its last and its rarest words were searched for."
    )
    return f"{problem} {cut}" if problem else cut


async def _embedded(query: Query, active: ActiveModel) -> tuple[Vector | None, str | None]:
    """The query's vector, or the reason why there is none; neither before anything is embedded."""
    if active.model is None:
        return None, None  # words find all there is
    try:
        vector = await embed_query(active.require(), query.text)
    except (EmbedderUnavailable, TextRejected) as error:
        return None, f"Only full text was searched: {error}"
    if len(vector) != 4 * active.model.dimensions:
        changed = f"{active.model.name} now makes vectors of another length"
        return None, f"Only full text was searched: {changed}. {REMEDY}"
    return vector, None


def _neighbours(
    tx: MemoryTransaction,
    model: EmbeddingModel,
    memory_id: str,
    limit: int,
    threshold: float | None,
) -> dict[str, float]:
    """Best cosine of each other memory to any of the first chunks."""
    best: dict[str, float] = {}
    for vector in tx.vectors.content_of(model, memory_id)[:MAX_SIMILAR_CHUNKS]:
        for candidate in tx.vectors.nearest(
            model, VectorKind.CONTENT, vector, Filter(), limit=limit + 1, threshold=threshold
        ):
            best[candidate.memory_id] = max(candidate.score, best.get(candidate.memory_id, -1.0))
    best.pop(memory_id, None)
    return best
