"""What machines ask: is it alive, is it ready, how does it do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from memorizer.bootstrap import open_services, running
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.http.app_state import state_of
from memorizer.ports.transactions import Database, T, Transaction
from memorizer.services import Services
from memorizer.services.health import Readiness
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.titles import FirstWords
from support.waiting import wait_until


async def test_a_living_process_says_so(client: httpx.AsyncClient) -> None:
    reply = await client.get("/healthz")
    assert (reply.status_code, reply.json()["status"]) == (200, "ok")
    assert reply.json()["timestamp"].endswith("Z")


@pytest.mark.parametrize("path", ["/health", "/api/health", "/healthz", "/readyz", "/metrics"])
async def test_monitors_may_ask_by_other_names_and_with_head(
    client: httpx.AsyncClient, path: str
) -> None:
    got, head = await client.get(path), await client.head(path)
    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


async def test_head_is_answered_where_get_is(client: httpx.AsyncClient) -> None:
    stored = (await client.post("/api/memories", json={"text": "tea", "title": "Tea"})).json()
    for path in ("/", "/openapi.json", "/api/memories", f"/api/memories/{stored['id']}"):
        assert (await client.head(path)).status_code == 200, path
    assert (await client.head("/api/nowhere")).status_code == 404
    assert (await client.head("/api/search")).status_code == 405


async def test_head_of_a_stream_ends_at_once(online: httpx.AsyncClient) -> None:
    head = await online.head("/api/admin/events")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Type"].startswith("text/event-stream")


async def test_readiness_tries_every_part(client: httpx.AsyncClient) -> None:
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["status"]) == (200, "ready")
    checks = {check["part"]: check for check in reply.json()["checks"]}
    parts = {"database", "embedder", "embeddings", "queue", "title model"}
    parts |= {"worker", "background loops"}
    assert set(checks) == parts
    assert all(check["ok"] and check["detail"] and "hint" not in check for check in checks.values())


async def test_without_the_embedder_the_service_is_degraded_but_ready(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    memorizer.embedder.is_down = True
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["status"]) == (200, "degraded")
    [failing] = [check for check in reply.json()["checks"] if not check["ok"]]
    assert failing["part"] == "embedder"
    assert "switched off" in failing["detail"]
    assert failing["hint"]


async def test_without_the_database_the_service_is_unavailable(
    client: httpx.AsyncClient, app: FastAPI, services: Services
) -> None:
    down = DownDatabase()
    health = replace(services.health, database=down)
    state_of(app).services = replace(services, readiness=Readiness(health.health_checks()))
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["status"]) == (503, "unavailable")
    [failing] = [check for check in reply.json()["checks"] if check["part"] == "database"]
    assert (failing["ok"], failing["detail"]) == (False, "The disk is full.")
    assert "memorizer doctor" in failing["hint"]


class DownDatabase:
    """Implements ports.transactions.Database on a disk without space."""

    async def read(self, work: Callable[[Transaction], T]) -> T:
        raise StorageUnavailable("The disk is full.")

    async def read_long(self, work: Callable[[Transaction], T]) -> T:
        raise StorageUnavailable("The disk is full.")

    async def read_each(self, works: Sequence[Callable[[Transaction], T]]) -> list[T]:
        raise StorageUnavailable("The disk is full.")

    async def write(self, work: Callable[[Transaction], T]) -> T:
        raise StorageUnavailable("The disk is full.")

    async def insert(self, work: Callable[[Transaction], T]) -> T:
        raise StorageUnavailable("The disk is full.")

    async def size(self) -> int:
        raise StorageUnavailable("The disk is full.")

    async def caveat(self) -> str | None:
        raise StorageUnavailable("The disk is full.")

    def within(self, scope: WorkspaceScope) -> "DownDatabase":
        return self


async def test_questions_of_strangers_write_next_to_nothing(
    client: httpx.AsyncClient, app: FastAPI, services: Services
) -> None:
    counted = CountedWrites(services.health.database)
    health = replace(services.health, database=counted)
    state_of(app).services = replace(
        services, readiness=Readiness(health.health_checks(), clock=lambda: 0.0)
    )
    for _ in range(60):
        assert (await client.get("/readyz")).status_code == 200
    assert counted.writes == 1


async def test_where_no_worker_runs_readiness_says_so_and_what_to_do(
    client: httpx.AsyncClient, app: FastAPI, tmp_path: Path
) -> None:
    alone = Settings(data_dir=tmp_path / "alone", worker=False)
    async with open_services(alone, embedder=WordEmbedder(), writer=FirstWords()) as container:
        state_of(app).services = container.services
        reply = (await client.get("/readyz")).json()
        assert reply["status"] == "degraded"
        [failing] = [check for check in reply["checks"] if not check["ok"]]
        assert failing["part"] == "worker"
        assert "memorizer worker" in failing["hint"]
        async with running(container.worker):

            async def is_ready() -> bool:
                return bool((await client.get("/readyz")).json()["status"] == "ready")

            await wait_until(is_ready, description="the worker is seen")


async def test_a_worker_that_should_run_here_and_does_not_is_told_after_a_while(
    client: httpx.AsyncClient, app: FastAPI, tmp_path: Path
) -> None:
    hasty = Settings(data_dir=tmp_path / "alone", lease_seconds=0.001)
    async with open_services(hasty, embedder=WordEmbedder(), writer=FirstWords()) as container:
        state_of(app).services = container.services

        async def failing() -> list[str]:
            checks = (await client.get("/readyz")).json()["checks"]
            return [check["part"] for check in checks if not check["ok"]]

        assert await wait_until(failing, description="no worker came") == ["worker"]


class CountedWrites:
    """Implements ports.transactions.Database with a real one, and counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        self.writes += 1
        return await self._database.write(work)


