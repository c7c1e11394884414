"""Texts that an embedding server refuses, and servers that refuse every text."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.jobs import BulkProgress, Job, JobState
from memorizer.domain.memories import Content, EmbeddingStatus, Filter
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.services.maintenance import Maintenance
from memorizer.settings import Settings
from support.embedding_server import EmbeddingServer, embedding_server, for_texts_with, refusing
from support.waiting import wait_until

ACTOR = "test"
PENDING, READY, FAILED = EmbeddingStatus.PENDING, EmbeddingStatus.READY, EmbeddingStatus.FAILED
POLICY = for_texts_with("poison", refusing(400, "content policy"))
LATER = {"Retry-After": "0"}

Opened = Callable[[], AbstractAsyncContextManager[Container]]


@pytest.fixture(
    params=[("sqlite", "database"), ("sqlite", "redis"), ("postgresql", "database")], ids="-".join
)
def engines(request: pytest.FixtureRequest) -> tuple[str, str]:
    database, queue = request.param
    return str(database), str(queue)


@pytest.fixture
def database_engine(engines: tuple[str, str]) -> str:
    return engines[0]


@pytest.fixture
def queue_engine(engines: tuple[str, str]) -> str:
    return engines[1]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddingServer]:
    async with embedding_server() as server:
        yield server


@pytest.fixture
def opened(settings: Settings, server: EmbeddingServer) -> Opened:
    """Memorizer with its worker, before this server."""
    told = {"embedding_model": "openai:m", "embedding_base_url": server.url}

    @asynccontextmanager
    async def run() -> AsyncIterator[Container]:
        async with (
            open_services(settings.model_copy(update=told)) as container,
            running(container.worker),
        ):
            yield container

    return run


def upkeep_of(memorizer: Container) -> Maintenance:
    parts = memorizer.adapters
    return Maintenance(
        parts.database, parts.queue, parts.job_reader, parts.active_model, parts.clock, job_age_ms=0
    )


async def store(services: Services, text: str) -> str:
    return (await services.memories.create(Content(text, title="T"), actor=ACTOR)).memory.id


async def becomes(services: Services, memory_id: str, status: EmbeddingStatus) -> None:
    async def there() -> bool:
        return (await services.memories.get(memory_id)).embedding_status is status

    await wait_until(there, description=f"the memory is {status}")


async def ended(services: Services, job_id: str) -> Job:
    async def final() -> bool:
        return (await services.jobs.get(job_id)).is_final

    await wait_until(final, description="the job ends")
    return await services.jobs.get(job_id)


async def failed_jobs(services: Services, count: int) -> list[Job]:
    async def there() -> bool:
        return len((await services.jobs.page(state=JobState.FAILED))[0]) >= count

    await wait_until(there, description=f"{count} jobs failed")
    return (await services.jobs.page(state=JobState.FAILED))[0]


@pytest.mark.parametrize("status", [400, 403, 413, 422, 451])
async def test_a_text_that_is_refused_for_good_is_given_up_and_told(
    opened: Opened, server: EmbeddingServer, status: int
) -> None:
    server.rule = for_texts_with("poison", refusing(status, "content policy"))
    async with opened() as memorizer:
        services = memorizer.services
        refused = await store(services, "poison ivy")
        await becomes(services, refused, FAILED)
        [job] = await failed_jobs(services, 1)
        assert f"{status} content policy" in (job.error or "")
        asked = sum("poison" in text for texts in server.inputs for text in texts)
        for _ in range(3):
            assert await upkeep_of(memorizer).embed_pending() == 0
        assert sum("poison" in text for texts in server.inputs for text in texts) == asked
        answer = await services.search.search(Query("ivy"))
        assert [hit.memory.id for hit in answer.hits] == [refused]
        page, _ = await services.memories.page(
            Filter(embedding_status=FAILED), before=None, limit=9
        )
        assert [memory.id for memory in page] == [refused]
        embeddings = {c.part: c for c in await services.health.checks()}["embeddings"]
        assert embeddings.ok
        assert "memories it could not embed: 1" in embeddings.detail


async def test_another_text_is_tried_again(opened: Opened, server: EmbeddingServer) -> None:
    server.rule = POLICY
    async with opened() as memorizer:
        services = memorizer.services
        refused = await store(services, "poison ivy")
        await becomes(services, refused, FAILED)
        milder = await services.memories.update(
            refused, lambda content: replace(content, text="plain ivy"), actor=ACTOR
        )
        assert milder.embedding_status is READY


async def test_re_embedding_tries_again(opened: Opened, server: EmbeddingServer) -> None:
    server.rule = POLICY
    async with opened() as memorizer:
        services = memorizer.services
        chosen, left = [await store(services, f"poison {n}") for n in range(2)]
        for memory_id in (chosen, left):
            await becomes(services, memory_id, FAILED)
        both = [chosen, await store(services, "tea")]
        again = await ended(services, await services.jobs.reembed(both))
        assert (again.state, again.items) == (JobState.FAILED, BulkProgress(2, 1, 1))
        server.rule = lambda _: None
        again = await ended(services, await services.jobs.reembed(both))
        assert again.state is JobState.COMPLETED
        assert (await services.memories.get(chosen)).embedding_status is READY
        assert (await services.memories.get(left)).embedding_status is FAILED
        everything = await ended(services, await services.jobs.reembed())
        assert everything.state is JobState.COMPLETED
        assert (await services.memories.get(left)).embedding_status is READY


async def test_what_was_given_up_keeps_no_model_from_taking_over(
    opened: Opened, server: EmbeddingServer
) -> None:
    server.rule = POLICY
    async with opened() as memorizer:
        services = memorizer.services
        await store(services, "tea")
        refused = await store(services, "poison ivy")
        await becomes(services, refused, FAILED)
        before = (await services.statistics.totals()).model
        job = await ended(services, await services.jobs.reembed())
        assert (job.state, job.items) == (JobState.COMPLETED, BulkProgress(2, 1, 1))
        [failure] = await services.jobs.failures(job.id)
        assert (failure.item_id, "content policy" in failure.error) == (refused, True)
        assert (await services.statistics.totals()).model != before
        assert (await services.memories.get(refused)).embedding_status is FAILED


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_a_server_that_refuses_every_text_makes_no_memory_fail(
    opened: Opened, server: EmbeddingServer, status: int
) -> None:
    everything = refusing(status, "who are you?")
    server.rule = lambda _: everything
    async with opened() as memorizer:
        services = memorizer.services
        waiting = await store(services, "tea")
        [job] = await failed_jobs(services, 1)
        assert "who are you?" in (job.error or "")
        assert (await services.memories.get(waiting)).embedding_status is PENDING
        embedder = {c.part: c for c in await services.health.checks()}["embedder"]
        assert (embedder.ok, "who are you?" in embedder.detail) == (False, True)
        assert await upkeep_of(memorizer).embed_pending() == 0
        server.rule = lambda _: None
        assert await upkeep_of(memorizer).embed_pending() == 1
        await becomes(services, waiting, READY)


@pytest.mark.parametrize("status", [429, 500])
async def test_a_text_that_is_refused_for_now_waits_and_keeps_no_others_waiting(
    opened: Opened, server: EmbeddingServer, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memorizer.services.maintenance.BATCH", 2)
    server.rule = lambda _: refusing(503, **LATER)
    async with opened() as memorizer:
        services = memorizer.services
        stuck = [await store(services, f"poison {n}") for n in range(2)]
        last = await store(services, "tea")
        await failed_jobs(services, 3)
        server.rule = for_texts_with("poison", refusing(status, **LATER))
        assert await upkeep_of(memorizer).embed_pending() == 2
        await failed_jobs(services, 5)
        assert await upkeep_of(memorizer).embed_pending() == 1
        await becomes(services, last, READY)
        assert await upkeep_of(memorizer).embed_pending() == 0
        for memory_id in stuck:
            assert (await services.memories.get(memory_id)).embedding_status is PENDING
