"""Jobs: titles written in the background, embeddings renewed, failures kept."""

import pytest

from memorizer.domain.errors import AlreadyRunning
from memorizer.domain.jobs import BulkProgress, Job, JobState
from memorizer.domain.memories import Content, EmbeddingStatus, EventType
from memorizer.domain.search import Query
from memorizer.services import Services
from support.memorizer import Memorizer
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


async def ended(services: Services, job_id: str | None) -> Job:
    """The job in its final state."""

    async def final() -> Job | None:
        job = await services.jobs.get(job_id or "")
        return job if job.is_final else None

    job = await wait_until(final, description=f"job {job_id} ends")
    assert job is not None
    return job


async def test_a_memory_without_a_title_gets_one_in_the_background(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("Water the ferns on Friday"), actor=ACTOR)
    await memorizer.start_worker()
    job = await ended(services, stored.title_job_id)
    memory = await services.memories.get(stored.memory.id)
    assert (job.state, job.result) == (
        JobState.COMPLETED,
        {"title": "Water the ferns on Friday", "writer": "first-words"},
    )
    assert (memory.content.title, memory.version) == ("Water the ferns on Friday", 2)
    assert (await services.history.events(memory.id))[0].type is EventType.TITLE_GENERATED


async def test_the_text_is_written_as_it_was_given_even_after_its_title(
    memorizer: Memorizer,
) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("  spaces kept \n"), actor=ACTOR)
    await memorizer.start_worker()
    await ended(services, stored.title_job_id)
    assert (await services.memories.get(stored.memory.id)).content.text == "  spaces kept \n"


async def test_a_failing_model_fails_the_job_and_writes_no_title(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("No luck today"), actor=ACTOR)
    memorizer.writer.is_down = True
    await memorizer.start_worker()
    job = await ended(services, stored.title_job_id)
    assert (job.state, job.attempts) == (JobState.FAILED, 3)
    assert "switched off" in (job.error or "")
    assert (await services.memories.get(stored.memory.id)).content.title is None


async def test_a_title_is_not_written_over_newer_work(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("First text of all"), actor=ACTOR)
    memorizer.writer.gate.clear()
    await memorizer.start_worker()

    async def holds() -> bool:
        return (await services.jobs.get(stored.title_job_id or "")).progress == 30

    await wait_until(holds, description="the worker waits for the title model")
    await services.memories.update(
        stored.memory.id,
        lambda _: Content("Second text, with its own title", title="Mine"),
        actor=ACTOR,
    )
    memorizer.writer.gate.set()
    job = await ended(services, stored.title_job_id)
    assert job.result == {"title": "Mine", "skipped": "it has a title"}
    assert (await services.memories.get(stored.memory.id)).version == 2


async def test_a_title_is_made_anew_when_the_text_changed_meanwhile(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("First text"), actor=ACTOR)
    memorizer.writer.gate.clear()
    await memorizer.start_worker()

    async def holds() -> bool:
        return (await services.jobs.get(stored.title_job_id or "")).progress == 30

    await wait_until(holds, description="the worker waits for the title model")
    await services.memories.update(stored.memory.id, lambda _: Content("Second text"), actor=ACTOR)
    memorizer.writer.gate.set()
    await ended(services, stored.title_job_id)
    assert (await services.memories.get(stored.memory.id)).content.title == "Second text"


async def test_a_deleted_memory_is_not_revived_by_its_job(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("Gone soon"), actor=ACTOR)
    await services.memories.delete(stored.memory.id, actor=ACTOR)
    await memorizer.start_worker()
    job = await ended(services, stored.title_job_id)
    assert job.result == {"skipped": "the memory was deleted"}
    assert (await services.statistics.totals()).memories == 0


async def test_a_running_job_can_be_cancelled(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content("Never mind"), actor=ACTOR)
    memorizer.writer.gate.clear()
    await memorizer.start_worker()

    async def active() -> bool:
        return (await services.jobs.get(stored.title_job_id or "")).state is JobState.ACTIVE

    await wait_until(active, description="the job runs")
    await services.jobs.cancel(stored.title_job_id or "")
    job = await ended(services, stored.title_job_id)
    assert job.state is JobState.CANCELLED
    assert (await services.memories.get(stored.memory.id)).content.title is None


async def test_a_memory_is_saved_and_found_by_its_words_while_the_embedder_is_down(
    memorizer: Memorizer,
) -> None:
    services = memorizer.services
    await services.memories.create(Content("An older memory", title="Old"), actor=ACTOR)
    memorizer.embedder.is_down = True
    stored = await services.memories.create(Content("Blue heron", title="Bird"), actor=ACTOR)
    answer = await services.search.search(Query("heron"))
    assert stored.memory.embedding_status is EmbeddingStatus.PENDING
    assert [hit.memory.id for hit in answer.hits] == [stored.memory.id]
    assert "Only full text" in (answer.degraded or "")


async def test_pending_memories_are_embedded_once_the_embedder_is_back(
    memorizer: Memorizer,
) -> None:
    services = memorizer.services
    memorizer.embedder.is_down = True
    ids = [
        (await services.memories.create(Content(f"Memory {n}", title="T"), actor=ACTOR)).memory.id
        for n in range(20)
    ]
    figures = await services.statistics.totals()
    assert (figures.embeddings[EmbeddingStatus.PENDING], figures.model) == (20, None)
    memorizer.embedder.is_down = False
    await memorizer.start_worker()

    async def ready() -> bool:
        return all(
            m.embedding_status is EmbeddingStatus.READY
            for m in await services.memories.get_many(ids)
        )

    await wait_until(ready, description="all memories are embedded")


