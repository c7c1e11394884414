"""Queries that were asked before: remembered for a while, up to a number, per model."""

from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.query_cache import QueryCachingEmbedders
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.errors import EmbedderUnavailable
from memorizer.domain.memories import Vector
from memorizer.ports.embeddings import Embedder
from support.embedders import WordEmbedder


class CountingEmbedder(WordEmbedder):
    """Knows which queries it was asked."""

    def __init__(self, name: str = "words-64") -> None:
        super().__init__(name)
        self.asked: list[str] = []

    async def embed_query(self, text: str) -> Vector:
        self.asked.append(text)
        return await super().embed_query(text)


class Embedders:
    """Implements ports.embeddings.Embedders with two models."""

    spec = None

    def __init__(self) -> None:
        self.configured = CountingEmbedder("new")
        self.old = CountingEmbedder("old")

    async def get_or_open(self, name: str, spec: str | None) -> Embedder | None:
        return {"new": self.configured, "old": self.old}.get(name)


class Cache:
    """The cache with a clock that stands still until a test moves it."""

    def __init__(self, *, size: int = 2, seconds: float = 60) -> None:
        self.now = 0.0
        self.inner = Embedders()
        self.metrics = CollectorRegistry()
        self.embedders = QueryCachingEmbedders(
            self.inner,
            PrometheusTelemetry(self.metrics),
            size=size,
            seconds=seconds,
            timer=lambda: self.now,
        )

    async def ask(self, *queries: str) -> Sequence[str]:
        """Which of them the model was asked."""
        before = len(self.inner.configured.asked)
        for query in queries:
            await self.embedders.configured.embed_query(query)
        return self.inner.configured.asked[before:]

    def count(self, result: str) -> float | None:
        return self.metrics.get_sample_value("memorizer_query_embeddings_total", {"result": result})


async def test_a_repeated_query_needs_no_model() -> None:
    cache = Cache()
    assert await cache.ask("tea", "tea", "tea") == ["tea"]
    remembered = await cache.embedders.configured.embed_query("tea")
    assert remembered == await WordEmbedder().embed_query("tea")


async def test_the_least_recently_used_is_forgotten_first() -> None:
    cache = Cache(size=2)
    assert await cache.ask("tea", "rain", "tea", "cats") == ["tea", "rain", "cats"]
    assert await cache.ask("tea", "rain") == ["rain"]


async def test_after_its_time_a_query_is_computed_again() -> None:
    cache = Cache(seconds=60)
    await cache.ask("tea")
    cache.now = 59
    assert await cache.ask("tea") == []
    cache.now = 61
    assert await cache.ask("tea") == ["tea"]


async def test_a_size_of_zero_remembers_nothing() -> None:
    assert await Cache(size=0).ask("tea", "tea") == ["tea", "tea"]


async def test_each_model_has_its_own_answers() -> None:
    cache = Cache()
    old = await cache.embedders.get_or_open("old", None)
    assert old is not None
    await cache.ask("tea")
    await old.embed_query("tea")
    await old.embed_query("tea")
    assert cache.inner.old.asked == ["tea"]
    assert await cache.embedders.get_or_open("gone", None) is None


async def test_a_failure_is_not_remembered() -> None:
    cache = Cache()
    cache.inner.configured.is_down = True
    with pytest.raises(EmbedderUnavailable):
        await cache.ask("tea")
    cache.inner.configured.is_down = False
    assert await cache.ask("tea") == ["tea"]


async def test_hits_and_misses_are_counted() -> None:
    cache = Cache()
    assert (cache.count("hit"), cache.count("miss")) == (0, 0)
    await cache.ask("tea", "tea", "tea", "rain")
    assert (cache.count("hit"), cache.count("miss")) == (2, 2)


async def test_documents_go_past_it_to_the_model() -> None:
    cache = Cache()
    remembering, plain = cache.embedders.configured, cache.inner.configured
    assert (remembering.name, remembering.window) == (plain.name, plain.window)
    assert await remembering.dimensions() == await plain.dimensions()
    assert await remembering.tokens("a b") == await plain.tokens("a b")
    assert await remembering.embed_documents(["a"]) == await plain.embed_documents(["a"])
    assert cache.count("miss") == 0
