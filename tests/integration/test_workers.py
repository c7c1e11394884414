"""Workers: stopping, sharing, and a full house."""

import asyncio
from dataclasses import replace

import pytest

from memorizer.adapters.titles.extractive import ExtractiveTitleWriter
from memorizer.bootstrap import open_services, running
from memorizer.domain.jobs import BulkProgress, JobState, Queue
from memorizer.domain.memories import Content, EmbeddingStatus, Memory
from memorizer.domain.records import MemoryRecord, ParsedRecord, derived_id
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.moving import NOW, imported
from support.waiting import wait_until

ACTOR = "test"


@pytest.fixture(
    params=[("sqlite", "database"), ("sqlite", "redis"), ("postgresql", "database")], ids="-".join
)
def engines(request: pytest.FixtureRequest) -> tuple[str, str]:
    """All of this holds wherever the memories and the queues are."""
    database, queue = request.param
    return str(database), str(queue)


@pytest.fixture
def database_engine(engines: tuple[str, str]) -> str:
    return engines[0]


@pytest.fixture
def queue_engine(engines: tuple[str, str]) -> str:
    return engines[1]


async def fill(services: Services, titled: int, untitled: int = 0) -> None:
    contents = [Content(f"Memory {n}", title="T") for n in range(titled)]
    contents += [Content(f"Untitled memory {n}") for n in range(untitled)]
    for start in range(0, len(contents), 100):
        batch = contents[start : start + 100]
        await asyncio.gather(*(services.memories.create(c, actor=ACTOR) for c in batch))


async def test_a_worker_that_stops_lets_its_job_finish(memorizer: Memorizer) -> None:
    stored = await memorizer.services.memories.create(Content("Nearly done"), actor=ACTOR)
    memorizer.writer.gate.clear()
    stop = asyncio.Event()
    worker = asyncio.create_task(memorizer.container.worker.run(stop))
    await _state(memorizer.services, stored.title_job_id, JobState.ACTIVE)
    stop.set()
    memorizer.writer.gate.set()
    await worker
    job = await memorizer.services.jobs.get(stored.title_job_id or "")
    assert job.state is JobState.COMPLETED


async def test_a_worker_out_of_patience_gives_its_job_back(memorizer: Memorizer) -> None:
    stored = await memorizer.services.memories.create(Content("Takes for ever"), actor=ACTOR)
    memorizer.writer.gate.clear()
    stop = asyncio.Event()
    engine = replace(memorizer.container.worker, grace_seconds=0.01)
    worker = asyncio.create_task(engine.run(stop))
    await _state(memorizer.services, stored.title_job_id, JobState.ACTIVE)
    stop.set()
    await worker
    job = await memorizer.services.jobs.get(stored.title_job_id or "")
    assert (job.state, job.attempts, job.rescues) == (JobState.WAITING, 0, 0)
    assert await memorizer.services.jobs.workers() == []


async def test_two_workers_share_one_bulk_job(memorizer: Memorizer) -> None:
    services, second = memorizer.services, WordEmbedder()
    await fill(services, 1_000)
    before = memorizer.embedder.embedded
    job_id = await services.jobs.reembed()
    memorizer.embedder.gate.clear()  # the first holds its slices until the second has its share
    await memorizer.start_worker()
    async with (
        open_services(memorizer.settings, embedder=second) as other,
        running(other.worker),
    ):

        async def helped() -> bool:
            return second.embedded > 0

        await wait_until(helped, description="the second worker takes slices")
        memorizer.embedder.gate.set()
        await _state(services, job_id, JobState.COMPLETED)
    assert (await services.jobs.get(job_id)).items == BulkProgress(1_000, 1_000)
    assert second.embedded + memorizer.embedder.embedded - before == 2 * 1_000


async def test_a_full_house_is_worked_off_while_everything_answers(memorizer: Memorizer) -> None:
    services = memorizer.services
    await fill(services, titled=1_500, untitled=500)
    job_id = await services.jobs.reembed()
    await memorizer.start_worker()

    async def done() -> bool:
        titles, *_ = await services.jobs.counts()
        is_embedded = (await services.jobs.get(job_id)).state is JobState.COMPLETED
        return is_embedded and titles.by_state[JobState.COMPLETED] == 500

    await wait_until(done, description="500 titles and 2,000 embeddings")
    assert (await services.jobs.get(job_id)).items == BulkProgress(2_000, 2_000)
    assert (await services.statistics.totals()).untitled == 0


async def test_a_paused_queue_goes_on_when_it_is_resumed(memorizer: Memorizer) -> None:
    services = memorizer.services
    await services.jobs.pause(Queue.TITLES, paused=True)
    stored = await services.memories.create(Content("In good time"), actor=ACTOR)
    await memorizer.start_worker()
    assert (await services.jobs.get(stored.title_job_id or "")).state is JobState.WAITING
    await services.jobs.pause(Queue.TITLES, paused=False)
    await _state(services, stored.title_job_id, JobState.COMPLETED)


async def test_a_missing_title_does_not_change_when_a_memory_was_updated(
    memorizer: Memorizer,
) -> None:
    services = memorizer.services
    old = Memory(derived_id(NOW, "old"), Content("Rooibos is no tea."), 1, NOW, NOW)
    await imported(services, iter([ParsedRecord("1", MemoryRecord(old))]))
    await memorizer.start_worker()

    await _titled(services, old.id)
    memory = await services.memories.get(old.id)
    assert (memory.version, memory.updated_at) == (2, NOW)
    assert (await services.history.events(old.id))[0].at > NOW  # which says when it was written


async def test_a_title_job_embeds_nothing_that_is_known(
    settings: Settings, memorizer: Memorizer
) -> None:
    """Of a text that holds its title, only the candidates; of one candidate, only the title."""
    services, embedder = memorizer.services, memorizer.embedder
    writer = ExtractiveTitleWriter(embedder)
    stored = [
        (await services.memories.create(Content(text), actor=ACTOR)).memory
        for text in ("# Tea\n\nGreen tea wants 80 degrees.", "Tea is hot. Ice is cold.")
    ]
    async with open_services(settings, embedder=embedder, writer=writer) as assembly:
        embedder.embedded = 0
        async with running(assembly.worker):
            for memory in stored:
                await _titled(services, memory.id)

    assert embedder.embedded == 1 + 2
    [hit] = (await services.search.search(Query("green tea wants 80 degrees", limit=1))).hits
    assert (hit.memory.id, hit.memory.embedding_status) == (stored[0].id, EmbeddingStatus.READY)


async def _titled(services: Services, memory_id: str) -> None:
    async def titled() -> bool:
        return (await services.memories.get(memory_id)).content.title is not None

    await wait_until(titled, description="a title is written")


async def _state(services: Services, job_id: str | None, state: JobState) -> None:
    async def reached() -> bool:
        return (await services.jobs.get(job_id or "")).state is state

    await wait_until(reached, description=f"job {job_id} is {state}")
