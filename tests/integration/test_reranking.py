"""Reranking with a small cross-encoder that was built here, from the setting to every door."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from memorizer.bootstrap import Container, open_services
from memorizer.domain.errors import Misconfigured
from memorizer.domain.memories import Content
from memorizer.domain.search import Answer, Query
from memorizer.http.app_state import state_of
from memorizer.services.reranking import RERANKED
from memorizer.settings import Settings
from support.commands import Cli
from support.embedders import WordEmbedder
from support.model_folders import cross_encoder_folder, tiny_folder
from support.titles import FirstWords
from support.waiting import HANG_SECONDS

WEIGHTS = {"tea": 0.0, "green": 0.0, "honey": 4.0, "water": 0.0}
QUERY = "green tea honey"
LIKE_THE_QUERY = "Green tea, green tea."
BEST = "What mother puts into every cup is honey from the garden, after it has cooled a little."

Open = Callable[..., AbstractAsyncContextManager[Container]]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """For which nothing but honey counts."""
    return cross_encoder_folder(tmp_path / "honey-reranker", WEIGHTS)


@pytest.fixture
def opened(settings: Settings) -> Open:
    @asynccontextmanager
    async def run(model: Path | None, **changes: object) -> AsyncIterator[Container]:
        spec = None if model is None else f"onnx:{model}"
        patient = {"rerank_model": spec, "rerank_timeout_seconds": HANG_SECONDS}
        configured = settings.model_copy(update=patient | changes)
        async with open_services(configured, embedder=WordEmbedder(), writer=FirstWords()) as it:
            yield it

    return run


async def store(container: Container, *texts: str) -> None:
    for text in texts:
        await container.services.memories.create(Content(text), actor="test")


async def search(container: Container, query: str = QUERY, limit: int = 10) -> Answer:
    return await container.services.search.search(Query(query, limit))


def texts(answer: Answer) -> list[str]:
    return [hit.memory.content.text for hit in answer.hits]


async def test_the_model_decides_the_order_and_the_scores_follow_it(
    opened: Open, model: Path
) -> None:
    async with opened(None) as container:
        await store(container, LIKE_THE_QUERY, BEST)
        before = await search(container)
    async with opened(model) as container:
        after = await search(container)
    assert texts(before) == [LIKE_THE_QUERY, BEST]
    assert texts(after) == [BEST, LIKE_THE_QUERY]
    assert [hit.score for hit in after.hits] == [hit.score for hit in before.hits]
    assert after.hits[0].relevance > before.hits[1].relevance  # judged with its new score
    reranks = [hit.rerank for hit in after.hits]
    assert [r and r.rank_before for r in reranks] == [2, 1]
    assert [r and round(r.score, 3) for r in reranks] == [0.953, 0.269]  # sigmoid of 4 - 1, -1
    assert after.degraded is None


async def test_what_would_have_been_cut_off_comes_first(opened: Open, model: Path) -> None:
    others = [f"Green tea, green tea {number}." for number in range(RERANKED - 1)]
    async with opened(model) as container:
        await store(container, BEST, *others)
        answer = await search(container, limit=1)
    assert texts(answer) == [BEST]


async def test_of_a_long_text_the_nearest_chunk_is_read(opened: Open, model: Path) -> None:
    elsewhere = " ".join(f"word{number}" for number in range(400))
    long = f"{elsewhere} green tea with honey, tea with honey, honey {elsewhere}"
    async with opened(model) as container:
        await store(container, LIKE_THE_QUERY, long)
        best = (await search(container)).hits[0]
    assert best.memory.content.text == long
    assert best.rerank is not None
    assert best.rerank.score > 0.9


async def test_who_takes_too_long_changes_nothing_and_the_answer_says_so(
    opened: Open, model: Path
) -> None:
    async with opened(model, rerank_timeout_seconds=1e-9) as container:
        await store(container, LIKE_THE_QUERY, BEST)
        answer = await search(container)
    assert texts(answer) == [LIKE_THE_QUERY, BEST]
    assert answer.degraded == (
        "Hits are in the order of words and vectors: the reranking model honey-reranker took "
        "longer than 1e-06 ms."
    )


async def test_searches_at_once_share_the_model(opened: Open, model: Path) -> None:
    async with opened(model) as container:
        await store(container, LIKE_THE_QUERY, BEST)
        answers = await asyncio.gather(*(search(container) for _ in range(8)))
    assert {answer.hits[0].memory.content.text for answer in answers} == {BEST}


async def test_rest_explains_it_and_the_system_names_the_model(
    opened: Open, model: Path, app: FastAPI
) -> None:
    async with opened(model) as container:
        await store(container, LIKE_THE_QUERY, BEST)
        state_of(app).services = container.services
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            asked = {"query": QUERY, "explain": True}
            best = (await client.post("/api/search", json=asked)).json()["results"][0]
            plain = (await client.post("/api/search", json={"query": QUERY})).json()["results"][0]
            system = (await client.get("/api/admin/system")).json()
    assert best["rerank"] == {"score": pytest.approx(0.953, abs=1e-3), "rankBefore": 2}
    assert "rerank" not in plain
    assert system["rerankModel"] == "honey-reranker"


def test_the_command_line_explains_it_and_doctor_tries_the_model(
    cli: Cli, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORIZER_RERANK_MODEL", f"onnx:{model / 'model.onnx'}")
    monkeypatch.setenv("MEMORIZER_RERANK_TIMEOUT_SECONDS", str(HANG_SECONDS))
    cli("add", LIKE_THE_QUERY)
    cli("add", BEST)
    assert "reranked, before     rank " in cli("search", QUERY, "--explain").out
    checked = [line for line in cli("doctor").out.splitlines() if "reranking model" in line]
    assert [line.split() for line in checked] == [
        ["✓", "reranking", "model", "honey-reranker,", "up", "to", "512", "tokens"]
    ]


@pytest.mark.parametrize("labels", [1, 2])
async def test_one_and_two_labels_mean_the_same(opened: Open, tmp_path: Path, labels: int) -> None:
    folder = cross_encoder_folder(tmp_path / "model", WEIGHTS, labels=labels, in_onnx=True)
    async with opened(folder / "onnx" / "model.onnx") as container:
        await store(container, LIKE_THE_QUERY, BEST)
        assert texts(await search(container)) == [BEST, LIKE_THE_QUERY]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("nowhere", "MEMORIZER_RERANK_MODEL: there is no reranking model in .*Put the model's"),
        ("no-tokenizer", r"There is no tokenizer\.json in .*published with"),
        ("no-graph", r"has no model\.onnx .*only ONNX models"),
    ],
)
async def test_files_that_are_missing_are_named_at_the_start(
    opened: Open, model: Path, broken: str, said: str
) -> None:
    match broken:
        case "nowhere":
            model = model.parent / "elsewhere"
        case "no-tokenizer":
            (model / "tokenizer.json").unlink()
        case "no-graph":
            (model / "model.onnx").unlink()
    with pytest.raises(Misconfigured, match=said):
        async with opened(model):
            pass


async def test_a_model_that_cannot_be_used_costs_no_search(
    opened: Open, model: Path, tmp_path: Path
) -> None:
    (model / "model.onnx").write_bytes(b"no graph")
    embedding = tiny_folder(tmp_path / "embedding", output="last_hidden_state")
    threefold = cross_encoder_folder(tmp_path / "threefold", WEIGHTS, labels=3)
    said = []
    for each in (model, embedding, threefold):
        async with opened(each) as container:
            await store(container, LIKE_THE_QUERY)
            answer = await search(container)
            checks = await container.services.health.checks()
        assert texts(answer)[0] == LIKE_THE_QUERY
        [check] = [check for check in checks if check.part == "reranking model"]
        assert not check.ok
        assert answer.degraded == f"Hits are in the order of words and vectors: {check.detail}"
        said.append(check.detail)
    assert "cannot be loaded" in said[0]
    assert "no cross-encoder" in said[1]
    assert "no cross-encoder" in said[2]


async def test_without_the_setting_nothing_is_reranked(opened: Open) -> None:
    async with opened(None) as container:
        await store(container, LIKE_THE_QUERY)
        [hit] = (await search(container)).hits
        checks = {check.part for check in await container.services.health.checks()}
    assert hit == replace(hit, rerank=None)
    assert "reranking model" not in checks
