"""The clock is set back an hour, or forward a day: no job waits for it, none is done twice."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.sql.queue import DatabaseJobQueue
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.errors import LeaseLost
from memorizer.domain.jobs import MAX_DELAY_MS, JobState, Lease, NewJob, Queue, WorkerRecord
from support.clock import ManualClock

HOUR = 3_600
ME, OTHER = "worker-1", "worker-2"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@dataclass
class Works:
    clock: ManualClock
    database: OpenDatabase
    queue: DatabaseJobQueue

    async def enqueue(self) -> str:
        job = NewJob(self.clock.new_id(), Queue.TITLES, "generate-title", {"memoryId": "m"})
        [job_id] = await self.database.write(lambda tx: tx.jobs.enqueue([job]))
        return job_id

    async def claim(self, worker: str = ME) -> Lease:
        [claim] = await self.queue.claim(worker, Queue.TITLES, 1)
        return claim.lease

    async def beat(self, worker: str, *leases: Lease) -> None:
        now = self.clock.now()
        await self.queue.heartbeat(WorkerRecord(worker, "h", 1, (Queue.TITLES,), now, now), leases)


@pytest.fixture
def works(tmp_path: Path, database_engine: str, request: pytest.FixtureRequest) -> Iterator[Works]:
    clock = ManualClock()
    with ExitStack() as stack:
        database: OpenDatabase
        if database_engine == "sqlite":
            database = SqliteDatabase(tmp_path / "memorizer.db", clock)
        else:
            database = PostgresDatabase(request.getfixturevalue("postgres_url"), clock)
        stack.callback(database.close)
        yield Works(clock, database, DatabaseJobQueue(database))


async def test_a_retry_does_not_wait_until_the_old_time_comes_again(works: Works) -> None:
    await works.enqueue()
    await works.queue.fail(await works.claim(), "the first attempt", 60_000)
    works.clock.advance(seconds=-HOUR)
    await works.queue.complete(await works.claim(), lambda _: {})


async def test_the_job_of_a_lost_worker_is_rescued_at_once(works: Works) -> None:
    job_id = await works.enqueue()
    await works.claim(OTHER)
    works.clock.advance(seconds=-HOUR)
    assert await works.queue.rescue([]) == 1
    assert (await works.queue.get(job_id)).state is JobState.WAITING


async def test_a_worker_that_lives_keeps_its_job_after_its_next_heartbeat(works: Works) -> None:
    job_id = await works.enqueue()
    lease = await works.claim()
    works.clock.advance(seconds=-HOUR)
    await works.beat(ME, lease)
    assert await works.queue.rescue([]) == 0
    await works.queue.complete(lease, lambda _: {"title": "T"})
    assert (await works.queue.get(job_id)).state is JobState.COMPLETED


async def test_a_worker_seen_in_the_future_is_not_shown_for_an_hour(works: Works) -> None:
    await works.beat(OTHER)
    works.clock.advance(seconds=-HOUR)
    assert await works.queue.workers() == []
    await works.queue.rescue([])
    await works.beat(ME)
    assert [worker.id for worker in await works.queue.workers()] == [ME]


async def test_a_small_step_back_takes_no_job_from_anybody(works: Works) -> None:
    """As time servers make it, and as the clocks of several machines differ."""
    await works.enqueue()
    lease = await works.claim()
    works.clock.advance(seconds=-MAX_DELAY_MS / 2_000)
    assert await works.queue.rescue([]) == 0
    await works.queue.complete(lease, lambda _: {})


async def test_a_day_forward_costs_a_rescue_and_the_effect_happens_once(works: Works) -> None:
    job_id = await works.enqueue()
    before = await works.claim()
    works.clock.advance(seconds=24 * HOUR)
    assert await works.queue.rescue([]) == 1
    after = await works.claim(OTHER)
    with pytest.raises(LeaseLost):
        await works.queue.complete(before, lambda _: {"by": "the first"})
    await works.queue.complete(after, lambda _: {"by": "the second"})
    job = await works.queue.get(job_id)
    assert (job.state, job.result, job.rescues) == (JobState.COMPLETED, {"by": "the second"}, 1)
