"""Several servers and workers on one PostgreSQL, each a process of its own."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import httpx
import pytest

from memorizer.settings import Settings
from support.cluster import Balancer, balanced, server, worker
from support.processes import whereabouts
from support.waiting import HANG_SECONDS, wait_until

ADMIN = "/api/admin"


@pytest.fixture
def database_engine() -> str:
    """What several machines share."""
    return "postgresql"


@pytest.fixture
def shared(settings: Settings) -> dict[str, str]:
    """What all processes are told."""
    return whereabouts(settings)


async def told(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, object]]:
    async for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


@pytest.mark.parametrize("queue_engine", ["database", "redis"])
async def test_a_stream_of_one_server_shows_a_job_that_another_machine_runs(
    shared: dict[str, str], tmp_path: Path
) -> None:
    with (
        server(tmp_path / "a", **shared) as here,
        server(tmp_path / "b", **shared) as there,
    ):
        async with (
            httpx.AsyncClient(timeout=HANG_SECONDS) as client,
            client.stream("GET", f"{here.url}{ADMIN}/events") as everything,
        ):
            changes = told(everything.aiter_lines())
            await anext(changes)
            body = {"text": "Ferns want water on Fridays."}
            stored = (await client.post(f"{there.url}/api/memories", json=body)).json()
            job = f"{here.url}{ADMIN}/jobs/{stored['titleJobId']}/progress"
            async with asyncio.timeout(HANG_SECONDS), client.stream("GET", job) as progress:
                events = told(progress.aiter_lines())
                assert (await anext(events))["type"] == "connected"
                with worker(tmp_path / "c", **shared):
                    *_, last = [event async for event in events]
                    assert last["status"] == "completed", last
                    heard = await anext(changes)
            assert heard
            memory = (await client.get(f"{here.url}/api/memories/{stored['id']}")).json()
            assert memory["title"]


async def test_a_server_killed_in_mid_request_loses_nothing_it_acknowledged(
    shared: dict[str, str], tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    numbers = count()

    async def write(client: httpx.AsyncClient, url: str) -> None:
        while True:
            body = {"text": f"memory number {next(numbers)}"}
            try:
                reply = await client.post(f"{url}/api/memories", json=body)
            except httpx.HTTPError:
                return  # it is gone
            assert reply.status_code == 201
            acknowledged.append(reply.json()["id"])

    async def many() -> bool:
        return len(acknowledged) > 40

    with server(tmp_path / "a", **shared) as doomed, server(tmp_path / "b", **shared) as other:
        async with httpx.AsyncClient(timeout=HANG_SECONDS) as client, asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(write(client, doomed.url))
            await wait_until(many, description="memories are acknowledged")
            doomed.process.kill()
        async with httpx.AsyncClient(timeout=HANG_SECONDS) as client:
            for memory_id in acknowledged:
                kept = await client.get(f"{other.url}/api/memories/{memory_id}")
                assert kept.status_code == 200


async def test_a_rolling_restart_fails_no_request(shared: dict[str, str], tmp_path: Path) -> None:
    answers: list[int] = []
    stopping = asyncio.Event()

    async def use(balancer: Balancer) -> None:
        while not stopping.is_set():
            stored = await balancer.request("POST", "/api/memories", {"text": "tea at four"})
            found = await balancer.request("POST", "/api/search", {"query": "tea"})
            answers.extend([stored.status_code, found.status_code])

    async def more() -> None:
        before = len(answers)

        async def enough() -> bool:
            return len(answers) > before + 10

        await wait_until(enough, description="requests are answered")

    settings = {**shared, "drain_seconds": "10", "grace_seconds": "60"}
    with ExitStack() as stack:
        old = [stack.enter_context(server(tmp_path / name, **settings)) for name in "ab"]
        async with balanced(*(node.url for node in old)) as balancer:
            users = [asyncio.create_task(use(balancer)) for _ in range(4)]
            for number, node in enumerate(old):
                await more()
                new = await asyncio.to_thread(
                    stack.enter_context, server(tmp_path / f"new-{number}", **settings)
                )
                balancer.add(new.url)
                node.terminate()
                assert await asyncio.to_thread(node.process.wait, HANG_SECONDS) == 0
                await balancer.remove(node.url)
            await more()
            stopping.set()
            await asyncio.gather(*users)
    assert set(answers) == {200, 201}


async def test_a_server_that_is_about_to_stop_says_so_and_still_answers(
    shared: dict[str, str], tmp_path: Path
) -> None:
    with server(tmp_path, **shared, drain_seconds=str(HANG_SECONDS)) as node:
        async with httpx.AsyncClient(base_url=node.url, timeout=HANG_SECONDS) as client:
            assert (await client.get("/readyz")).status_code == 200
            node.terminate()

            async def leaving() -> bool:
                return (await client.get("/readyz")).status_code == 503

            await wait_until(leaving, description="the server says that it stops")
            answer = await client.get("/readyz")
            assert answer.json() == {"status": "stopping", "checks": []}
            assert answer.headers["Connection"] == "close"
            assert (await client.post("/api/memories", json={"text": "a"})).status_code == 201
