"""Caches the vectors of queries: people page through results, agents repeat themselves."""

import time
from collections.abc import Callable, Sequence

from cachetools import TTLCache

from memorizer.domain.chunking import Span
from memorizer.domain.memories import Vector
from memorizer.ports.embeddings import Embedder, Embedders
from memorizer.ports.telemetry import Telemetry

Vectors = TTLCache[tuple[str, str], Vector]
"""By model name and query; evicted after a time, and the least recently used when it is full."""


class QueryCachingEmbedders:
    """Implements ports.embeddings.Embedders: others, with one cache for their queries."""

    def __init__(
        self,
        embedders: Embedders,
        telemetry: Telemetry,
        *,
        size: int,
        seconds: float,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """`size` in vectors, 0 caches nothing; `seconds` is the lifetime of an entry."""
        self._embedders = embedders
        self._telemetry = telemetry
        self._vectors: Vectors = TTLCache(size, seconds, timer)

    @property
    def configured(self) -> Embedder:
        return self._cached(self._embedders.configured)

    @property
    def spec(self) -> str | None:
        return self._embedders.spec

    async def get_or_open(self, name: str, spec: str | None) -> Embedder | None:
        embedder = await self._embedders.get_or_open(name, spec)
        return None if embedder is None else self._cached(embedder)

    def _cached(self, embedder: Embedder) -> Embedder:
        return QueryCachingEmbedder(embedder, self._vectors, self._telemetry)


class QueryCachingEmbedder:
    """Implements ports.embeddings.Embedder: another one with a cache for queries."""

    def __init__(self, embedder: Embedder, vectors: Vectors, telemetry: Telemetry) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._telemetry = telemetry

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def window(self) -> int:
        return self._embedder.window

    async def dimensions(self) -> int:
        return await self._embedder.dimensions()

    async def tokens(self, text: str) -> Sequence[Span]:
        return await self._embedder.tokens(text)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        return await self._embedder.embed_documents(texts)

    async def embed_query(self, text: str) -> Vector:
        key = (self.name, text)
        known = self._vectors.get(key)
        self._telemetry.query_embedded(remembered=known is not None)
        if known is not None:
            return known
        vector = await self._embedder.embed_query(text)
        if self._vectors.maxsize:
            self._vectors[key] = vector
        return vector
