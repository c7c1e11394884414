"""What every embedding model must do, said to ports.embeddings.Embedder alone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.embeddings.onnx import open_folder
from memorizer.adapters.embeddings.openai import OpenAiEmbedder
from memorizer.adapters.openai_api import OpenAiApi
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from memorizer.domain.memories import Vector
from memorizer.ports.embeddings import Embedder
from support.embedders import WordEmbedder
from support.embedding_server import embedding_server
from support.model_folders import minilm_folder
from support.waiting import HANG_SECONDS

TEXTS = (
    "tea",
    "A much longer text about green tea in the garden. " * 30,
    "日本語のテキスト",
    "Straße, naïve, Ελληνικά, עברית",
    "🎉",
    "line one\r\nline two\ttabbed",
    "def f(x): return x",
)


class Closing(Embedder, Protocol):
    async def close(self) -> None: ...


def telemetry() -> PrometheusTelemetry:
    return PrometheusTelemetry(CollectorRegistry())


@asynccontextmanager
async def bundled(_: Path) -> AsyncIterator[Closing]:
    yield BundledEmbedder(telemetry(), threads=1, timeout_seconds=HANG_SECONDS)


@asynccontextmanager
async def folder(path: Path) -> AsyncIterator[Closing]:
    model = minilm_folder(path / "minilm")
    yield open_folder(model, telemetry(), threads=1, timeout_seconds=HANG_SECONDS)


@asynccontextmanager
async def server(_: Path) -> AsyncIterator[Closing]:
    async with embedding_server() as served:
        api = OpenAiApi(served.url, "key", unavailable=EmbedderUnavailable)
        yield OpenAiEmbedder("model", api, telemetry(), timeout_seconds=HANG_SECONDS)


@asynccontextmanager
async def of_tests(_: Path) -> AsyncIterator[Embedder]:
    """The double keeps the same promises, else tests on it would prove little."""
    yield WordEmbedder()


EMBEDDERS = {"bundled": bundled, "folder": folder, "server": server, "of tests": of_tests}
LOCAL = ("bundled", "folder")


@pytest.fixture(params=EMBEDDERS)
async def embedder(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Embedder]:
    async with EMBEDDERS[request.param](tmp_path) as embedder:
        yield embedder
        if close := getattr(embedder, "close", None):
            await close()


def cosine(one: Vector, other: Vector) -> float:
    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


async def test_there_is_one_unit_vector_for_each_text_in_their_order(embedder: Embedder) -> None:
    dimensions = await embedder.dimensions()
    vectors = await embedder.embed_documents(TEXTS)
    assert [len(vector) for vector in vectors] == [4 * dimensions] * len(TEXTS)
    for vector in vectors:
        assert cosine(vector, vector) == pytest.approx(1, abs=1e-4)
    alone = [(await embedder.embed_documents([text]))[0] for text in TEXTS]
    for one, other in zip(vectors, alone, strict=True):
        assert cosine(one, other) > 0.99
    assert await embedder.embed_documents([]) == []


async def test_what_is_alike_lies_close(embedder: Embedder) -> None:
    query = await embedder.embed_query("a cup of green tea")
    near, far = await embedder.embed_documents(
        ["a cup of green tea", "the train to Vienna leaves at noon"]
    )
    assert cosine(query, near) > cosine(query, far)
    assert cosine(query, near) > 0.9


async def test_tokens_are_spans_of_the_text_in_its_order(embedder: Embedder) -> None:
    for text in TEXTS:
        spans = await embedder.tokens(text)
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert [start for start, _ in spans] == sorted(start for start, _ in spans)
    assert await embedder.tokens("") == await embedder.tokens(" \n ") == []
    assert len(await embedder.tokens("tea " * 50)) >= 50


async def test_a_text_that_fills_the_window_is_read_to_its_end(embedder: Embedder) -> None:
    filled = "tea " * (embedder.window - 8)
    assert len(await embedder.tokens(filled)) <= embedder.window
    one, other = await embedder.embed_documents([filled + "honey", filled + "honey honey train"])
    assert one != other


async def test_its_name_is_the_same_every_time(embedder: Embedder) -> None:
    before = embedder.name
    await embedder.embed_query("tea")
    assert embedder.name == before
    assert before.strip()


async def test_many_callers_at_once_get_each_their_own(embedder: Embedder) -> None:
    texts = [f"fact {n} about tea {'and honey ' * (n % 7)}" for n in range(60)]
    expected = await embedder.embed_documents(texts)
    queries = [asyncio.ensure_future(embedder.embed_query(text)) for text in texts[:5]]
    answers = await asyncio.gather(
        *(embedder.embed_documents(texts[n : n + 6]) for n in range(0, 60, 6))
    )
    for one, other in zip(chain(*answers), expected, strict=True):
        assert cosine(one, other) > 0.99
    for query, other in zip(await asyncio.gather(*queries), expected, strict=False):
        assert cosine(query, other) > 0.99


async def test_thousands_of_texts_are_embedded_in_one_call(embedder: Embedder) -> None:
    texts = [f"no. {n}" for n in range(1_000)]
    vectors = await embedder.embed_documents(texts)
    assert len(vectors) == 1_000
    assert cosine(vectors[999], await embedder.embed_query("no. 999")) > 0.9


async def test_a_caller_that_gives_up_spoils_nothing(embedder: Embedder) -> None:
    gone = asyncio.ensure_future(embedder.embed_documents(["tea"] * 50))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    assert len(await embedder.embed_documents(["tea", "honey"])) == 2


@pytest.mark.parametrize("embedder", LOCAL, indirect=True)
async def test_invalid_unicode_is_refused(embedder: Embedder) -> None:
    for embed in (embedder.embed_query, embedder.tokens):
        with pytest.raises(TextRejected):
            await embed("half a \ud83d smile")


@pytest.mark.parametrize("embedder", [*LOCAL, "server"], indirect=True)
async def test_after_closing_it_is_unavailable(embedder: Closing) -> None:
    await embedder.embed_query("tea")
    await embedder.close()
    calls: tuple[Callable[[], object], ...] = (
        lambda: embedder.embed_query("tea"),
        lambda: embedder.embed_documents(["tea"]),
    )
    for call in calls:
        with pytest.raises(EmbedderUnavailable):
            await call()  # type: ignore[misc]