async def metrics(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    """All samples by name and label values."""
    reply = await client.get("/metrics")
    assert reply.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


async def test_metrics_count_requests_by_route_and_not_by_address(
    client: httpx.AsyncClient,
) -> None:
    before = await metrics(client)
    for _ in range(2):
        await client.get("/api/memories/01936f5e-0000-7000-8000-000000000000")
    await client.get("/nowhere/17")
    await client.request("BREW", "/nowhere/18")
    after = await metrics(client)
    requests = "memorizer_http_requests_total"

    def grown(*labels: str) -> float:
        return after[(requests, *labels)] - before.get((requests, *labels), 0)

    assert grown("GET", "/api/memories/{memoryId}", "404") == 2
    assert grown("GET", "unknown", "404") == 1
    assert grown("other", "unknown", "404") == 1
    assert not [key for key in after if "17" in str(key) or "18" in str(key)]
    assert ("memorizer_http_request_duration_seconds_count", "GET", "/metrics") in after


async def test_metrics_count_jobs_by_queue_and_state(client: httpx.AsyncClient) -> None:
    await client.post("/api/memories", json={"text": "untitled"})
    await client.post("/api/admin/queues/title-generation/pause")
    samples = await metrics(client)
    assert samples["memorizer_jobs", "title-generation", "waiting"] == 1
    assert samples["memorizer_jobs", "embedding-regeneration", "failed"] == 0
    assert samples["memorizer_queue_paused", "title-generation"] == 1
    assert samples["memorizer_queue_up",] == 1


async def test_metrics_answer_while_the_queue_does_not(
    client: httpx.AsyncClient, app: FastAPI, settings: Settings
) -> None:
    nobody = {
        "data_dir": settings.data_dir / "alone",
        "redis_url": SecretStr("redis://127.0.0.1:1"),
    }
    away = open_services(
        settings.model_copy(update=nobody), embedder=WordEmbedder(), writer=FirstWords()
    )
    async with away as container:
        state_of(app).services = container.services
        samples = await metrics(client)
    assert samples["memorizer_queue_up",] == 0
    assert not [key for key in samples if key[0] == "memorizer_jobs"]


async def test_a_loop_that_does_not_work_degrades_the_service(
    client: httpx.AsyncClient, services: Services
) -> None:
    loop = services.supervisor.add("lane title-generation")
    loop.failed(ValueError("unheard of"))
    reply = await client.get("/readyz")
    assert (reply.status_code, reply.json()["status"]) == (200, "degraded")
    [failing] = [check for check in reply.json()["checks"] if not check["ok"]]
    assert failing["part"] == "background loops"
    assert "lane title-generation" in failing["detail"]
    assert "ValueError: unheard of" in failing["detail"]
    assert (await metrics(client))["memorizer_loop_up", "lane title-generation"] == 0
    loop.works()
    assert (await client.get("/readyz")).json()["status"] == "ready"
