"""Embeddings by another server: a real one, on a real socket, that answers well or badly."""

import asyncio
import gzip
import math
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from fastapi import Response
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.openai import (
    MAX_PARALLEL_REQUESTS,
    MAX_REQUEST_TEXTS,
    WINDOW_TOKENS,
    OpenAiEmbedder,
)
from memorizer.adapters.openai_api import OpenAiApi
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.domain.chunking import chunk
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from support.embedders import vector_of
from support.embedding_server import EmbeddingServer, embedding_server, refusing, saying, well
from support.waiting import wait_until

KEY = "sk-secret-1234567890"

SPOILT: dict[str, Callable[[Any], Any]] = {
    "one too few": lambda data: data[:-1],
    "one too many": lambda data: [*data, data[0]],
    "one twice": lambda data: [data[0], data[0]],
    "another length": lambda data: [data[0], {"index": 1, "embedding": [1.0, 2.0]}],
    "no direction": lambda data: [data[0], {"index": 1, "embedding": [0.0] * 64}],
    "no number": lambda data: [data[0], {"index": 1, "embedding": [math.nan] * 64}],
    "texts": lambda data: [data[0], {"index": 1, "embedding": ["1"] * 64}],
    "too large": lambda data: [data[0], {"index": 1, "embedding": [10**400] * 64}],
    "base64": lambda data: [data[0], {"index": 1, "embedding": "AAAA"}],
    "index as text": lambda data: [data[0], {"index": "1", "embedding": [1.0] * 64}],
    "empty": lambda data: [data[0], {"index": 1, "embedding": []}],
    "nothing": lambda _: [],
    "null": lambda _: None,
    "an object": lambda _: {"0": 1},
    "a number": lambda _: 7,
}


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with embedding_server() as server:
        yield server


@pytest.fixture
async def embedder(server: EmbeddingServer) -> AsyncIterator[OpenAiEmbedder]:
    embedder = embedder_of(server.url)
    yield embedder
    await embedder.close()


def embedder_of(url: str, model: str = "some-model", seconds: float = 10) -> OpenAiEmbedder:
    api = OpenAiApi(url, KEY, unavailable=EmbedderUnavailable)
    telemetry = PrometheusTelemetry(CollectorRegistry())
    return OpenAiEmbedder(model, api, telemetry, timeout_seconds=seconds)


async def test_vectors_come_in_the_order_of_the_texts_and_have_length_one(
    embedder: OpenAiEmbedder, server: EmbeddingServer
) -> None:
    server.replies.append(saying(lambda data: data[::-1]))
    texts = ["tea", "cats", "rain"]
    vectors = await embedder.embed_documents(texts)
    for text, vector in zip(texts, vectors, strict=True):
        numbers = memoryview(vector).cast("f").tolist()
        assert numbers == pytest.approx(memoryview(vector_of(text)).cast("f").tolist(), abs=1e-6)
        assert math.isclose(sum(x * x for x in numbers), 1, abs_tol=1e-5)
    assert server.keys == [f"Bearer {KEY}"]


async def test_dimensions_are_detected(embedder: OpenAiEmbedder, server: EmbeddingServer) -> None:
    assert await embedder.dimensions() == 64
    assert await embedder.dimensions() == 64
    assert len(server.inputs) == 1


async def test_a_server_that_gives_no_index_keeps_the_order(
    embedder: OpenAiEmbedder, server: EmbeddingServer
) -> None:
    server.replies.append(saying(lambda data: [{"embedding": e["embedding"]} for e in data]))
    first, _ = await embedder.embed_documents(["tea", "rain"])
    assert first == await embedder.embed_query("tea")


async def test_many_texts_go_in_batches(embedder: OpenAiEmbedder, server: EmbeddingServer) -> None:
    vectors = await embedder.embed_documents(
        [f"text {n}" for n in range(2 * MAX_REQUEST_TEXTS + 1)]
    )
    assert len(vectors) == 2 * MAX_REQUEST_TEXTS + 1
    assert [len(texts) for texts in server.inputs] == [MAX_REQUEST_TEXTS, MAX_REQUEST_TEXTS, 1]
    assert await embedder.embed_documents([]) == []


async def test_a_query_does_not_wait_for_documents(
    embedder: OpenAiEmbedder, server: EmbeddingServer
) -> None:
    gate = asyncio.Event()

    async def held(texts: Sequence[str]) -> Response:
        await gate.wait()
        return await well(texts)

    server.replies += [held] * MAX_PARALLEL_REQUESTS
    storing = [asyncio.create_task(embedder.embed_documents([str(n)])) for n in range(20)]

    async def full() -> bool:
        return len(server.inputs) == MAX_PARALLEL_REQUESTS

    await wait_until(full, description="all the room for documents is taken")
    assert await embedder.embed_query("tea")
    assert len(server.inputs) == MAX_PARALLEL_REQUESTS + 1
    gate.set()
    assert len(await asyncio.gather(*storing)) == 20


async def test_prompts_of_a_known_family_are_sent(server: EmbeddingServer) -> None:
    embedder = embedder_of(server.url, "nomic-embed-text")
    await embedder.embed_documents(["tea"])
    await embedder.embed_query("tea")
    await embedder.close()
    assert server.inputs == [["search_document: tea"], ["search_query: tea"]]
    assert embedder.name.startswith("nomic-embed-text-")


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
async def test_an_overloaded_server_is_asked_again(
    embedder: OpenAiEmbedder, server: EmbeddingServer, status: int
) -> None:
    server.replies.append(refusing(status, **{"Retry-After": "0"}))
    assert await embedder.embed_query("tea")
    assert len(server.inputs) == 2


