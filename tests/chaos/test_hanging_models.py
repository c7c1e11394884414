"""A server of models takes every request and never answers: memories are kept all the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.jobs import JobState
from memorizer.domain.memories import Content, EmbeddingStatus, EventType
from memorizer.domain.search import Query
from memorizer.services import embedding, health
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.embedding_server import embedding_server
from support.titles import FirstWords
from support.waiting import wait_until


@asynccontextmanager
async def silence() -> AsyncIterator[str]:
    """The address of a server that listens, and that is all."""
    waiting: set[asyncio.StreamWriter] = set()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting.add(writer)
        with suppress(ConnectionError):
            await reader.read()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/v1"
    server.close()
    for writer in waiting:
        writer.close()
    await server.wait_closed()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "INLINE_TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(health, "DEADLINE_SECONDS", 1.0)


def settings(folder: Path, **models: str) -> Settings:
    return Settings.model_validate({"data_dir": folder, "grace_seconds": 0.1, **models})


async def test_an_embedder_that_hangs_delays_nothing_for_long_and_is_made_up_for(
    tmp_path: Path,
) -> None:
    async with silence() as url:
        hanging = {"embedding_model": "openai:any", "embedding_base_url": url}
        patient = settings(tmp_path, **hanging, embedding_timeout_seconds="3600")
        async with open_services(patient, writer=FirstWords()) as container:
            services = container.services
            memory_id = await _stored(container)
            memory = await services.memories.get(memory_id)
            assert memory.embedding_status is EmbeddingStatus.PENDING
            answer = await services.search.search(Query("kettle"))
            assert [hit.memory.id for hit in answer.hits] == [memory_id]
            checks = {check.part: check for check in await services.health.checks()}
            assert checks["database"].ok
            assert not checks["embedder"].ok
            assert url.removesuffix("/v1") in checks["embedder"].detail or "in time" in (
                checks["embedder"].detail
            )
        hasty = settings(tmp_path, **hanging, embedding_timeout_seconds="1")
        async with (
            open_services(hasty, writer=FirstWords()) as container,
            running(container.worker),
        ):
            await _fails(container)
    await _made_up_for(tmp_path, memory_id)


async def _stored(container: Container) -> str:
    content = Content("The kettle is blue.", title="Kettle")
    stored = await container.services.memories.create(content, actor="test")
    return stored.memory.id


async def _fails(container: Container) -> None:
    """Its job ends an attempt with a reason, and does not hang either."""

    async def has_failed() -> bool:
        jobs, _ = await container.services.jobs.page()
        return any(job.error for job in jobs)

    await wait_until(has_failed, description="an attempt is given up")
    [job] = [job for job in (await container.services.jobs.page())[0] if job.error]
    assert "did not answer" in (job.error or "") or "in time" in (job.error or ""), job.error


async def _made_up_for(folder: Path, memory_id: str) -> None:
    """With a server that answers, the vectors come by themselves."""
    async with embedding_server() as server:
        well = settings(folder, embedding_model="openai:any", embedding_base_url=server.url)
        async with open_services(well, writer=FirstWords()) as container, running(container.worker):

            async def is_ready() -> bool:
                memory = await container.services.memories.get(memory_id)
                return memory.embedding_status is EmbeddingStatus.READY

            await wait_until(is_ready, description="the memory is embedded")


async def test_a_title_model_that_hangs_costs_an_attempt_and_says_why(tmp_path: Path) -> None:
    async with silence() as url:
        hanging = settings(
            tmp_path, title_model="openai:any", llm_base_url=url, title_timeout_seconds="1"
        )
        async with (
            open_services(hanging, embedder=WordEmbedder()) as container,
            running(container.worker),
        ):
            services = container.services
            stored = await services.memories.create(Content("The kettle is blue."), actor="test")
            job_id = stored.title_job_id or ""

            async def is_over() -> bool:
                return (await services.jobs.get(job_id)).state is JobState.COMPLETED

            await wait_until(is_over, description="the fallback has written it")
            result = (await services.jobs.get(job_id)).result or {}
            assert url.removesuffix("/v1") in str(result["fallbackReason"])
            events = await services.history.events(stored.memory.id)
            assert [event.type for event in events].count(EventType.TITLE_GENERATED) == 1
            checks = {check.part: check for check in await services.health.checks()}
            assert not checks["title model"].ok
