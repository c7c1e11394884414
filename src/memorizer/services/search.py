"""Search: full text and vectors fused, similar memories, completion of ids."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Final

from memorizer.domain.embeddings import EmbeddingModel, VectorKind
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from memorizer.domain.memories import (
    Filter,
    Vector,
)
from memorizer.domain.relevance import SimilarityScale
from memorizer.domain.search import (
    MAX_QUERY,
    Answer,
    Candidate,
    Hit,
    Leg,
    Query,
    Similar,
    ends,
    fuse,
    in_order,
    judged,
    weights_for,
    with_time,
)
from memorizer.domain.text_analysis import terms
from memorizer.domain.time_windows import TimeWindow
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedder
from memorizer.ports.search import TimeExpressions
from memorizer.ports.telemetry import Telemetry
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.copies import (
    MAX_COMPARED,
    DistinctHit,
    count_copies,
    distinct_hits,
    is_crowded,
    may_have_copies,
    near_duplicates,
)
from memorizer.services.embedding import REMEDY, ActiveModel, ActiveModelResolver, embed_query
from memorizer.services.reranking import NearestChunks, Reranking, is_long
from memorizer.services.similarity_scales import SimilarityScales

LegSearch = Callable[[MemoryTransaction], list[Candidate] | None]

VECTOR_LEGS: Final = {Leg.CONTENT: VectorKind.CONTENT, Leg.METADATA: VectorKind.METADATA}
NOTHING_EMBEDDED: Final = (
    "Only full text was searched: no memory is embedded yet. If that lasts, look whether the"
    " embedding model can be reached: `memorizer doctor`."
)
MIN_JUDGED: Final = 10
"""Hits that are judged together, however few are wanted: `limit` should hardly move relevance."""
PER_NEAR_DUPLICATE: Final = 2
"""Further hits that are looked at for each one that has a near-duplicate."""
DEEPER: Final = 8
MAX_DEPTH: Final = 2_000
"""Where copies leave no room, each leg contributes eight times as many, up to so many."""
MAX_SIMILAR_CHUNKS: Final = 4
"""Chunks of a memory that are compared when similar memories are wanted."""


@dataclass(frozen=True, slots=True)
class _Near:
    """The candidates of each vector leg and what they were found with, or why there are none."""

    problem: str | None
    legs: dict[Leg, list[Candidate]] = field(default_factory=dict)
    active: ActiveModel | None = None
    vector: Vector | None = None
    scale: SimilarityScale | None = None

    @property
    def embedder(self) -> Embedder | None:
        """Return the embedder that made the vector."""
        return self.active.embedder if self.active else None

    def similarities(self, tx: MemoryTransaction, memory_ids: Sequence[str]) -> Mapping[str, float]:
        """Return the cosines of memories that the legs did not reach."""
        if self.active is None or self.active.model is None or self.vector is None:
            return {}
        return tx.vectors.similarities(self.active.model, self.vector, memory_ids)

    def near_duplicates(
        self, tx: MemoryTransaction, hits: Sequence[DistinctHit]
    ) -> Mapping[str, tuple[str, ...]]:
        """Return by id the other hits that say nearly the same; nothing without vectors."""
        if self.active is None or self.active.model is None or self.scale is None or not hits:
            return {}
        ids = [hit.memory.id for hit in hits[:MAX_COMPARED]]
        least = self.scale.near_duplicate
        return near_duplicates(hits, tx.vectors.near_pairs(self.active.model, ids, threshold=least))

    def nearest_chunks(self, tx: MemoryTransaction, memory_ids: Sequence[str]) -> NearestChunks:
        """Return which chunk of each memory is nearest; nothing without vectors."""
        active = self.active
        if self.vector is None or active is None or not (active.model and active.embedder):
            return NearestChunks()
        found = tx.vectors.nearest_chunks(active.model, self.vector, memory_ids)
        return NearestChunks(active.embedder.window, found)


@dataclass(frozen=True, slots=True)
class SearchService:
    """Searches memories."""

    database: Database
    active_model: ActiveModelResolver
    telemetry: Telemetry
    clock: Clock
    times: TimeExpressions
    scales: SimilarityScales = field(default_factory=SimilarityScales)
    reranking: Reranking = field(default_factory=Reranking)

    async def search(self, query: Query) -> Answer:
        """Run all legs at once, fuse their rankings and judge each hit; at worst by words alone.

        The answer says why vectors are missing. Copies of a text are one hit: where they leave
        no room for others, the legs look deeper. Raises StorageUnavailable.
        """
        now = self.clock.now()
        query = query.at(now)
        window = await self._named_time(query, now)
        while True:
            hits, near, has_more = await self._search(query, window)
            if not has_more or query.candidates >= MAX_DEPTH:
                break
            query = replace(query, depth=DEEPER * query.candidates)
        hits, problem = await self._reranked(query, hits, near)
        relevant = in_order(judged(query, hits, near.scale), query.sort)[: query.limit]
        read_as = None if window is None else window.said(now)
        said = [await self._degraded(query, near.problem), problem]
        return Answer(query, tuple(relevant), " ".join(filter(None, said)) or None, read_as)

    async def _reranked(
        self, query: Query, hits: list[Hit], near: _Near
    ) -> tuple[list[Hit], str | None]:
        if not self.reranking.depth:
            return hits, None
        await self.reranking.load()
        ids = [hit.memory.id for hit in hits[: self.reranking.depth] if is_long(hit)]
        chunks = await self.database.read(lambda tx: near.nearest_chunks(tx, ids))
        return await self.reranking.reranked(ends(query.text, MAX_QUERY), hits, chunks)

    async def _named_time(self, query: Query, now: int) -> TimeWindow | None:
        """Return the time that words of the query name, unless a time is asked for already."""
        is_bound = query.filter.created_after is not None or query.filter.created_before is not None
        if not query.read_time or is_bound or not self.times.may_read(query.text):
            return None
        return await asyncio.to_thread(self.times.read, query.text, now)

    async def _search(
        self, query: Query, window: TimeWindow | None
    ) -> tuple[list[Hit], "_Near", bool]:
        """Return hits, and whether copies took the places of others that the legs did not reach.

        Each leg has its own snapshot; memories deleted between two of them are left out.
        """
        words, near = await asyncio.gather(self._by_words(query), self._by_vectors(query))
        near = replace(near, scale=await self.scales.of(near.embedder))
        of_time: Mapping[Leg, Sequence[Candidate]] = {}
        if window is not None:  # among all others they might not come as far as this
            filter_ = replace(query.filter, happened=(window.start, window.end))
            then = replace(query, filter=filter_)
            words_then, near_then = await asyncio.gather(
                self._by_words(then), self._by_vectors(then)
            )
            of_time = {Leg.FULL_TEXT: words_then} | near_then.legs
        least = max(MIN_JUDGED, self.reranking.depth)
        hits, has_copies = await self.database.read(
            lambda tx: _hits(tx, query, words, near, of_time, least=least)
        )
        has_more = (
            (has_copies and len(hits) < query.limit) or is_crowded(hits, limit=query.limit)
        ) and (any(len(found) >= query.candidates for found in (words, *near.legs.values())))
        return hits, near, has_more

    async def _degraded(self, query: Query, problem: str | None) -> str | None:
        """Say what the answer lacks: vectors, the threshold, or the middle of a long query."""
        if problem == NOTHING_EMBEDDED and not await self.database.read(_has_memories):
            problem = None  # in an empty store there is nothing to find
        said = [problem] if problem else []
        if problem and query.threshold is not None:
            said.append("The threshold was not applied.")
        if query.is_long:
            said.append(
                f"The query has {len(query.text):,} characters, more than {MAX_QUERY:,}: "
                "its first, its last and its rarest words were searched for."
            )
        return " ".join(said) or None

    async def _by_words(self, query: Query) -> list[Candidate]:
        if not (wanted := terms(query.words)):
            return []

        def transaction(tx: MemoryTransaction) -> list[Candidate]:
            with self._timed(Leg.FULL_TEXT):
                return tx.full_text.search(wanted, query.filter, limit=query.candidates)

        return await self.database.read(transaction)

    async def _by_vectors(self, query: Query) -> "_Near":
        active = await self.active_model.cached_active()
        while True:
            vector, problem = await _embedded(query, active)
            if vector is None:
                newest = await self.active_model.active()
                if newest.model == active.model:
                    return _Near(problem)
                active = newest
                continue
            legs = [self._by_vector(query, active, vector, leg) for leg in VECTOR_LEGS]
            found = await self.database.read_each(legs)
            legs_found = zip(VECTOR_LEGS, found, strict=True)
            near = {leg: each for leg, each in legs_found if each is not None}
            if len(near) == len(VECTOR_LEGS):
                return _Near(problem, near, active, vector)
            active = await self.active_model.active()

    def _by_vector(self, query: Query, active: ActiveModel, vector: Vector, leg: Leg) -> LegSearch:
        """Return the search of one leg, which returns None if another model is active."""

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
        """Return current memories with the nearest content vectors, nearest first.

        Raises NotFound.
        """
        current = self._current()

        def transaction(tx: MemoryTransaction) -> list[Similar]:
            tx.memories.get(memory_id)
            model = tx.models.active()
            best = (
                _neighbours(tx, model, memory_id, current, limit=limit, threshold=threshold)
                if model
                else {}
            )
            ranked = sorted(best.items(), key=lambda item: -item[1])[:limit]
            memories = {m.id: m for m in tx.memories.get_many([id_ for id_, _ in ranked])}
            return [Similar(memories[id_], cosine) for id_, cosine in ranked if id_ in memories]

        return await self.database.read(transaction)

    async def complete_ids(self, typed: str, *, limit: int) -> list[str]:
        """Return ids that begin with `typed`, then those of memories with its words."""
        start = typed.strip().lower()
        wanted = terms(typed)
        current, now = self._current(), self.clock.now()

        def transaction(tx: MemoryTransaction) -> list[str]:
            if not start:
                return [m.id for m in tx.memories.page(current, before=None, limit=limit)]
            ids = [memory.id for memory in tx.memories.get_many([start])]  # typed whole
            begun = tx.memories.get_many(
                [
                    id_
                    for id_ in tx.memories.ids(after=start, limit=limit)
                    if id_[: len(start)] == start
                ]
            )
            ids += [memory.id for memory in begun if memory.is_current(now)]
            found = tx.full_text.search(wanted, current, limit=limit) if wanted else []
            return list(dict.fromkeys(ids + [each.memory_id for each in found]))[:limit]

        return await self.database.read(transaction)

    def _current(self) -> Filter:
        return Filter().current_at(self.clock.now())


def _hits(
    tx: MemoryTransaction,
    query: Query,
    words: list[Candidate],
    near: _Near,
    of_time: Mapping[Leg, Sequence[Candidate]],
    *,
    least: int,
) -> tuple[list[Hit], bool]:
    """Return the best hits, each text once and not judged yet, and whether there were copies."""
    if query.threshold is not None and near.legs:
        words = _similar_enough(tx, query.threshold, words, near)
    found = {Leg.FULL_TEXT: words} | near.legs
    fused = fuse(found, depth=query.candidates, weights=weights_for(query.text))
    fused = with_time(fused, of_time) if of_time else fused
    distinct, has_copies = distinct_hits(tx, fused, limit=max(query.limit, least))
    alike = near.near_duplicates(tx, distinct)
    if alike and len(distinct) < len(fused):  # others may take their places
        most = max(len(distinct), min(query.candidates, MAX_COMPARED))
        wanted = len(distinct) + PER_NEAR_DUPLICATE * len(alike)
        distinct, has_copies = distinct_hits(tx, fused, limit=min(wanted, most), known=distinct)
        alike = near.near_duplicates(tx, distinct)
    may_have_more = has_copies or may_have_copies(fused, distinct)
    copies = count_copies(tx, distinct, query.filter) if may_have_more else {}
    ids = [hit.memory.id for hit in distinct if hit.fused.cosine is None]
    cosines = near.similarities(tx, ids)
    return [
        Hit(
            hit.memory,
            hit.fused.score,
            hit.fused.legs,
            copies.get(hit.memory.id, 1),
            cosines.get(hit.memory.id, hit.fused.cosine),
            time_bonus=hit.fused.time_bonus,
            near=alike.get(hit.memory.id, ()),
        )
        for hit in distinct
    ], has_copies


def _similar_enough(
    tx: MemoryTransaction, threshold: float, words: list[Candidate], near: _Near
) -> list[Candidate]:
    """Those of the candidates whose cosine reaches the threshold."""
    reached = {candidate.memory_id for leg in near.legs.values() for candidate in leg}
    ids = [candidate.memory_id for candidate in words if candidate.memory_id not in reached]
    cosines = near.similarities(tx, ids)
    return [
        candidate
        for candidate in words
        if candidate.memory_id in reached or cosines.get(candidate.memory_id, -1.0) >= threshold
    ]


def _has_memories(tx: MemoryTransaction) -> bool:
    return bool(tx.memories.page(Filter(archived=None), before=None, limit=1))


async def _embedded(query: Query, active: ActiveModel) -> tuple[Vector | None, str | None]:
    """Return the query's vector, or the reason why there is none."""
    if active.model is None:
        return None, NOTHING_EMBEDDED
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
    filter_: Filter,
    *,
    limit: int,
    threshold: float | None,
) -> dict[str, float]:
    """Best cosine of each other memory to any of the first chunks."""
    best: dict[str, float] = {}
    for vector in tx.vectors.content_of(model, memory_id)[:MAX_SIMILAR_CHUNKS]:
        for candidate in tx.vectors.nearest(
            model, VectorKind.CONTENT, vector, filter_, limit=limit + 1, threshold=threshold
        ):
            best[candidate.memory_id] = max(candidate.score, best.get(candidate.memory_id, -1.0))
    best.pop(memory_id, None)
    return best
