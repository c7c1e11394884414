"""Two installations on one Redis: neither gets the other's jobs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memorizer.adapters.bullmq.queue import BullmqJobQueue
from memorizer.bootstrap import open_services
from memorizer.bootstrap.maintenance import take_over
from memorizer.domain.errors import Misconfigured, QueueUnavailable
from memorizer.domain.jobs import Job, JobState, Queue
from memorizer.domain.memories import Content
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.postgres_server import PostgresServer
from support.processes import started, whereabouts
from support.titles import FirstWords
from support.waiting import HANG_SECONDS, wait_until

NEVER_HERE = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e14"


@pytest.fixture
def queue_engine() -> str:
    return "redis"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def other(
    memorizer: Memorizer, tmp_path: Path, database_engine: str, postgres: PostgresServer
) -> Iterator[Settings]:
    """Another installation, with the same Redis and the same prefix."""
    settings = memorizer.settings.model_copy(update={"data_dir": tmp_path / "other"})
    if database_engine == "sqlite":
        yield settings
        return
    with postgres.database(empty=True) as url:
        given = settings.model_dump() | {"database_url": url, "redis_url": settings.redis_url}
        yield Settings.model_validate(given)


def distrusting(memorizer: Memorizer) -> BullmqJobQueue:
    """Its queue, which asks Redis at the next call whose the prefix is."""
    queue = memorizer.container.adapters.queue
    assert isinstance(queue, BullmqJobQueue)
    queue._owner._trusted_until = 0.0
    return queue


async def test_a_prefix_of_another_installation_is_refused(other: Settings) -> None:
    with pytest.raises(Misconfigured, match="MEMORIZER_REDIS_PREFIX") as refused:
        async with open_services(other, embedder=WordEmbedder(), writer=FirstWords()):
            pass
    assert f"`{other.redis_prefix}:`" in str(refused.value)
    assert "memorizer jobs take-over" in str(refused.value)
    elsewhere = other.model_copy(update={"redis_prefix": f"{other.redis_prefix}-other"})
    async with open_services(elsewhere, embedder=WordEmbedder(), writer=FirstWords()) as container:
        assert await container.adapters.queue.check() is None


async def test_a_store_that_takes_another_ones_place_takes_its_prefix_over(
    memorizer: Memorizer, other: Settings
) -> None:
    assert await take_over(other)
    assert not await take_over(other)
    async with open_services(other, embedder=WordEmbedder(), writer=FirstWords()) as container:
        stored = await container.services.memories.create(Content("of the new store"), actor="test")
        assert stored.title_job_id

        async def handed_over() -> bool:
            return (await container.services.jobs.counts())[0].by_state[JobState.WAITING] == 1

        await wait_until(handed_over, description="the job reaches Redis")
        old = distrusting(memorizer)
        for refused in (old.claim("worker", Queue.TITLES, 1), old.check_available(), old.check()):
            with pytest.raises(QueueUnavailable, match="another installation") as error:
                await refused
            assert "MEMORIZER_REDIS_PREFIX" in error.value.hint
        assert len(await container.adapters.queue.claim("worker", Queue.TITLES, 1)) == 1


async def test_a_prefix_is_not_taken_from_workers_that_live(
    memorizer: Memorizer, other: Settings
) -> None:
    await memorizer.start_worker()

    async def known() -> object:
        return await memorizer.services.jobs.workers()

    await wait_until(known, description="the worker makes itself known")
    with pytest.raises(Misconfigured, match="still works"):
        await take_over(other)
    assert await memorizer.container.adapters.queue.check() is None


async def test_the_command_takes_over_and_says_so(memorizer: Memorizer, other: Settings) -> None:
    other.data_dir.mkdir()
    where = {**whereabouts(other), "data_dir": str(other.data_dir)}
    for state in ("now belong", "already belong"):
        with started("memorizer", "jobs", "take-over", **where) as process:
            out, err = process.communicate(timeout=HANG_SECONDS)
        assert process.returncode == 0, err
        assert out == f"The queues `{other.redis_prefix}:` in Redis {state} to this store.\n"
    with pytest.raises(QueueUnavailable, match="another installation"):
        await distrusting(memorizer).check_available()


async def test_an_emptied_redis_is_whose_it_was(memorizer: Memorizer, other: Settings) -> None:
    queue = distrusting(memorizer)
    await queue._connection.client.delete(f"{other.redis_prefix}:memorizer:store")
    await queue.check_available()
    with pytest.raises(Misconfigured, match="MEMORIZER_REDIS_PREFIX"):
        async with open_services(other, embedder=WordEmbedder(), writer=FirstWords()):
            pass


@pytest.mark.parametrize(
    ("queue", "name"),
    [(Queue.TITLES, "generate-title"), (Queue.EMBEDDINGS, "regenerate-embedding")],
)
async def test_a_job_for_a_memory_that_was_never_here_fails(
    memorizer: Memorizer, queue: Queue, name: str
) -> None:
    jobs = distrusting(memorizer)
    foreign = {"name": name, "data": {"memoryId": NEVER_HERE}, "opts": {"jobId": "foreign"}}
    await jobs._queues[queue].bull.addBulk([foreign])
    await memorizer.start_worker()

    async def ended() -> Job | None:
        job = await memorizer.services.jobs.get("foreign")
        return job if job.is_final else None

    job = await wait_until(ended, description="the job ends")
    assert job is not None
    assert job.state is JobState.FAILED
    assert NEVER_HERE in (job.error or "")
    assert "MEMORIZER_REDIS_PREFIX" in (job.error or "")
