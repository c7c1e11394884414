"""Embeddings: texts become vectors, and what means the same lies close together."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.chunking import chunk
from memorizer.domain.memories import Vector


@pytest.fixture(scope="module")
def embedder() -> Iterator[BundledEmbedder]:
    """The model that comes with Memorizer: no key, no download, no network."""
    embedder = BundledEmbedder(PrometheusTelemetry(CollectorRegistry()))
    yield embedder
    asyncio.run(embedder.close())


def closeness(one: Vector, other: Vector) -> float:
    """The cosine: vectors have length one, so their product says how close they are."""
    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


async def test_a_text_becomes_a_vector_of_fixed_length(embedder: BundledEmbedder) -> None:
    short, long = await embedder.embed_documents(["tea", "how to brew tea, in detail " * 50])
    assert len(short) == len(long) == 4 * await embedder.dimensions()


async def test_the_same_text_always_has_the_same_vector(embedder: BundledEmbedder) -> None:
    first, second = await embedder.embed_documents(["green tea", "green tea"])
    assert first == second


async def test_a_query_finds_what_means_the_same_in_other_words(embedder: BundledEmbedder) -> None:
    memories = [
        "Machine learning is a subset of artificial intelligence",
        "Green tea wants water of 80 degrees",
        "The nightly backup goes to a second disk",
    ]
    vectors = await embedder.embed_documents(memories)
    for query, expected in [("AI and ML", 0), ("hot drinks", 1), ("what if the drive dies?", 2)]:
        vector = await embedder.embed_query(query)
        scores = [closeness(vector, candidate) for candidate in vectors]
        assert scores.index(max(scores)) == expected, query


async def test_a_text_longer_than_the_window_is_cut_into_chunks(embedder: BundledEmbedder) -> None:
    text = "Filler about nothing at all. " * 200 + "The vault opens with the violet key."
    pieces = chunk(text, await embedder.tokens(text), window=embedder.window, overlap=32)
    whole, *chunks = await embedder.embed_documents([text, *(piece.text for piece in pieces)])
    query = await embedder.embed_query("Which key opens the vault?")
    # the model reads only the beginning of the whole; the last chunk has the answer
    assert closeness(query, chunks[-1]) > closeness(query, whole) + 0.2


async def test_callers_at_the_same_time_are_served_together(embedder: BundledEmbedder) -> None:
    texts = [f"note number {n}" for n in range(50)]
    one_by_one = [embedder.embed_documents([text]) for text in texts]
    answers = [vector for (vector,) in await asyncio.gather(*one_by_one)]
    for answer, vector in zip(answers, await embedder.embed_documents(texts), strict=True):
        assert closeness(answer, vector) == pytest.approx(1.0, abs=1e-4)
