"""Redis answers, but not as it should: no writes, no rights, a cluster, dropped keys."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import httpx
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from memorizer.adapters.bullmq import pool
from memorizer.adapters.bullmq.connection import CALL_TIMEOUT_SECONDS
from memorizer.adapters.bullmq.queue import BullmqJobQueue
from memorizer.bootstrap import open_services
from memorizer.domain.errors import Misconfigured, QueueUnavailable
from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.memories import Content
from memorizer.services import Services
from memorizer.settings import Settings
from support.dropping_nat import ForgetfulProxy
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.redis_server import RedisServer, redis_server
from support.titles import FirstWords
from support.waiting import wait_until

GUIDE = Path(__file__).parents[2] / "docs/guides/redis.md"
DOWN = "Redis cannot be used; memories are kept and searched"
UP = "Redis can be used again"


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server(keeps=False) as server:
        yield server


@pytest.fixture
def redis_user() -> str:
    """Name and password in the address, with the @."""
    return ""


@pytest.fixture
def settings(tmp_path: Path, redis: RedisServer, redis_user: str) -> Settings:
    return Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "redis_url": redis.url.replace("//", f"//{redis_user}"),
            "grace_seconds": 1,
            "lease_seconds": 2,
        }
    )


@pytest.fixture
async def admin(redis: RedisServer) -> AsyncIterator[Redis]:
    """Who looks after the Redis server."""
    async with Redis.from_url(redis.url, decode_responses=True) as client:
        yield client


def engine_of(memorizer: Memorizer) -> BullmqJobQueue:
    queue = memorizer.container.adapters.queue
    assert isinstance(queue, BullmqJobQueue)
    return queue


async def store(services: Services, count: int) -> list[str]:
    stored = [
        await services.memories.create(Content(f"memory {n} of some"), actor="test")
        for n in range(count)
    ]
    return [str(each.title_job_id) for each in stored]


async def handed_over(services: Services, count: int) -> None:
    async def all_wait() -> bool:
        return (await services.jobs.counts())[0].by_state[JobState.WAITING] == count

    await wait_until(all_wait, description="the jobs reach Redis")


async def titled(services: Services, count: int) -> None:
    async def all_titled() -> bool:
        return (await services.jobs.counts())[0].by_state[JobState.COMPLETED] == count

    await wait_until(all_titled, description="all titles are written")
    assert (await services.statistics.totals()).memories == count
    assert await services.jobs.generate_titles() == [], "all have a title"


async def command(admin: Redis, *words: str) -> None:
    await admin.execute_command(*words)  # type: ignore[no-untyped-call]


async def be_replica(admin: Redis) -> None:
    await command(admin, "REPLICAOF", "127.0.0.1", "1")


async def be_primary(admin: Redis) -> None:
    await command(admin, "REPLICAOF", "NO", "ONE")


async def be_full(admin: Redis) -> None:
    await admin.config_set("maxmemory", "1")


async def have_room(admin: Redis) -> None:
    await admin.config_set("maxmemory", "0")


Change = Callable[[Redis], Awaitable[None]]


@dataclass(frozen=True)
class Refusal:
    begin: Change
    end: Change
    reason: str
    remedy: str


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(be_replica, be_primary, "replica", "primary"),
        Refusal(be_full, have_room, "maxmemory", "Raise its `maxmemory`"),
    ],
    ids=["replica", "full"],
)
async def test_a_redis_that_refuses_writes_is_told_with_its_remedy_and_logged_once(
    memorizer: Memorizer,
    client: httpx.AsyncClient,
    admin: Redis,
    refusal: Refusal,
) -> None:
    queue, reason = engine_of(memorizer), refusal.reason
    await queue.check_available()
    with capture_logs() as lines:
        await refusal.begin(admin)
        for _ in range(3):  # reads that work in between must not hide it
            with pytest.raises(QueueUnavailable, match=reason) as refused:
                await queue.check()
            assert refusal.remedy in refused.value.hint
            with pytest.raises(QueueUnavailable, match=reason):
                await queue.claim("worker", Queue.TITLES, 1)
            await memorizer.services.jobs.counts()
        metrics = (await client.get("/metrics")).text
        assert "memorizer_queue_up 0.0" in metrics
        await refusal.end(admin)
        await queue._dispatcher._run_once()
    assert [line["event"] for line in lines if line["event"] in {DOWN, UP}] == [DOWN, UP]
    assert await queue.check() is None


async def test_readiness_tells_that_redis_refuses_writes(
    client: httpx.AsyncClient, admin: Redis
) -> None:
    await be_full(admin)
    ready = (await client.get("/readyz")).json()
    [check] = [check for check in ready["checks"] if check["part"] == "queue"]
    assert (ready["status"], check["ok"]) == ("degraded", False)
    assert "maxmemory" in check["detail"]
    assert "maxmemory" in check["hint"]


async def test_an_eviction_policy_is_warned_of(memorizer: Memorizer, admin: Redis) -> None:
    assert await memorizer.container.adapters.queue.check() is None
    await admin.config_set("maxmemory-policy", "allkeys-lru")
    warning = await memorizer.container.adapters.queue.check() or ""
    assert "allkeys-lru" in warning
    assert "noeviction" in warning
    [queue] = [c for c in await memorizer.services.health.checks() if c.part == "queue"]
    assert queue.ok
    assert "allkeys-lru" in queue.detail


async def dropped_hashes(admin: Redis, ids: list[str]) -> None:
    await admin.delete(*(f"bull:title-generation:{job_id}" for job_id in ids[::2]))


async def dropped_list(admin: Redis, _: list[str]) -> None:
    await admin.delete("bull:title-generation:wait", "bull:title-generation:marker")


Drop = Callable[[Redis, list[str]], Awaitable[None]]


@pytest.mark.parametrize("compared", [True, False], ids=["compared", "claimed"])
@pytest.mark.parametrize("drop", [dropped_hashes, dropped_list])
async def test_jobs_that_redis_drops_a_part_of_are_done(
    memorizer: Memorizer, admin: Redis, drop: Drop, compared: bool
) -> None:
    services, queue = memorizer.services, engine_of(memorizer)
    ids = await store(services, 10)
    await handed_over(services, 10)
    await drop(admin, ids)
    if compared or drop is dropped_list:
        await queue._dispatcher.reconcile()
        assert (await services.jobs.counts())[0].by_state[JobState.WAITING] == 10
    await memorizer.start_worker()
    await titled(services, 10)
    counts = (await services.jobs.counts())[0].by_state
    assert counts[JobState.FAILED] == counts[JobState.WAITING] == 0
    with pytest.raises(QueueUnavailable, match="dropped parts") as told:
        await queue.check()
    assert "noeviction" in told.value.hint


async def test_numbers_and_lists_agree_after_ended_jobs_were_dropped(
    memorizer: Memorizer, admin: Redis
) -> None:
    services = memorizer.services
    ids = await store(services, 6)
    await memorizer.start_worker()
    await titled(services, 6)
    await dropped_hashes(admin, ids)
    page, _ = await services.jobs.page(queue=Queue.TITLES, state=JobState.COMPLETED)
    assert {job.id for job in page} == set(ids[1::2])
    assert (await services.jobs.counts())[0].by_state[JobState.COMPLETED] == 3


async def test_a_job_removed_by_somebody_stays_removed(memorizer: Memorizer) -> None:
    services, queue = memorizer.services, engine_of(memorizer)
    ids = await store(services, 2)
    await handed_over(services, 2)
    await queue._dispatcher.reconcile()
    await queue._queues[Queue.TITLES].bull.remove(ids[0])
    await queue._dispatcher.reconcile()
    await queue._dispatcher.send()
    assert (await services.jobs.counts())[0].by_state[JobState.WAITING] == 1
    assert await queue.check() is None


async def test_leases_that_ran_out_are_forgotten(memorizer: Memorizer) -> None:
    queue = engine_of(memorizer)
    await store(memorizer.services, 2)
    await handed_over(memorizer.services, 2)
    [lost] = await queue.claim("worker", Queue.TITLES, 1)
    queue._held[lost.lease].until = 0.0
    [kept] = await queue.claim("worker", Queue.TITLES, 1)
    assert list(queue._held) == [kept.lease]


def rights(kind: str) -> list[str]:
    """The rule that the guide gives a user."""
    lines = [line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("user ")]
    [line] = [line for line in lines if line.split()[1] == kind]
    return line.split()[2:]


class TestLimitedUser:
    """A user with exactly the rights that docs/guides/redis.md lists."""

    @pytest.fixture(params=["jobs", "jobs-least"])
    def redis_user(self, request: pytest.FixtureRequest, redis: RedisServer) -> str:
        async def allow() -> None:
            async with Redis.from_url(redis.url) as admin:
                await command(admin, "ACL", "SETUSER", "app", *rights(request.param))

        asyncio.run(allow())
        return "app:secret@"

    async def test_everything_works(self, memorizer: Memorizer, admin: Redis) -> None:
        services = memorizer.services
        with capture_logs() as lines:
            ids = await store(services, 3)
            await handed_over(services, 3)
            await services.jobs.pause(Queue.TITLES, paused=True)
            await services.jobs.pause(Queue.TITLES, paused=False)
            await services.jobs.cancel(ids[0])
            await services.jobs.retry(ids[0])
            await services.jobs.reembed()
            await memorizer.start_worker()
            await titled(services, 3)

            async def worker_is_known() -> object:
                return await services.jobs.workers()

            await wait_until(worker_is_known, description="a worker is seen")
            await services.jobs.page(limit=10)
            await services.jobs.remove(ids[0])
            assert await services.jobs.clean(older_than_ms=-60_000) >= 2
            assert await memorizer.container.adapters.queue.check() is None
        assert [line for line in lines if line["log_level"] in {"warning", "error"}] == []

    async def test_what_redis_forgets_is_told_again(
        self, memorizer: Memorizer, admin: Redis
    ) -> None:
        services, queue = memorizer.services, engine_of(memorizer)
        await store(services, 5)
        await handed_over(services, 5)
        await queue._dispatcher.reconcile()
        await admin.flushall()
        await queue._dispatcher.reconcile()
        await handed_over(services, 5)
        await memorizer.start_worker()
        await titled(services, 5)


class TestMissingRight:
    """A user who may do all but one thing."""

    @pytest.fixture
    def redis_user(self, redis: RedisServer) -> str:
        async def allow() -> None:
            async with Redis.from_url(redis.url) as admin:
                await command(admin, "ACL", "SETUSER", "app", *rights("jobs"), "-hset")

        asyncio.run(allow())
        return "app:secret@"

    async def test_it_is_named_once(self, memorizer: Memorizer) -> None:
        with capture_logs() as lines:
            await memorizer.start_worker()

            async def said() -> bool:
                return any("HSET" in line.get("error", "") for line in lines)

            await wait_until(said, description="the missing right is named")
            for _ in range(3):
                await memorizer.services.jobs.counts()
                with pytest.raises(QueueUnavailable, match="HSET") as refused:
                    await memorizer.container.adapters.queue.heartbeat(
                        memorizer.container.worker._new_record(), []
                    )
                assert "docs/guides/redis.md" in refused.value.hint
        said_of_it = [each for each in lines if "HSET" in each.get("error", "")]
        assert [each["event"] for each in said_of_it if each["log_level"] == "error"] == [DOWN]


@pytest.mark.parametrize(
    ("url", "leak"),
    [
        ("redis://:geheim:p@ss/#%?@host", "ss"),
        ("redis://:pa/ss@host", "pa"),
        ("redis://:pa#ss@host", "pa"),
        ("redis://:p[ss@host:6379", "p[ss"),
        ("redis://:pass@host:12x", "12x"),
    ],
)
async def test_a_part_of_a_password_is_never_shown(tmp_path: Path, url: str, leak: str) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "redis_url": url})
    with pytest.raises(Misconfigured, match="MEMORIZER_REDIS_URL") as refused:
        async with open_services(settings, embedder=WordEmbedder(), writer=FirstWords()):
            pass
    said = str(refused.value).replace("password", "")
    assert leak not in said.split()
    assert f" {leak}:" not in said
    assert "%40" in said


@pytest.mark.parametrize(
    "url", ["redis://a:6379,b:6379", "redis+cluster://a:6379", "redis+sentinel://a:26379/main"]
)
async def test_an_address_of_several_servers_is_refused_in_plain_words(
    tmp_path: Path, url: str
) -> None:
    settings = Settings.model_validate({"data_dir": tmp_path, "redis_url": url})
    with pytest.raises(Misconfigured, match="Redis Cluster or a Sentinel"):
        async with open_services(settings, embedder=WordEmbedder(), writer=FirstWords()):
            pass


async def test_a_node_of_a_cluster_is_refused_at_the_start(tmp_path: Path) -> None:
    config = str(tmp_path / "nodes.conf")
    with redis_server("--cluster-enabled", "yes", "--cluster-config-file", config) as node:
        settings = Settings.model_validate({"data_dir": tmp_path, "redis_url": node.url})
        with pytest.raises(Misconfigured, match="a node of a Redis Cluster"):
            async with open_services(settings, embedder=WordEmbedder(), writer=FirstWords()):
                pass


class TestForgetfulNetwork:
    """What is between us and Redis drops connections that nobody used, without a word."""

    @pytest.fixture
    async def network(self, redis: RedisServer) -> AsyncIterator[ForgetfulProxy]:
        port = int(redis.url.rpartition(":")[2].partition("/")[0])
        async with ForgetfulProxy(port).serving() as proxy:
            yield proxy

    @pytest.fixture
    def settings(self, tmp_path: Path, network: ForgetfulProxy) -> Settings:
        return Settings.model_validate(
            {"data_dir": tmp_path / "data", "redis_url": f"redis://127.0.0.1:{network.port}"}
        )

    async def test_an_idle_connection_costs_no_request(
        self, memorizer: Memorizer, network: ForgetfulProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        jobs, queue = memorizer.services.jobs, memorizer.container.adapters.queue
        await jobs.counts()
        await queue.check_available()
        # time passes: what was used before now is idle for too long
        monkeypatch.setattr(pool, "MAX_IDLE_SECONDS", -1.0)
        network.forget()
        began = monotonic()
        await queue.check_available()
        await jobs.counts()
        await jobs.page()
        assert await queue.claim("worker", Queue.TITLES, 1) == []
        assert monotonic() - began < CALL_TIMEOUT_SECONDS, (
            "nothing waits for a connection that is gone"
        )

    async def test_a_read_under_which_the_connection_breaks_is_sent_again(
        self, memorizer: Memorizer, network: ForgetfulProxy
    ) -> None:
        await memorizer.services.jobs.counts()
        before = network.connections
        network.forget()
        await memorizer.services.jobs.counts()
        assert network.connections > before
