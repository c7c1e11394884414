"""What every job queue must do, said to the ports alone: a new engine joins `engine`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from socket import gethostname
from uuid import uuid4

import pytest
from prometheus_client import CollectorRegistry
from redis import Redis

from memorizer.adapters.bullmq import admin, cancellation
from memorizer.adapters.bullmq.factory import BullmqBackend, open_backend
from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.adapters.sql import queue as tables
from memorizer.adapters.sql.queue import DatabaseJobQueue
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.errors import (
    ActionNotAllowed,
    AlreadyRunning,
    LeaseLost,
    Misconfigured,
    NotFound,
)
from memorizer.domain.job_groups import member_id, new_group
from memorizer.domain.jobs import (
    LEASE_MS,
    MAX_ATTEMPTS,
    MAX_RESCUES,
    BulkProgress,
    Claim,
    JobState,
    NewJob,
    Queue,
    WorkerRecord,
)
from memorizer.domain.topics import STOPS, of_job, of_queue
from memorizer.ports.job_queue import JobQueue, JobReader
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database, Transaction
from memorizer.worker.processes import pid_scope
from memorizer.worker.worker import Worker
from support.clock import ManualClock
from support.waiting import HANG_SECONDS, wait_until

ME = "worker-1"
LONG_MS = 300_000


@dataclass
class Engine:
    """One job engine, and how time passes for it."""

    queue: JobQueue
    job_reader: JobReader
    database: Database
    signals: Signals
    lease_ms: int
    now: Callable[[], int]
    hand_over: Callable[[], Awaitable[None]]
    """What was enqueued reaches the queue."""
    move_time: Callable[[float], None] | None = None
    """Where time is ours to move; elsewhere it passes by itself."""
    share: Callable[[OpenDatabase], AbstractAsyncContextManager[object]] | None = None
    """Let another store use the same queue, where that can be tried."""

    async def enqueue(self, *jobs: NewJob) -> list[str]:
        ids = await self.database.write(lambda tx: tx.jobs.enqueue(jobs))
        await self.hand_over()
        return ids

    async def claim(self, queue: Queue = Queue.TITLES, limit: int = 1) -> list[Claim]:
        return await self.queue.claim(ME, queue, limit)

    async def claim_one(self) -> Claim:
        [claim] = await self.claim()
        return claim

    async def state(self, job_id: str) -> JobState:
        return (await self.job_reader.get(job_id)).state

    async def pass_time(self, ms: float) -> None:
        """Let this much time go by."""
        if self.move_time is not None:
            self.move_time(ms)
            return
        end = self.now() + ms

        async def is_over() -> bool:
            return self.now() > end

        await wait_until(is_over, description=f"{ms} ms to pass")


@pytest.fixture
def lease_ms() -> int:
    """How long a lease lasts: too long to be lost, where a test does not want that."""
    return LEASE_MS


@pytest.fixture(params=["sqlite", "postgres", "redis", "postgres-redis"])
async def engine(
    request: pytest.FixtureRequest, tmp_path: Path, lease_ms: int
) -> AsyncIterator[Engine]:
    """Every test below holds on each engine."""
    path = tmp_path / "memorizer.db"
    async with ENGINES[request.param](request, path, lease_ms) as engine:
        yield engine


async def nothing() -> None:
    """What is enqueued is in the queue."""


@asynccontextmanager
async def on_sqlite(_: pytest.FixtureRequest, path: Path, lease_ms: int) -> AsyncIterator[Engine]:
    clock = ManualClock()
    database = await asyncio.to_thread(SqliteDatabase, path, clock, lease_ms=lease_ms)
    async with in_tables(database, clock, lease_ms) as engine:
        yield engine


@asynccontextmanager
async def on_postgres(
    request: pytest.FixtureRequest, _: Path, lease_ms: int
) -> AsyncIterator[Engine]:
    clock, url = ManualClock(), request.getfixturevalue("postgres_url")
    database = await asyncio.to_thread(
        PostgresDatabase, url, clock, lease_ms=lease_ms, connections=4
    )
    async with in_tables(database, clock, lease_ms) as engine:
        yield engine


@asynccontextmanager
async def in_tables(
    database: OpenDatabase, clock: ManualClock, lease_ms: int
) -> AsyncIterator[Engine]:
    queue = DatabaseJobQueue(database)
    yield Engine(
        queue,
        queue,
        database,
        database.signals,
        lease_ms,
        clock.now,
        nothing,
        lambda ms: clock.advance(seconds=ms / 1_000),
    )
    await asyncio.to_thread(database.close)


@asynccontextmanager
async def on_redis(
    request: pytest.FixtureRequest, path: Path, lease_ms: int
) -> AsyncIterator[Engine]:
    clock = SystemClock()
    database = await asyncio.to_thread(SqliteDatabase, path, clock, dispatching=True)
    async with beside_redis(request, database, clock, lease_ms) as engine:
        yield engine


@asynccontextmanager
async def on_postgres_and_redis(
    request: pytest.FixtureRequest, _: Path, lease_ms: int
) -> AsyncIterator[Engine]:
    clock, url = SystemClock(), request.getfixturevalue("postgres_url")
    database = await asyncio.to_thread(
        PostgresDatabase, url, clock, dispatching=True, connections=4
    )
    async with beside_redis(request, database, clock, lease_ms) as engine:
        yield engine


@asynccontextmanager
async def beside_redis(
    request: pytest.FixtureRequest,
    database: OpenDatabase,
    clock: SystemClock,
    lease_ms: int,
) -> AsyncIterator[Engine]:
    """Locks and delays are kept by Redis, whose time nobody moves."""
    url, prefix = request.getfixturevalue("redis_url"), f"test-{uuid4().hex}"

    def share(other: OpenDatabase) -> AbstractAsyncContextManager[BullmqBackend]:
        return open_backend(url, prefix, other, other.signals, clock, lease_ms=lease_ms)

    async with share(database) as engine:
        yield Engine(
            engine.queue,
            engine.job_reader,
            database,
            database.signals,
            lease_ms,
            clock.now,
            engine.dispatcher.send,
            share=share,
        )
    await asyncio.to_thread(database.close)


ENGINES = {
    "sqlite": on_sqlite,
    "postgres": on_postgres,
    "redis": on_redis,
    "postgres-redis": on_postgres_and_redis,
}


def job(id_: str = "a", *, key: str | None = None, parent: str | None = None) -> NewJob:
    return NewJob(id_, Queue.TITLES, "generate-title", {"memoryId": id_}, key, parent)


def result(facts: Mapping[str, object]) -> Callable[[Transaction], Mapping[str, object]]:
    return lambda _: facts


async def test_an_enqueued_job_waits(engine: Engine) -> None:
    await engine.enqueue(job("a"))
    found = await engine.job_reader.get("a")
    assert (found.state, found.data, found.progress) == (JobState.WAITING, {"memoryId": "a"}, 0)


async def test_jobs_are_claimed_oldest_first_and_only_once(engine: Engine) -> None:
    await engine.enqueue(job("a"), job("b"), job("c"))
    first = await engine.claim(limit=2)
    second = await engine.claim(limit=2)
    assert [c.job.id for c in first + second] == ["a", "b", "c"]
    assert await engine.claim() == []


async def test_two_workers_never_claim_the_same_job(engine: Engine) -> None:
    await engine.enqueue(*(job(f"j{n:03}") for n in range(100)))
    turns = [engine.queue.claim(f"w{n}", Queue.TITLES, 7) for n in range(20)]
    claims = [claim.job.id for turn in await asyncio.gather(*turns) for claim in turn]
    assert sorted(claims) == [f"j{n:03}" for n in range(100)]


async def test_progress_is_kept_as_ordered_steps(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    for progress in (10, 30, 30, 70):
        await engine.queue.report(claim.lease, progress, BulkProgress(10, progress // 10))
    found = await engine.job_reader.get("a")
    assert [step.progress for step in found.steps] == [10, 30, 70]
    assert [s.revision for s in found.steps] == sorted({s.revision for s in found.steps})
    assert found.items == BulkProgress(10, 7)


async def test_completing_runs_the_effect_and_keeps_its_result(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    before = engine.now()
    await engine.queue.complete(claim.lease, result({"title": "T"}))
    found = await engine.job_reader.get("a")
    assert (found.state, found.progress, found.result) == (JobState.COMPLETED, 100, {"title": "T"})
    assert found.finished_at is not None
    assert before <= found.finished_at <= engine.now()


async def test_an_effect_that_fails_leaves_the_job_active_and_nothing_written(
    engine: Engine,
) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()

    def effect(tx: Transaction) -> Mapping[str, object]:
        tx.jobs.enqueue([job("side-effect")])
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        await engine.queue.complete(claim.lease, effect)
    assert await engine.state("a") is JobState.ACTIVE
    with pytest.raises(NotFound):
        await engine.job_reader.get("side-effect")


async def test_a_failed_attempt_waits_out_its_backoff(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    before = engine.now()
    await engine.queue.fail(claim.lease, "no luck", LONG_MS)
    after = engine.now()
    found = await engine.job_reader.get("a")
    assert (found.state, found.error, found.attempts) == (JobState.DELAYED, "no luck", 1)
    assert await engine.claim() == []
    due = await engine.job_reader.next_due(Queue.TITLES)
    assert due == found.run_at
    assert due is not None
    assert before + LONG_MS <= due <= after + LONG_MS


async def test_after_its_backoff_a_job_is_claimed_again(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.queue.fail((await engine.claim_one()).lease, "no luck", 300)
    await engine.pass_time(300)
    assert (await engine.claim_one()).job.id == "a"


async def test_the_last_attempt_fails_the_job_for_good(engine: Engine) -> None:
    await engine.enqueue(job())
    for _ in range(MAX_ATTEMPTS):
        claim = await engine.claim_one()
        await engine.queue.fail(claim.lease, "no luck", 0)
    found = await engine.job_reader.get("a")
    assert (found.state, found.attempts, found.error) == (JobState.FAILED, 3, "no luck")


async def test_an_error_that_cannot_be_mended_fails_at_once(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.queue.fail((await engine.claim_one()).lease, "never", None)
    assert await engine.state("a") is JobState.FAILED


async def test_a_waiting_job_is_cancelled_at_once(engine: Engine) -> None:
    await engine.enqueue(job())
    assert (await engine.queue.cancel("a")).state is JobState.CANCELLED
    assert await engine.claim() == []


async def test_an_active_job_is_asked_to_stop(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    asked = await engine.queue.cancel("a")
    assert (asked.state, asked.cancel_requested) == (JobState.ACTIVE, True)
    assert (await engine.queue.stop_requests([claim.lease])).cancelled == {"a"}
    await engine.queue.mark_cancelled(claim.lease)
    assert await engine.state("a") is JobState.CANCELLED


async def test_cancelling_a_parent_cancels_its_children(engine: Engine) -> None:
    await engine.enqueue(job("p"))
    parent = await engine.claim_one()
    await engine.enqueue(job("c1", parent="p"), job("c2", parent="p"))
    await engine.claim()
    await engine.queue.cancel("p")
    await engine.queue.mark_cancelled(parent.lease)
    assert (await engine.job_reader.get("c1")).cancel_requested
    assert await engine.state("c2") is JobState.CANCELLED


async def test_what_has_ended_cannot_be_cancelled(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    with pytest.raises(ActionNotAllowed):
        await engine.queue.cancel("a")


async def test_a_job_that_is_held_is_not_rescued(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.claim_one()
    assert [await engine.queue.rescue([]) for _ in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("lease_ms", [300])
async def test_a_job_whose_worker_fell_silent_is_rescued(engine: Engine) -> None:
    await engine.enqueue(job())
    lost = await engine.claim_one()
    await engine.pass_time(engine.lease_ms + 1)

    async def rescued() -> int:  # Redis notes at one look who runs, at a later one who fell silent
        return await engine.queue.rescue([])

    assert await wait_until(rescued, description="the job is rescued") == 1
    again = await engine.claim_one()
    assert (again.job.id, again.job.rescues, again.job.attempts) == ("a", 1, 0)
    with pytest.raises(LeaseLost):
        await engine.queue.complete(lost.lease, result({}))
    assert (await engine.queue.stop_requests([lost.lease])).lost == {"a"}


async def test_a_job_of_a_worker_known_dead_is_rescued_at_once(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.claim_one()
    assert await engine.queue.rescue([ME]) == 1
    assert await engine.state("a") is JobState.WAITING


@pytest.mark.parametrize("lease_ms", [1_000])
async def test_a_heartbeat_keeps_the_lease(engine: Engine) -> None:
    """Where time is not ours a heartbeat may come too late, which proves nothing: then again."""
    while True:
        await engine.enqueue(job(f"job of {engine.now()}"))
        since, claim = engine.now(), await engine.claim_one()
        if await _is_kept(engine, claim, since):
            break
    [worker] = await engine.job_reader.workers()
    assert (worker.id, worker.current_jobs) == (ME, (claim.job.id,))


async def _is_kept(engine: Engine, claim: Claim, since: int) -> bool:
    """False where the machine was too busy for heartbeats in time."""
    for _ in range(3):
        await engine.pass_time(engine.lease_ms / 2)
        now = engine.now()
        me = WorkerRecord(ME, "host", 1, (Queue.TITLES,), now, now)
        await engine.queue.heartbeat(me, [claim.lease])
        if engine.now() - since >= engine.lease_ms:
            return False
        rescued = await engine.queue.rescue([])
        if engine.now() - now >= engine.lease_ms:
            return False
        assert rescued == 0
        since = now
    return True


async def test_a_job_that_kills_its_workers_is_given_up(engine: Engine) -> None:
    await engine.enqueue(job())
    for _ in range(MAX_RESCUES + 1):
        await engine.claim_one()
        await engine.queue.rescue([ME])
    assert await engine.claim() == []
    found = await engine.job_reader.get("a")
    assert found.state is JobState.FAILED
    assert "died" in (found.error or "")


async def test_a_cancelled_job_whose_worker_died_ends_cancelled(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.claim_one()
    await engine.queue.cancel("a")
    await engine.queue.rescue([ME])
    assert await engine.state("a") is JobState.CANCELLED


async def test_one_unfinished_job_per_key(engine: Engine) -> None:
    assert await engine.enqueue(job("a", key="k"), job("b", key="k")) == ["a", "a"]
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    assert await engine.enqueue(job("c", key="k")) == ["c"]


async def test_a_paused_queue_gives_no_jobs(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.queue.pause(Queue.TITLES, paused=True)
    assert await engine.claim() == []
    assert [c.paused for c in await engine.job_reader.counts()] == [True, False, False]
    await engine.queue.pause(Queue.TITLES, paused=False)
    assert len(await engine.claim()) == 1


async def test_counts_follow_every_change(engine: Engine) -> None:
    await engine.enqueue(job("a"), job("b"), job("c"), job("d"), job("e"))
    done, bad, late = await engine.claim(limit=3)
    await engine.queue.complete(done.lease, result({}))
    await engine.queue.fail(bad.lease, "x", None)
    await engine.queue.fail(late.lease, "x", 1_000)
    await engine.queue.cancel("d")
    titles, embeddings, _ = await engine.job_reader.counts()
    assert titles.by_state == {
        JobState.WAITING: 1,
        JobState.DELAYED: 1,
        JobState.ACTIVE: 0,
        JobState.COMPLETED: 1,
        JobState.FAILED: 1,
        JobState.CANCELLED: 1,
    }
    assert set(embeddings.by_state.values()) == {0}


async def test_ended_jobs_are_counted_by_the_minute_in_which_they_ended(engine: Engine) -> None:
    await engine.enqueue(job("a"), job("b"), job("c"), job("d"))
    done, failing, *_ = await engine.claim(limit=2)
    began = engine.now()
    await engine.queue.complete(done.lease, result({}))
    await engine.queue.fail(failing.lease, "no", None)
    await engine.queue.cancel("c")
    counts = await engine.job_reader.finished_by_minute(began - 1_000)
    assert {count.queue for count in counts} == {Queue.TITLES}
    assert (sum(c.completed for c in counts), sum(c.failed for c in counts)) == (1, 1)
    assert all(count.at % 60_000 == 0 and abs(count.at - began) <= 60_000 for count in counts)
    assert await engine.job_reader.finished_by_minute(engine.now() + 1_000) == []


async def test_jobs_of_one_request_are_known_as_a_group(engine: Engine) -> None:
    group = new_group(SystemClock().new_id())
    ids = [member_id(group, number) for number in range(1, 6)]
    await engine.enqueue(*(job(id_) for id_ in ids), job("alone"))
    done, failing, _ = await engine.claim(limit=3)
    await engine.queue.complete(done.lease, result({}))
    await engine.queue.fail(failing.lease, "no", None)
    [found] = await engine.job_reader.groups(0)
    assert (found.id, found.queue, found.name, found.finished_at) == (
        group,
        Queue.TITLES,
        "generate-title",
        None,
    )
    assert {state: count for state, count in found.by_state.items() if count} == {
        JobState.COMPLETED: 1,
        JobState.FAILED: 1,
        JobState.ACTIVE: 1,
        JobState.WAITING: 2,
    }
    assert abs(found.started_at - SystemClock().now()) < 60_000
    assert set(await engine.job_reader.members(group)) == set(ids)
    assert await engine.job_reader.groups(SystemClock().now() + 1_000) == []


async def test_a_group_is_over_when_its_last_job_is(engine: Engine) -> None:
    group, before = new_group(SystemClock().new_id()), engine.now()
    await engine.enqueue(job(member_id(group, 1)), job(member_id(group, 2)))
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    await engine.queue.cancel(member_id(group, 2))
    [found] = await engine.job_reader.groups(0)
    assert found.finished_at is not None
    assert before <= found.finished_at <= engine.now()
    assert set((await engine.job_reader.members(group)).values()) == {
        JobState.COMPLETED,
        JobState.CANCELLED,
    }


async def test_listing_pages_newest_first(engine: Engine) -> None:
    await engine.enqueue(*(job(f"j{n}") for n in range(5)))
    page, cursor = await engine.job_reader.page(
        queue=Queue.TITLES, state=JobState.WAITING, cursor=None, limit=3
    )
    rest, end = await engine.job_reader.page(
        queue=Queue.TITLES, state=JobState.WAITING, cursor=cursor, limit=3
    )
    assert [j.id for j in page + rest] == ["j4", "j3", "j2", "j1", "j0"]
    assert end is None


async def test_a_failed_job_can_be_retried_from_the_start(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.queue.fail((await engine.claim_one()).lease, "x", None)
    retried = await engine.queue.retry("a")
    assert (retried.state, retried.attempts, retried.error) == (JobState.WAITING, 0, None)


async def test_a_retry_gives_way_to_a_job_that_does_the_same(engine: Engine) -> None:
    await engine.enqueue(job("a", key="k"))
    await engine.queue.fail((await engine.claim_one()).lease, "x", None)
    await engine.enqueue(job("b", key="k"))
    with pytest.raises(AlreadyRunning) as refused:
        await engine.queue.retry("a")
    assert refused.value.job_id == "b"
    assert await engine.queue.retry_failed(None) == []


async def test_retry_failed_takes_only_the_failed(engine: Engine) -> None:
    await engine.enqueue(job("a"), job("b"))
    await engine.queue.fail((await engine.claim_one()).lease, "x", None)
    assert await engine.queue.retry_failed(Queue.TITLES) == ["a"]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few jobs are many."""
    monkeypatch.setattr(tables, "JOBS_PER_TRANSACTION", 10)
    monkeypatch.setattr(admin, "BATCH_JOBS", 10)
    monkeypatch.setattr(cancellation, "BATCH_JOBS", 10)


