"""Three servers, three workers; PostgreSQL, Redis and processes die at random under load.

Afterwards every acknowledged write is there, every job has ended, no version is lost and no
title was written twice.
"""

import asyncio
import random
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from memorizer import bootstrap
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap import open_services, running
from memorizer.domain.jobs import FINAL_STATES, JobState
from memorizer.domain.memories import Content, EventType
from memorizer.services import Services
from memorizer.settings import Settings
from support.chaos import either
from support.chaos_cluster import ChaosCluster
from support.embedders import WordEmbedder
from support.postgres_server import own_postgres
from support.processes import whereabouts
from support.redis_server import redis_server
from support.titles import FirstWords
from support.waiting import HANG_SECONDS, wait_until

CLIENTS = 6
FAULTS = either(chaos=60, otherwise=6)
STORES = either(chaos=10, otherwise=3)  # by each client, while something goes wrong
SEEDS = either(chaos=(1, 2, 3), otherwise=(1,))
JUMPS = either(chaos=200, otherwise=40)
HOUR_MS = 3_600_000


class Client:
    """Stores and edits through any server, and remembers what was acknowledged."""

    def __init__(
        self,
        cluster: ChaosCluster,
        http: httpx.AsyncClient,
        chance: random.Random,
        turns: asyncio.Semaphore,
    ) -> None:
        self._cluster = cluster
        self._turns = turns
        self._http = http
        self._chance = chance
        self.stored: dict[str, str] = {}
        self.edited: dict[str, list[str]] = {}

    async def work(self, numbers: "count[int]") -> None:
        for _ in range(FAULTS * STORES):
            await self._turns.acquire()
            text = f"Fact {next(numbers)}: the kettle in house {self._chance.random()} is blue."
            key = {"Idempotency-Key": str(self._chance.random())}
            memory = await self._insist("POST", "/api/memories", {"text": text}, key)
            self.stored[memory["id"]] = text
            await self._edit(memory["id"])

    async def _edit(self, memory_id: str) -> None:
        """A change that is not acknowledged may have happened or not: it is not insisted on."""
        text = f"edited {self._chance.random()}"
        address = f"/api/memories/{memory_id}"
        if (reply := await self._try("PATCH", address, {"text": text}, {})) is not None:
            assert reply.status_code == 200, reply.text
            self.edited.setdefault(memory_id, []).append(text)

    async def _insist(self, method: str, path: str, body: object, headers: dict[str, str]) -> Any:
        while True:
            reply = await self._try(method, path, body, headers)
            if reply is not None:
                assert reply.is_success, reply.text
                return reply.json()

    async def _try(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> httpx.Response | None:
        """The answer of some server, None if it has none or cannot serve now."""
        urls = self._cluster.urls
        if not urls:
            await asyncio.sleep(0)
            return None
        url = self._chance.choice(urls)
        try:
            reply = await self._http.request(method, url + path, json=body, headers=headers)
        except httpx.HTTPError:
            return None
        return None if reply.status_code == httpx.codes.SERVICE_UNAVAILABLE else reply


@pytest.mark.long
@pytest.mark.timeout(4 * HANG_SECONDS + 60 * FAULTS)
@pytest.mark.parametrize("queue", either(chaos=("redis", "database"), otherwise=("redis",)))
@pytest.mark.parametrize("seed", SEEDS)
async def test_whatever_dies_nothing_acknowledged_is_lost(
    tmp_path: Path, seed: int, queue: str
) -> None:
    chance, numbers = random.Random(seed), count()  # noqa: S311 - to be repeated
    turns, injected = asyncio.Semaphore(0), Counter[str]()
    with own_postgres() as postgres, redis_server() as redis, postgres.database() as url:
        settings = Settings.model_validate(
            {
                "data_dir": tmp_path / "here",
                "database_url": url,
                "database_connections": 4,
                "redis_url": redis.url if queue == "redis" else None,
            }
        )
        places = {**whereabouts(settings), "lease_seconds": "3", "grace_seconds": "1"}
        cluster = ChaosCluster(tmp_path, postgres, redis, places)
        try:
            await cluster.open()
            async with httpx.AsyncClient(timeout=HANG_SECONDS) as http:
                clients = [
                    Client(cluster, http, random.Random(n), turns)  # noqa: S311 - to be repeated
                    for n in range(CLIENTS)
                ]
                working = [asyncio.create_task(client.work(numbers)) for client in clients]
                for _ in range(FAULTS):
                    for _ in range(CLIENTS * STORES):
                        turns.release()
                    injected[await cluster.inject_fault(chance)] += 1
                await asyncio.gather(*working)
            async with open_services(settings, embedder=WordEmbedder()) as container:
                await _all_jobs_ended(container.services)
                for client in clients:
                    await _nothing_is_lost(container.services, client)
        finally:
            cluster.close()
    assert sum(len(client.stored) for client in clients) == CLIENTS * FAULTS * STORES, injected


async def _all_jobs_ended(services: Services) -> None:
    """However long it takes: as long as jobs end, one after the other."""

    async def unfinished() -> int:
        counts = await services.jobs.counts()
        return sum(
            each.by_state[state] for each in counts for state in set(JobState) - FINAL_STATES
        )

    while left := await unfinished():

        async def another_ended(left: int = left) -> bool:
            return await unfinished() < left

        await wait_until(another_ended, description="another job has ended")


async def _nothing_is_lost(services: Services, client: Client) -> None:
    for memory_id, text in client.stored.items():
        versions = await services.history.versions(memory_id)
        texts = [version.content.text for version in reversed(versions)]
        assert texts[0] == text
        assert [version.version for version in versions] == list(range(len(versions), 0, -1))
        assert set(client.edited.get(memory_id, [])) <= set(texts)
        events = [event.type for event in await services.history.events(memory_id)]
        assert events.count(EventType.TITLE_GENERATED) == 1
        assert events.count(EventType.MEMORY_CREATED) == 1
        assert len(events) == len(versions)


class JumpingClock(SystemClock):
    """Half an hour ahead, an hour behind: whatever the test says."""

    offset_ms = 0

    def now(self) -> int:
        return super().now() + self.offset_ms


@pytest.fixture
def jumping(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """All that is opened from here on has a clock that jumps."""
    monkeypatch.setattr(bootstrap, "SystemClock", JumpingClock)
    monkeypatch.setattr(JumpingClock, "offset_ms", 0)
    return Settings(data_dir=tmp_path, database_url=SecretStr(postgres_url), database_connections=4)


async def test_a_clock_that_jumps_loses_no_job_and_does_none_twice(jumping: Settings) -> None:
    chance = random.Random(7)  # noqa: S311 - to be repeated
    async with (
        open_services(jumping, embedder=WordEmbedder(), writer=FirstWords()) as one,
        open_services(jumping, embedder=WordEmbedder(), writer=FirstWords()) as other,
        running(one.worker),
        running(other.worker),
    ):
        stored = []
        for _ in range(JUMPS):
            JumpingClock.offset_ms = chance.randint(-HOUR_MS, HOUR_MS)
            content = Content(f"a fact of hour {JumpingClock.offset_ms}")
            stored.append(await one.services.memories.create(content, actor="test"))
            await other.worker.jobs.rescue([])  # takes what seems to have run out
        await _all_jobs_ended(other.services)
        for each in stored:
            events = [event.type for event in await one.services.history.events(each.memory.id)]
            assert events.count(EventType.TITLE_GENERATED) == 1