async def test_re_embedding_everything_switches_at_the_end(memorizer: Memorizer) -> None:
    services = memorizer.services
    for n in range(150):
        await services.memories.create(Content(f"Memory number {n}", title="T"), actor=ACTOR)
    before = (await services.statistics.totals()).model
    job_id = await services.jobs.reembed()
    await memorizer.start_worker()
    job = await ended(services, job_id)
    after = (await services.statistics.totals()).model
    assert (job.state, job.items) == (JobState.COMPLETED, BulkProgress(150, 150))
    assert before is not None
    assert after is not None
    assert after.id > before.id
    assert len((await services.search.search(Query("Memory number 7"))).hits) == 10


async def test_failed_items_are_listed_and_the_old_vectors_stay(memorizer: Memorizer) -> None:
    services = memorizer.services
    for n in range(30):
        await services.memories.create(Content(f"Memory {n:02}", title="T"), actor=ACTOR)
    before = (await services.statistics.totals()).model
    memorizer.embedder.rejects = "Memory 13"
    job_id = await services.jobs.reembed()
    await memorizer.start_worker()
    job = await ended(services, job_id)
    failures = await services.jobs.failures(job_id)
    assert (job.state, job.items) == (JobState.FAILED, BulkProgress(30, 29, 1))
    assert ["Memory 13" in failure.error for failure in failures] == [True]
    assert (await services.statistics.totals()).model == before


async def test_a_retry_runs_only_the_failed_items(memorizer: Memorizer) -> None:
    services = memorizer.services
    for n in range(30):
        await services.memories.create(Content(f"Memory {n:02}", title="T"), actor=ACTOR)
    memorizer.embedder.rejects = "Memory 13"
    job_id = await services.jobs.reembed()
    await memorizer.start_worker()
    await ended(services, job_id)
    memorizer.embedder.rejects = None
    already = memorizer.embedder.embedded
    await services.jobs.retry(job_id)
    job = await ended(services, job_id)
    assert (job.state, job.items) == (JobState.COMPLETED, BulkProgress(30, 30))
    assert memorizer.embedder.embedded == already + 2  # its content and its metadata


async def test_cancelling_a_bulk_job_keeps_the_old_vectors(memorizer: Memorizer) -> None:
    services = memorizer.services
    for n in range(100):
        await services.memories.create(Content(f"Memory {n}", title="T"), actor=ACTOR)
    before = (await services.statistics.totals()).model
    memorizer.embedder.gate.clear()
    job_id = await services.jobs.reembed()
    await memorizer.start_worker()

    async def active() -> bool:
        return (await services.jobs.get(job_id)).items is not None

    await wait_until(active, description="the bulk job is under way")
    await services.jobs.cancel(job_id)
    job = await ended(services, job_id)
    memorizer.embedder.gate.set()
    assert job.state is JobState.CANCELLED
    assert (await services.statistics.totals()).model == before
    assert len((await services.search.search(Query("Memory"))).hits) == 10


async def test_memories_stored_during_a_bulk_job_are_not_left_out(memorizer: Memorizer) -> None:
    services = memorizer.services
    for n in range(80):
        await services.memories.create(Content(f"Early {n}", title="T"), actor=ACTOR)
    job_id = await services.jobs.reembed()
    late = await services.memories.create(Content("Late comer", title="Late"), actor=ACTOR)
    await memorizer.start_worker()
    await ended(services, job_id)

    async def found() -> bool:
        hits = (await services.search.search(Query("Late comer"))).hits
        return bool(hits) and hits[0].memory.id == late.memory.id and len(hits[0].legs) == 3

    await wait_until(found, description="the late memory has vectors of the new model")


async def test_only_one_job_re_embeds_everything(memorizer: Memorizer) -> None:
    job_id = await memorizer.services.jobs.reembed()
    with pytest.raises(AlreadyRunning) as refused:
        await memorizer.services.jobs.reembed()
    assert refused.value.job_id == job_id


async def test_missing_titles_are_queued_once(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = [
        await services.memories.create(Content(f"Untitled {n}"), actor=ACTOR) for n in range(3)
    ]
    jobs = await services.jobs.generate_titles()
    assert jobs == [one.title_job_id for one in stored]
    await memorizer.start_worker()
    for job_id in jobs:
        await ended(services, job_id)
    assert await services.jobs.generate_titles() == []


async def test_named_memories_get_a_new_title_as_a_new_version(memorizer: Memorizer) -> None:
    services = memorizer.services
    content = Content("A better title", title="Bad title")
    memory = (await services.memories.create(content, actor=ACTOR)).memory
    [job_id] = await services.jobs.generate_titles([memory.id])
    await memorizer.start_worker()
    await ended(services, job_id)
    titled = await services.memories.get(memory.id)
    assert (titled.content.title, titled.version) == ("A better title", 2)


async def test_a_cancelled_bulk_job_can_be_run_again(memorizer: Memorizer) -> None:
    services = memorizer.services
    for n in range(100):
        await services.memories.create(Content(f"Memory {n}", title="T"), actor=ACTOR)
    memorizer.embedder.gate.clear()
    job_id = await services.jobs.reembed()
    await memorizer.start_worker()

    async def active() -> bool:
        return (await services.jobs.get(job_id)).items is not None

    await wait_until(active, description="the bulk job is under way")
    await services.jobs.cancel(job_id)
    await ended(services, job_id)
    memorizer.embedder.gate.set()
    await services.jobs.retry(job_id)
    job = await ended(services, job_id)
    assert (job.state, job.items) == (JobState.COMPLETED, BulkProgress(100, 100))
