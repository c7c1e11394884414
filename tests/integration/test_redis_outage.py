"""Redis is absent, dies, forgets or hangs: memories are kept, what was missed is made up for."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from memorizer.adapters.bullmq.connection import CALL_TIMEOUT_SECONDS
from memorizer.domain.errors import MemorizerError, QueueUnavailable
from memorizer.domain.jobs import FINAL_STATES, JobState, Lease, Queue
from memorizer.domain.memories import Content, EventType
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.settings import Settings
from support.memorizer import Memorizer
from support.redis_server import RedisServer, redis_server
from support.waiting import wait_until

ADMIN = "/api/admin"


@pytest.fixture
def keeps() -> bool:
    """Whether the server remembers its data over a restart."""
    return True


@pytest.fixture
def redis(keeps: bool) -> Iterator[RedisServer]:
    with redis_server(keeps=keeps) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, redis: RedisServer) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "redis_url": redis.url,
            "grace_seconds": 1,
            "lease_seconds": 2,
        }
    )


async def store(services: Services, count: int) -> list[str]:
    stored = [
        await services.memories.create(Content(f"memory {n} {uuid4().hex}"), actor="test")
        for n in range(count)
    ]
    return [each.memory.id for each in stored]


async def titled_once(services: Services, ids: list[str]) -> None:
    """Every memory has a title, and it was written once."""

    async def all_titled() -> bool:
        memories = await services.memories.get_many(ids)
        return all(memory.content.title for memory in memories)

    await wait_until(all_titled, description="all titles are written")
    for memory_id in ids:
        events = [event.type for event in await services.history.events(memory_id)]
        assert events.count(EventType.TITLE_GENERATED) == 1


async def queue_is_back(services: Services) -> None:
    async def answers() -> bool:
        try:
            await services.jobs.counts()
        except QueueUnavailable:
            return False
        return True

    await wait_until(answers, description="the queue answers again")


async def test_without_redis_at_the_start_memories_are_kept_and_jobs_follow_later(
    redis: RedisServer, memorizer: Memorizer, client: httpx.AsyncClient
) -> None:
    redis.kill()
    await memorizer.start_worker()
    created = await client.post("/api/memories", json={"text": "the ferns want water"})
    assert created.status_code == 201
    found = await client.post("/api/search", json={"query": "ferns"})
    assert found.json()["count"] == 1

    for method, path in (
        ("GET", "/stats"),
        ("GET", "/jobs"),
        ("GET", "/workers"),
        ("POST", "/jobs/title-generation"),
        ("POST", "/jobs/embedding-regeneration"),
        ("POST", "/jobs/clean"),
        ("POST", "/queues/title-generation/pause"),
    ):
        refused = await client.request(method, ADMIN + path)
        problem = refused.json()
        assert (refused.status_code, problem["error"]) == (503, "Queue service not available")
        assert "Redis" in problem["message"]
        assert "MEMORIZER_REDIS_URL" in problem["hint"]
    ready = (await client.get("/readyz")).json()
    assert ready["status"] == "degraded"
    failing = [check["part"] for check in ready["checks"] if not check["ok"]]
    assert failing == ["queue", "worker"]

    redis.start()
    await queue_is_back(memorizer.services)
    await titled_once(memorizer.services, [created.json()["id"]])

    async def is_ready() -> bool:
        return bool((await client.get("/readyz")).json()["status"] == "ready")

    await wait_until(is_ready, description="the queue is said to be well again")


async def test_redis_killed_under_running_jobs_loses_nothing(
    redis: RedisServer, memorizer: Memorizer
) -> None:
    services = memorizer.services
    memorizer.writer.gate.clear()
    ids = await store(services, 20)
    await memorizer.start_worker()

    async def one_runs() -> bool:
        counts = await services.jobs.counts()
        return counts[0].by_state[JobState.ACTIVE] > 0

    await wait_until(one_runs, description="a title is being written")
    redis.kill()
    ids += await store(services, 5)
    memorizer.writer.gate.set()
    redis.start()
    await titled_once(services, ids)
    await queue_is_empty(services)


async def queue_is_empty(services: Services) -> None:
    async def empty() -> bool:
        titles, embeddings, _ = await services.jobs.counts()
        unfinished = set(JobState) - FINAL_STATES
        return not any(c.by_state[s] for c in (titles, embeddings) for s in unfinished)

    await wait_until(empty, description="every job has ended")


@pytest.mark.parametrize("keeps", [False])
async def test_a_redis_that_forgot_everything_is_told_again(
    redis: RedisServer, memorizer: Memorizer
) -> None:
    services = memorizer.services
    ids = await store(services, 10)

    async def handed_over() -> bool:
        return (await services.jobs.counts())[0].by_state[JobState.WAITING] == 10

    await wait_until(handed_over, description="the jobs reach Redis")
    redis.kill()
    redis.start()
    await memorizer.start_worker()
    await titled_once(services, ids)


async def test_a_bulk_job_survives_the_loss_of_redis(
    redis: RedisServer, memorizer: Memorizer
) -> None:
    services = memorizer.services
    for n in range(150):
        await services.memories.create(Content(f"memory {n}", title="T"), actor="test")
    memorizer.embedder.gate.clear()
    job_id = await services.jobs.reembed()
    await memorizer.start_worker()

    async def under_way() -> bool:
        return (await services.jobs.get(job_id)).items is not None

    await wait_until(under_way, description="the bulk job is under way")
    redis.kill()
    memorizer.embedder.gate.set()
    redis.start()

    async def completed() -> bool:
        try:
            return (await services.jobs.get(job_id)).state == "completed"
        except QueueUnavailable:
            return False

    await wait_until(completed, description="the bulk job ends")
    assert (await services.search.search(Query("memory 7"))).degraded is None


async def test_a_viewer_hears_a_comment_and_then_goes_on(
    redis: RedisServer, memorizer: Memorizer, online: httpx.AsyncClient
) -> None:
    memorizer.writer.gate.clear()
    created = (await online.post("/api/memories", json={"text": "a b c"})).json()
    await memorizer.start_worker()
    async with online.stream("GET", f"{ADMIN}/jobs/{created['titleJobId']}/progress") as reply:
        lines = reply.aiter_lines()
        while '"progress":30' not in await anext(lines):
            pass
        redis.kill()
        while not (await anext(lines)).startswith(":"):
            pass
        memorizer.writer.gate.set()
        redis.start()
        rest = [line async for line in lines if line.startswith("data: ")]
    last = json.loads(rest[-1].removeprefix("data: "))
    assert (last["status"], last["result"]["title"]) == ("completed", "a b c")


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """A server that takes connections and never says a word."""
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    for writer in writers:
        writer.close()
        await writer.wait_closed()


class TestSilence:
    """A Redis that hangs."""

    @pytest.fixture
    def settings(self, tmp_path: Path, silent_port: int) -> Settings:
        return Settings.model_validate(
            {"data_dir": tmp_path / "data", "redis_url": f"redis://127.0.0.1:{silent_port}"}
        )

    async def test_no_call_hangs(self, memorizer: Memorizer) -> None:
        jobs, queue = memorizer.services.jobs, memorizer.container.adapters.queue
        calls = [
            jobs.counts(),
            jobs.get("a"),
            jobs.page(),
            jobs.workers(),
            jobs.cancel("a"),
            jobs.retry("a"),
            jobs.retry_failed(),
            jobs.remove("a"),
            jobs.clean(older_than_ms=0),
            jobs.pause(Queue.TITLES, paused=True),
            jobs.generate_titles(),
            jobs.reembed(),
            queue.claim("worker", Queue.TITLES, 1),
            queue.rescue([]),
            queue.deregister_worker("worker"),
        ]
        async with asyncio.timeout(CALL_TIMEOUT_SECONDS * 3):
            errors = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(error) for error in errors} == {QueueUnavailable}
        with pytest.raises(MemorizerError):
            await queue.report(Lease("a", "token"), 10)