@pytest.mark.usefixtures("small_batches")
async def test_retry_failed_takes_many_in_batches_and_of_one_key_the_oldest(
    engine: Engine,
) -> None:
    ids = [f"j{n:02}" for n in range(35)]
    await engine.enqueue(*(job(id_, key=f"key of {id_}") for id_ in ids))
    await fail_all(engine)
    await engine.enqueue(*(job(f"again-{id_}", key=f"key of {id_}") for id_ in ids[:12]))
    await fail_all(engine)
    await engine.enqueue(job("busy", key=f"key of {ids[-1]}"))
    retried = await engine.queue.retry_failed(None)
    assert retried == ids[:-1]
    assert {await engine.state(id_) for id_ in retried} == {JobState.WAITING}
    assert await engine.state(ids[-1]) is JobState.FAILED
    assert await engine.queue.retry_failed(None) == []


async def fail_all(engine: Engine) -> None:
    while claims := await engine.claim(limit=20):
        for claim in claims:
            await engine.queue.fail(claim.lease, "x", None)


@pytest.mark.usefixtures("small_batches")
async def test_a_cancelled_job_takes_its_many_children_along(engine: Engine) -> None:
    await engine.enqueue(job("p"), *(job(f"c{n:02}", parent="p") for n in range(35)))
    await engine.enqueue(job("o"), job("child of o", parent="o"))
    claims = {claim.job.id: claim for claim in await engine.claim(limit=3)}
    await engine.queue.fail(claims["c01"].lease, "x", 60_000)
    await engine.queue.release([claims["p"].lease])
    await engine.queue.cancel("p")
    cancelled = ["p", *(f"c{n:02}" for n in range(1, 35))]
    assert {await engine.state(id_) for id_ in cancelled} == {JobState.CANCELLED}
    assert await engine.job_reader.count_unfinished_children("p") == 1
    assert (await engine.job_reader.get("c00")).cancel_requested
    assert await engine.state("child of o") is JobState.WAITING


