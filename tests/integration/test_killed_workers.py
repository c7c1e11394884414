"""`kill -9` in the middle of jobs, again and again: nothing lost, nothing done twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import apsw
import pytest

from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.jobs import BulkProgress, JobState
from memorizer.domain.memories import Content, EventType
from memorizer.services import Services
from memorizer.settings import Settings
from support.chaos import either
from support.memorizer import Memorizer
from support.processes import started, whereabouts
from support.waiting import wait_until

KILLS = {
    ("sqlite", "database"): either(chaos=20, otherwise=4),
    ("sqlite", "redis"): either(chaos=5, otherwise=3),
    ("postgresql", "database"): 3,
}
"""More than two, so that what a rescue left behind is rescued too."""
MEMORIES = either(chaos=400, otherwise=60)
"""A worker is killed at its first sign of progress: so many that none is through by then."""
LEASE_SECONDS = 5.0
"""A worker killed before it made itself known leaves locks that have to run out."""


@pytest.fixture(params=KILLS, ids="-".join)
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


async def test_a_title_killed_in_the_middle_again_and_again_is_written_once(
    memorizer: Memorizer, tmp_path: Path, engines: tuple[str, str]
) -> None:
    services, flag = memorizer.services, tmp_path / "title begun"
    stored = await services.memories.create(Content("A title at last"), actor="test")

    async def begun() -> bool:
        return flag.exists()

    for _ in range(KILLS[engines]):
        arguments = ("support.stuck_worker", str(memorizer.settings.data_dir), str(flag))
        with started(*arguments, **whereabouts(memorizer.settings)):
            await wait_until(begun, description="a worker writes the title")
        flag.unlink()
    await memorizer.start_worker()
    job_id = stored.title_job_id or ""
    await _ended(services, job_id)
    assert (await services.jobs.get(job_id)).rescues == KILLS[engines]
    assert await _titles_written(services, stored.memory.id) == 1


@pytest.fixture
async def real(settings: Settings) -> AsyncIterator[Container]:
    """With the real embedding model, as `memorizer worker` has it."""
    hasty = settings.model_copy(update={"lease_seconds": LEASE_SECONDS})
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(open_services(hasty))


async def test_a_bulk_job_killed_again_and_again_goes_on_where_it_stopped(
    real: Container, settings: Settings, engines: tuple[str, str]
) -> None:
    services = real.services
    contents = [Content(f"Fact {n}: the kettle of house {n} is blue") for n in range(MEMORIES)]
    stored = await asyncio.gather(*(services.memories.create(c, actor="test") for c in contents))
    job_id = await services.jobs.reembed()
    where = {**whereabouts(settings), "lease_seconds": str(LEASE_SECONDS)}
    done = [0]
    for _ in range(KILLS[engines]):
        arguments = ("memorizer", "worker", "--data-dir", str(settings.data_dir))
        with started(*arguments, **where):
            await _more_done(services, job_id, than=done[-1])
        done.append(await _done(services, job_id))
    assert done == sorted(done)
    async with running(real.worker):
        for job in [job_id, *(one.title_job_id or "" for one in stored)]:
            await _ended(services, job)
    bulk = await services.jobs.get(job_id)
    assert (bulk.state, bulk.items) == (JobState.COMPLETED, BulkProgress(MEMORIES, MEMORIES))
    written = [await _titles_written(services, one.memory.id) for one in stored]
    assert written == [1] * MEMORIES
    figures = await services.statistics.totals()
    assert (figures.memories, figures.untitled) == (MEMORIES, 0)
    assert figures.model is not None
    assert figures.model.job_id == job_id
    if settings.database_url is None:
        assert _is_sound(settings.database_file)


async def _done(services: Services, job_id: str) -> int:
    job = await services.jobs.get(job_id)
    titles, *_ = await services.jobs.counts()
    return (job.items.done if job.items else 0) + titles.by_state[JobState.COMPLETED]


async def _more_done(services: Services, job_id: str, *, than: int) -> None:
    async def more() -> bool:
        finished = (await services.jobs.get(job_id)).is_final
        return finished or await _done(services, job_id) > than

    await wait_until(more, description="a worker gets on with its jobs")


async def _ended(services: Services, job_id: str) -> None:
    async def ended() -> bool:
        return (await services.jobs.get(job_id)).is_final

    await wait_until(ended, description=f"job {job_id} ends")


async def _titles_written(services: Services, memory_id: str) -> int:
    events = await services.history.events(memory_id)
    return sum(event.type is EventType.TITLE_GENERATED for event in events)


def _is_sound(path: Path) -> bool:
    connection = apsw.Connection(str(path))
    try:
        return str(connection.pragma("integrity_check")) == "ok"
    finally:
        connection.close()
