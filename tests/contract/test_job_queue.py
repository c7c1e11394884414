"""What every job queue must do, said to the ports alone: a new engine joins `engine`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.queue import SqliteJobQueue
from memorizer.domain.errors import ActionNotAllowed, AlreadyRunning, LeaseLost, NotFound
from memorizer.domain.jobs import (
    LEASE_MS,
    MAX_ATTEMPTS,
    MAX_RESCUES,
    Claim,
    Items,
    JobState,
    NewJob,
    Queue,
    Worker,
)
from memorizer.ports.jobs import JobInsights, JobQueue
from memorizer.ports.signals import Signals, of_job, of_queue
from memorizer.ports.unit_of_work import Database, Transaction
from support.clock import ManualClock

ME = "worker-1"


@dataclass
class Engine:
    """One job engine with the clock that drives it."""

    queue: JobQueue
    insights: JobInsights
    database: Database
    signals: Signals
    clock: ManualClock

    async def enqueue(self, *jobs: NewJob) -> list[str]:
        return await self.database.write(lambda tx: tx.jobs.enqueue(jobs))

    async def claim(self, queue: Queue = Queue.TITLES, limit: int = 1) -> list[Claim]:
        return await self.queue.claim(ME, queue, limit)

    async def claim_one(self) -> Claim:
        [claim] = await self.claim()
        return claim

    async def state(self, job_id: str) -> JobState:
        return (await self.insights.get(job_id)).state


@pytest.fixture(params=["sqlite"])
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    clock = ManualClock()
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", clock)
    queue = SqliteJobQueue(database)
    yield Engine(queue, queue, database, database.signals, clock)
    await asyncio.to_thread(database.close)


def job(id_: str = "a", *, key: str | None = None, parent: str | None = None) -> NewJob:
    return NewJob(id_, Queue.TITLES, "generate-title", {"memoryId": id_}, key, parent)


def result(facts: Mapping[str, object]) -> Callable[[Transaction], Mapping[str, object]]:
    return lambda _: facts


async def test_an_enqueued_job_waits(engine: Engine) -> None:
    await engine.enqueue(job("a"))
    found = await engine.insights.get("a")
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
        await engine.queue.report(claim.lease, progress, Items(10, progress // 10))
    found = await engine.insights.get("a")
    assert [step.progress for step in found.steps] == [10, 30, 70]
    assert [s.revision for s in found.steps] == sorted({s.revision for s in found.steps})
    assert found.items == Items(10, 7)


async def test_completing_runs_the_effect_and_keeps_its_result(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    await engine.queue.complete(claim.lease, result({"title": "T"}))
    found = await engine.insights.get("a")
    assert (found.state, found.progress, found.result) == (JobState.COMPLETED, 100, {"title": "T"})
    assert found.finished_at == engine.clock.now()


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
        await engine.insights.get("side-effect")


async def test_a_failed_attempt_waits_out_its_backoff(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    await engine.queue.fail(claim.lease, "no luck", 1_000)
    found = await engine.insights.get("a")
    assert (found.state, found.error, found.attempts) == (JobState.DELAYED, "no luck", 1)
    assert await engine.claim() == []
    assert await engine.insights.next_due(Queue.TITLES) == engine.clock.now() + 1_000
    engine.clock.advance(seconds=1)
    assert (await engine.claim_one()).job.id == "a"


async def test_the_last_attempt_fails_the_job_for_good(engine: Engine) -> None:
    await engine.enqueue(job())
    for _ in range(MAX_ATTEMPTS):
        claim = await engine.claim_one()
        await engine.queue.fail(claim.lease, "no luck", 0)
    found = await engine.insights.get("a")
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
    await engine.queue.end_cancelled(claim.lease)
    assert await engine.state("a") is JobState.CANCELLED


async def test_cancelling_a_parent_cancels_its_children(engine: Engine) -> None:
    await engine.enqueue(job("p"))
    parent = await engine.claim_one()
    await engine.enqueue(job("c1", parent="p"), job("c2", parent="p"))
    await engine.claim()
    await engine.queue.cancel("p")
    await engine.queue.end_cancelled(parent.lease)
    assert (await engine.insights.get("c1")).cancel_requested
    assert await engine.state("c2") is JobState.CANCELLED


async def test_what_has_ended_cannot_be_cancelled(engine: Engine) -> None:
    await engine.enqueue(job())
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    with pytest.raises(ActionNotAllowed):
        await engine.queue.cancel("a")


async def test_a_job_whose_worker_fell_silent_is_rescued(engine: Engine) -> None:
    await engine.enqueue(job())
    lost = await engine.claim_one()
    assert await engine.queue.rescue([]) == 0
    engine.clock.advance(seconds=LEASE_MS / 1_000 + 1)
    assert await engine.queue.rescue([]) == 1
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


async def test_a_heartbeat_keeps_the_lease(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    for _ in range(5):
        engine.clock.advance(seconds=20)
        now = engine.clock.now()
        me = Worker(ME, "host", 1, (Queue.TITLES,), now, now)
        await engine.queue.heartbeat(me, [claim.lease])
        assert await engine.queue.rescue([]) == 0
    [worker] = await engine.insights.workers()
    assert (worker.id, worker.current_jobs) == (ME, ("a",))


async def test_a_job_that_kills_its_workers_is_given_up(engine: Engine) -> None:
    await engine.enqueue(job())
    for _ in range(MAX_RESCUES + 1):
        await engine.claim_one()
        await engine.queue.rescue([ME])
    found = await engine.insights.get("a")
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
    assert [c.paused for c in await engine.insights.counts()] == [True, False]
    await engine.queue.pause(Queue.TITLES, paused=False)
    assert len(await engine.claim()) == 1


async def test_counts_follow_every_change(engine: Engine) -> None:
    await engine.enqueue(job("a"), job("b"), job("c"), job("d"), job("e"))
    done, bad, late = await engine.claim(limit=3)
    await engine.queue.complete(done.lease, result({}))
    await engine.queue.fail(bad.lease, "x", None)
    await engine.queue.fail(late.lease, "x", 1_000)
    await engine.queue.cancel("d")
    titles, embeddings = await engine.insights.counts()
    assert titles.by_state == {
        JobState.WAITING: 1,
        JobState.DELAYED: 1,
        JobState.ACTIVE: 0,
        JobState.COMPLETED: 1,
        JobState.FAILED: 1,
        JobState.CANCELLED: 1,
    }
    assert set(embeddings.by_state.values()) == {0}


async def test_listing_pages_newest_first(engine: Engine) -> None:
    await engine.enqueue(*(job(f"j{n}") for n in range(5)))
    page, cursor = await engine.insights.page(
        queue=Queue.TITLES, state=JobState.WAITING, cursor=None, limit=3
    )
    rest, end = await engine.insights.page(
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


async def test_cleaning_removes_only_what_ended_long_ago(engine: Engine) -> None:
    await engine.enqueue(job("old"), job("new"), job("waiting"))
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    engine.clock.advance(seconds=3_600)
    await engine.queue.complete((await engine.claim_one()).lease, result({}))
    assert await engine.queue.clean(engine.clock.now() - 60_000) == 1
    with pytest.raises(NotFound):
        await engine.insights.get("old")
    assert await engine.state("new") is JobState.COMPLETED


async def test_only_what_has_ended_can_be_removed(engine: Engine) -> None:
    await engine.enqueue(job())
    with pytest.raises(ActionNotAllowed):
        await engine.queue.remove("a")
    await engine.queue.cancel("a")
    await engine.queue.remove("a")
    with pytest.raises(NotFound):
        await engine.insights.get("a")


async def test_a_worker_that_stops_gives_its_jobs_back(engine: Engine) -> None:
    await engine.enqueue(job())
    claim = await engine.claim_one()
    await engine.queue.give_back([claim.lease])
    again = await engine.claim_one()
    assert (again.job.attempts, again.job.rescues) == (0, 0)


async def test_new_work_and_changes_are_signalled(engine: Engine) -> None:
    async with engine.signals.subscribe(of_queue(Queue.TITLES), of_job("a")) as news:
        await engine.enqueue(job("a"))
        assert of_queue(Queue.TITLES) in await news.wait(10)
        await engine.claim_one()
        assert of_job("a") in await news.wait(10)
        assert await news.wait(0.01) == frozenset()