@pytest.mark.parametrize("engine", ["redis"], indirect=True)
async def test_many_jobs_are_cancelled_or_retried_by_few_scripts(
    engine: Engine, redis_url: str
) -> None:
    async def scripts(work: Awaitable[object]) -> int:
        with closing(Redis.from_url(redis_url)) as redis:
            redis.config_resetstat()
            await work
            return int(redis.info("commandstats")["cmdstat_evalsha"]["calls"])

    children = [job(f"c{n:03}", parent="p") for n in range(300)]
    await engine.enqueue(job("p"), *children)
    cancelling = await scripts(engine.queue.cancel("p"))
    await engine.enqueue(*(job(f"f{n:03}") for n in range(300)))
    await fail_all(engine)
    retrying = await scripts(engine.queue.retry_failed(Queue.TITLES))

    assert await engine.state("c299") is JobState.CANCELLED
    assert await engine.state("f299") is JobState.WAITING
    assert max(cancelling, retrying) < 100, "one a job"  # others of the queue's own run meanwhile


async def test_cleaning_removes_only_what_ended_long_ago(engine: Engine) -> None:
    await engine.enqueue(job("old"), job("new"), job("waiting"))
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    await engine.pass_time(100)
    between = engine.now()
    await engine.pass_time(1)
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    assert await engine.queue.clean(between) == 1
    with pytest.raises(NotFound):
        await engine.job_reader.get("old")
    assert await engine.state("new") is JobState.COMPLETED