@pytest.mark.parametrize(
    "message",
    [
        "This model's maximum context length is 8192 tokens, however you requested 9000",
        "the input length exceeds the context length",
        "input is too large to process",
    ],
)
async def test_a_text_that_is_too_long_is_rejected_at_once(
    embedder: OpenAiEmbedder, server: EmbeddingServer, message: str
) -> None:
    server.replies.append(refusing(400, message))
    with pytest.raises(TextRejected, match=r"some-model cannot read this text: 400"):
        await embedder.embed_documents(["long"])
    assert len(server.inputs) == 1


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (400, "refuses: 400 no"),
        (401, "refuses: 401 no.*API key"),
        (404, "refuses: 404 no.*model's name"),
        (422, "refuses: 422 no"),
    ],
)
async def test_a_refusal_is_told_and_not_repeated(
    embedder: OpenAiEmbedder, server: EmbeddingServer, status: int, sentence: str
) -> None:
    server.replies.append(refusing(status))
    with pytest.raises(EmbedderUnavailable, match=sentence):
        await embedder.embed_query("tea")
    assert len(server.inputs) == 1


async def test_the_key_is_in_no_error(embedder: OpenAiEmbedder, server: EmbeddingServer) -> None:
    server.replies += [refusing(401, f"Incorrect API key: {KEY}"), refusing(400, f"{KEY}?")]
    for _ in range(2):
        with pytest.raises(EmbedderUnavailable) as caught:
            await embedder.embed_query("tea")
        assert KEY not in str(caught.value)
    assert KEY not in repr(vars(embedder))


@pytest.mark.parametrize("change", SPOILT.values(), ids=SPOILT)
async def test_an_answer_that_is_none_stores_nothing(
    embedder: OpenAiEmbedder, server: EmbeddingServer, change: Callable[[Any], Any]
) -> None:
    server.replies.append(saying(change))
    with pytest.raises(EmbedderUnavailable, match="something else than 2 embeddings"):
        await embedder.embed_documents(["tea", "rain"])


async def test_a_server_that_changes_its_model_is_noticed(
    embedder: OpenAiEmbedder, server: EmbeddingServer
) -> None:
    await embedder.embed_query("tea")
    server.replies.append(saying(lambda _: [{"index": 0, "embedding": [1.0] * 128}]))
    with pytest.raises(EmbedderUnavailable, match="had 64 dimensions, now 128"):
        await embedder.embed_query("tea")


async def test_a_server_that_hangs_is_given_up(server: EmbeddingServer) -> None:
    gate = asyncio.Event()

    async def hang(texts: Sequence[str]) -> Response:
        await gate.wait()
        return await well(texts)

    server.replies.append(hang)
    embedder = embedder_of(server.url, seconds=0.1)
    with pytest.raises(EmbedderUnavailable, match=r"did not answer within 0\.1 s"):
        await embedder.embed_query("tea")
    gate.set()
    await embedder.close()


async def test_a_server_that_is_not_there_is_named() -> None:
    embedder = embedder_of("http://127.0.0.1:1/v1")
    with pytest.raises(EmbedderUnavailable, match=r"Nothing answers at http://127\.0\.0\.1:1/v1"):
        await embedder.embed_query("tea")
    await embedder.close()


async def test_a_long_text_is_cut_into_pieces_of_a_safe_size(embedder: OpenAiEmbedder) -> None:
    for text, longest in [
        ("internationalization " * 500, 4 * WINDOW_TOKENS + 200),
        ("0123456789abcdef" * 500, 2 * WINDOW_TOKENS + 600),
        ("日本語の文章" * 500, WINDOW_TOKENS),
        ("Übergrößenträger " * 500, 3 * WINDOW_TOKENS + 200),
    ]:
        spans = await embedder.tokens(text)
        pieces = chunk(text, spans, window=embedder.window, overlap=32)
        assert max(len(piece.text) for piece in pieces) <= longest
        assert pieces[-1].text[-3:] == text.strip()[-3:]


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_a_long_reply_is_not_read_to_its_end(
    embedder: OpenAiEmbedder, server: EmbeddingServer, status: int
) -> None:
    sent: list[int] = []

    async def long(_: Sequence[str]) -> Response:
        async def blocks() -> AsyncIterator[bytes]:
            for number in range(2_000):
                sent.append(number)
                yield b"[" * 2**16
                await asyncio.sleep(0)

        return StreamingResponse(blocks(), status, {"Retry-After": "60"})

    server.replies.append(long)
    problem = "more than 589,824 bytes" if status == 200 else str(status)
    with pytest.raises(EmbedderUnavailable, match=problem):
        await embedder.embed_query("tea")
    assert len(sent) < 1_000  # of 65 kB, many of which wait in the socket


async def test_a_reply_may_be_as_long_as_the_largest_vectors(
    embedder: OpenAiEmbedder, server: EmbeddingServer
) -> None:
    wide = [0.1234567890123456789012345] * 16_384
    server.replies.append(saying(lambda data: [{**e, "embedding": wide} for e in data]))
    vectors = await embedder.embed_documents([f"text {n}" for n in range(MAX_REQUEST_TEXTS)])
    assert {len(vector) for vector in vectors} == {4 * 16_384}


async def test_a_reply_is_never_unpacked(embedder: OpenAiEmbedder, server: EmbeddingServer) -> None:
    """A few compressed bytes could become gigabytes."""

    async def packed(texts: Sequence[str]) -> Response:
        plain = (await well(texts)).body
        return Response(gzip.compress(bytes(plain)), headers={"Content-Encoding": "gzip"})

    server.replies.append(packed)
    with pytest.raises(EmbedderUnavailable, match="not with JSON"):
        await embedder.embed_query("tea")
