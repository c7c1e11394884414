"""Changing the embedding model: search goes on, one call re-embeds, and nothing is lost.

Two real models: the bundled one, and the same network with another pooling, whose vectors
cannot be compared with the first one's.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.errors import Misconfigured
from memorizer.domain.jobs import REEMBED_ALL, JobState, NewJob, Queue
from memorizer.domain.memories import Content, EmbeddingStatus
from memorizer.domain.search import Answer, Query
from memorizer.services import Services
from memorizer.settings import Settings
from support.model_folders import minilm_folder
from support.waiting import wait_until

OLD = "all-MiniLM-L6-v2-int8"
MEMORIES = [
    "Green tea wants water of 80 degrees",
    "The nightly backup goes to a second disk",
    "Machine learning is a subset of artificial intelligence",
]

Opened = Callable[[str], AbstractAsyncContextManager[Container]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A second model."""
    return minilm_folder(tmp_path / "second", pooling="pooling_mode_cls_token")


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Memorizer on one data directory, with one setting or another."""
    return lambda model: open_services(
        Settings(data_dir=tmp_path / "data", embedding_model=model, grace_seconds=1)
    )


async def store(services: Services, *texts: str) -> list[EmbeddingStatus]:
    stored = [await services.memories.create(Content(t, title="T"), actor="test") for t in texts]
    return [one.memory.embedding_status for one in stored]


async def ask(services: Services, query: str = "hot drinks") -> Answer:
    """A query that shares no word with what it should find."""
    return await services.search.search(Query(query, limit=1))


def lose(folder: Path) -> None:
    folder.rename(folder.with_name("gone"))


def found(answer: Answer) -> str | None:
    return answer.hits[0].memory.content.text if answer.hits else None


async def ended(services: Services, job_id: str) -> JobState:
    async def final() -> bool:
        return (await services.jobs.get(job_id)).is_final

    await wait_until(final, description="the job ends")
    return (await services.jobs.get(job_id)).state


async def test_a_changed_model_is_noticed_and_search_goes_on_with_the_old_one(
    opened: Opened, folder: Path
) -> None:
    async with opened("bundled") as before:
        await store(before.services, *MEMORIES)
        assert (await before.services.statistics.totals()).mismatch is None
    async with opened(f"onnx:{folder}") as after:
        figures = await after.services.statistics.totals()
        assert figures.model is not None
        assert (figures.model.name, figures.configured_model[:7]) == (OLD, "second-")
        assert "Search goes on with the old one" in (figures.mismatch or "")
        checks = {check.part: check for check in await after.services.health.checks()}
        assert checks["embedder"].ok
        assert not checks["embeddings"].ok
        assert "memorizer reembed --watch" in checks["embeddings"].detail
        answer = await ask(after.services)
        assert (found(answer), answer.degraded) == (MEMORIES[0], None)


async def test_what_is_stored_in_between_is_found_at_once_and_after_the_switch(
    opened: Opened, folder: Path
) -> None:
    async with opened("bundled") as before:
        await store(before.services, *MEMORIES[1:])
    async with opened(f"onnx:{folder}") as after, running(after.worker):
        services = after.services
        assert await store(services, MEMORIES[0]) == [EmbeddingStatus.READY]
        assert found(await ask(services)) == MEMORIES[0]
        await ended(services, await services.jobs.reembed())
        assert found(await ask(services)) == MEMORIES[0]
        figures = await services.statistics.totals()
        assert (figures.embeddings[EmbeddingStatus.READY], figures.mismatch) == (3, None)


async def test_one_call_re_embeds_and_the_running_server_takes_the_new_model(
    opened: Opened, folder: Path
) -> None:
    async with opened("bundled") as before:
        await store(before.services, *MEMORIES)
    async with opened(f"onnx:{folder}") as after, running(after.worker):
        services = after.services
        assert found(await ask(services)) == MEMORIES[0]
        job_id = await services.jobs.reembed()
        assert await ended(services, job_id) is JobState.COMPLETED
        model = (await services.statistics.totals()).model
        assert model is not None
        assert model.name.startswith("second-")
        answer = await ask(services)
        assert (found(answer), answer.degraded) == (MEMORIES[0], None)
        assert {leg.leg for leg in answer.hits[0].legs} == {"content", "metadata"}
        assert all(check.ok for check in await services.health.checks())
    async with opened("bundled") as back:  # and there is a way back
        assert found(await ask(back.services)) == MEMORIES[0]
        assert "Memories are embedded with second-" in (
            (await back.services.statistics.totals()).mismatch or ""
        )


async def test_cancelling_keeps_the_old_model(opened: Opened, folder: Path) -> None:
    async with opened("bundled") as before:
        await store(before.services, *MEMORIES)
    async with opened(f"onnx:{folder}") as after:
        services = after.services
        job_id = await services.jobs.reembed()
        await services.jobs.cancel(job_id)
        async with running(after.worker):
            assert await ended(services, job_id) is JobState.CANCELLED
            assert found(await ask(services)) == MEMORIES[0]
            model = (await services.statistics.totals()).model
        assert model is not None
        assert model.name == OLD


async def test_without_the_old_model_words_still_find_and_re_embedding_mends_it(
    opened: Opened, folder: Path
) -> None:
    async with opened(f"onnx:{folder}") as before:
        await store(before.services, *MEMORIES[1:])
    lose(folder)
    async with opened("bundled") as after, running(after.worker):
        services = after.services
        assert await store(services, MEMORIES[0]) == [EmbeddingStatus.PENDING]
        answer = await ask(services, "tea")
        assert found(answer) == MEMORIES[0]
        assert "Only full text was searched" in (answer.degraded or "")
        assert "cannot be opened here any more" in (answer.degraded or "")
        assert found(await ask(services)) is None
        assert "only full text" in ((await services.statistics.totals()).mismatch or "")
        await ended(services, await services.jobs.reembed())
        assert found(await ask(services)) == MEMORIES[0]
        figures = await services.statistics.totals()
        assert figures.embeddings[EmbeddingStatus.READY] == 3


async def test_another_model_in_the_same_folder_is_not_taken_for_the_old_one(
    opened: Opened, folder: Path
) -> None:
    async with opened(f"onnx:{folder}") as before:
        await store(before.services, *MEMORIES)
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode": "mean"}')
    async with opened("bundled") as after:
        assert "Only full text was searched" in ((await ask(after.services)).degraded or "")


async def test_a_worker_with_the_old_setting_embeds_with_the_model_of_the_job(
    opened: Opened, folder: Path
) -> None:
    async with opened("bundled") as server, running(server.worker):
        await store(server.services, *MEMORIES)
        async with opened(f"onnx:{folder}") as command:
            job_id = await command.services.jobs.reembed()
        assert await ended(server.services, job_id) is JobState.COMPLETED
        model = (await server.services.statistics.totals()).model
        assert model is not None
        assert model.name.startswith("second-")
        assert found(await ask(server.services)) == MEMORIES[0]
        assert await store(server.services, "Sencha is steamed") == [EmbeddingStatus.READY]


async def test_a_job_whose_model_is_gone_fails_and_keeps_the_old_vectors(
    opened: Opened, folder: Path
) -> None:
    async with opened("bundled") as before:
        await store(before.services, *MEMORIES)
    async with opened(f"onnx:{folder}") as command:
        job_id = await command.services.jobs.reembed()
    lose(folder)
    async with opened("bundled") as after, running(after.worker):
        assert await ended(after.services, job_id) is JobState.FAILED
        job = await after.services.jobs.get(job_id)
        assert "which this worker cannot open" in (job.error or "")
        assert found(await ask(after.services)) == MEMORIES[0]


async def test_a_job_that_names_no_model_embeds_with_the_configured_one(
    opened: Opened, folder: Path
) -> None:
    async with opened("bundled") as before:
        await store(before.services, *MEMORIES)
    job = NewJob("bulk-1", Queue.EMBEDDINGS, REEMBED_ALL, data={})
    async with opened(f"onnx:{folder}") as after, running(after.worker):
        await after.adapters.database.write(lambda tx: tx.jobs.enqueue([job]))
        assert await ended(after.services, job.id) is JobState.COMPLETED
        assert (await after.services.statistics.totals()).mismatch is None


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("onnx:/nowhere", r"There is no embedding model in /nowhere"),
        ("onnx:nomic-ai/nomic-embed-text-v1.5", "memorizer models pull nomic-embed-text-v1.5"),
        ("onnx:nomic-embed-text-v1.5", "memorizer models pull nomic-embed-text-v1.5"),
        ("openai:text-embedding-3-small", "set MEMORIZER_EMBEDDING_BASE_URL too"),
    ],
)
async def test_a_model_that_cannot_be_opened_is_told_in_one_line(
    opened: Opened, model: str, sentence: str
) -> None:
    with pytest.raises(Misconfigured, match=sentence) as caught:
        async with opened(model):
            pass
    assert "\n" not in str(caught.value)


async def test_a_pulled_model_is_found_by_its_name(tmp_path: Path, opened: Opened) -> None:
    minilm_folder(tmp_path / "data" / "models" / "my" / "model")
    async with opened("onnx:my/model") as memorizer:
        figures = await memorizer.services.statistics.totals()
        assert figures.configured_model.startswith("model-")