async def test_only_what_has_ended_can_be_removed(engine: Engine) -> None:
    await engine.enqueue(job())
    with pytest.raises(ActionNotAllowed):
        await engine.queue.remove("a")
    await engine.queue.cancel("a")
    await engine.queue.remove("a")
    with pytest.raises(NotFound):
        await engine.job_reader.get("a")


async def test_a_worker_that_stops_gives_its_jobs_back(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    await engine.queue.release([claim.lease])
    again = await engine.claim_one()
    assert (again.job.attempts, again.job.rescues) == (0, 0)


async def test_new_work_and_changes_are_signalled(engine: Engine) -> None:
    async with engine.signals.subscribe(of_queue(Queue.TITLES)) as news:
        await engine.enqueue(job("a"))
        assert of_queue(Queue.TITLES) in await news.wait(HANG_SECONDS)
    async with engine.signals.subscribe(of_job("a")) as news:
        claim = await engine.claim_one()
        assert of_job("a") in await news.wait(HANG_SECONDS)
        await engine.queue.report(claim.lease, 10)
        assert of_job("a") in await news.wait(HANG_SECONDS)


async def test_who_runs_a_job_hears_that_it_should_stop(engine: Engine) -> None:
    await engine.enqueue(job("a"))
    await engine.claim_one()
    async with engine.signals.subscribe(STOPS) as news:
        await engine.queue.cancel("a")
        assert await news.wait(HANG_SECONDS) == {STOPS}


class TestLongLease:
    """MEMORIZER_LEASE_SECONDS=150: a heartbeat comes every 50 seconds."""

    @pytest.fixture
    def lease_ms(self) -> int:
        return 150_000

    async def test_a_worker_is_seen_between_its_heartbeats(self, engine: Engine) -> None:
        beat_at = engine.now() - engine.lease_ms // 3
        me = WorkerRecord(ME, "host", 1, (Queue.TITLES,), beat_at, beat_at)
        await engine.queue.heartbeat(me, [])
        assert await engine.queue.rescue([]) == 0
        assert [worker.id for worker in await engine.job_reader.workers()] == [ME]

    @pytest.mark.parametrize("scope", [None, "another boot or namespace"])
    async def test_a_process_of_another_machine_or_namespace_is_not_taken_for_dead(
        self, engine: Engine, scope: str | None
    ) -> None:
        await self.worker_whose_process_is_gone_here(engine, scope)
        assert await engine.state("a") is JobState.ACTIVE

    @pytest.mark.skipif(pid_scope() is None, reason="this system does not tell whose pids are")
    async def test_a_dead_process_of_this_machine_need_not_run_out_its_lease(
        self, engine: Engine
    ) -> None:
        await self.worker_whose_process_is_gone_here(engine, pid_scope())
        assert await engine.state("a") is JobState.WAITING

    async def worker_whose_process_is_gone_here(self, engine: Engine, scope: str | None) -> None:
        """It runs a job, and another worker of the same host name looks for dead ones."""
        ended = await asyncio.create_subprocess_exec("true")
        await ended.wait()
        now = engine.now()
        far = WorkerRecord(ME, gethostname(), ended.pid, (Queue.TITLES,), now, now, pid_scope=scope)
        await engine.enqueue(job())
        claim = await engine.claim_one()
        await engine.queue.heartbeat(far, [claim.lease])
        telemetry = PrometheusTelemetry(CollectorRegistry())
        near = Worker(
            engine.queue, engine.job_reader, engine.signals, SystemClock(), telemetry, (), {}
        )
        await near._rescue(near._new_record())


async def test_a_job_may_end_while_a_heartbeat_is_on_its_way(engine: Engine) -> None:
    await engine.enqueue(*(job(f"j{n:02}") for n in range(20)))
    claims = await engine.claim(limit=20)
    now = engine.now()
    me = WorkerRecord(ME, "host", 1, (Queue.TITLES,), now, now)
    beats = [engine.queue.heartbeat(me, [claim.lease for claim in claims]) for _ in claims]
    ends = [engine.queue.complete(claim.lease, result({})) for claim in claims]
    await asyncio.gather(*(call for pair in zip(beats, ends, strict=True) for call in pair))
    assert [await engine.state(claim.job.id) for claim in claims] == [JobState.COMPLETED] * 20


@pytest.mark.parametrize("engine", ["redis", "postgres-redis"], indirect=True)
async def test_the_queue_of_another_store_is_refused(engine: Engine, tmp_path: Path) -> None:
    await engine.enqueue(job())
    other = await asyncio.to_thread(
        SqliteDatabase, tmp_path / "other.db", SystemClock(), dispatching=True
    )
    assert engine.share is not None
    with pytest.raises(Misconfigured, match="MEMORIZER_REDIS_PREFIX"):
        async with engine.share(other):
            pass
    await asyncio.to_thread(other.close)
    assert (await engine.claim_one()).job.id == "a"


async def test_a_queue_that_works_says_so(engine: Engine) -> None:
    await engine.queue.check_available()
    assert await engine.queue.check() is None
