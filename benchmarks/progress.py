"""From a worker's report of progress to the line in a viewer's hands."""

import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from typing import Any, Final

import httpx

from benchmarks.figure import Bench, Figure
from benchmarks.prepared import PreparedEmbedder
from benchmarks.processes import address, free_port, started, wait_for_answer
from benchmarks.progress_process import NAME, STEPS
from benchmarks.redis_server import redis_server
from benchmarks.stopwatch import Stopwatch
from memorizer.bootstrap import Container, open_services
from memorizer.domain.jobs import NewJob, Queue
from memorizer.settings import Settings

JOBS: Final = 6
MODULE: Final = "benchmarks.progress_process"
ONE: Final = ("both",)
TWO: Final = ("serve", "work")


async def measure(bench: Bench) -> list[Figure]:
    """A server whose own worker works, then one with a worker beside it, then both on Redis."""
    figures = await _figures(bench, "one process", ONE, limit_ms=10)
    figures += await _figures(bench, "two processes", TWO, limit_ms=50)
    async with redis_server(bench.folder / "redis") as url:
        figures += await _figures(bench, "two processes on Redis", TWO, url, limit_ms=50)
    return figures


async def _figures(
    bench: Bench, name: str, roles: Sequence[str], redis_url: str = "", *, limit_ms: float
) -> list[Figure]:
    settings = Settings.model_validate(
        {"data_dir": bench.folder / name, "redis_url": redis_url or None}
    )
    delays, commits = await _delays(settings, roles, redis_url)
    return [
        Figure(f"progress to viewer, {name}, p99", delays.p99, "ms", at_most=limit_ms),
        Figure("  p50", delays.p50, "ms"),
        Figure("  until it was recorded, p99", commits.p99, "ms"),
    ]


async def _delays(
    settings: Settings, roles: Sequence[str], redis_url: str
) -> tuple[Stopwatch, Stopwatch]:
    """From each report to its line in the viewer's hands, and to its record."""
    delays, commits, port = Stopwatch(), Stopwatch(), free_port()
    with ExitStack() as processes:
        for role in roles:
            arguments = (MODULE, role, settings.data_dir, str(port), redis_url)
            processes.enter_context(started(*arguments))
        wait_for_answer(port)
        async with (
            open_services(settings, embedder=PreparedEmbedder()) as container,
            httpx.AsyncClient(base_url=address(port), timeout=60) as client,
        ):
            for number in range(JOBS):
                made, kept, seen = await _watched(container, client, f"job-{number}")
                delays.times += _milliseconds(made, seen)
                commits.times += _milliseconds(made, kept)
    return delays, commits


async def _watched(
    container: Container, client: httpx.AsyncClient, job_id: str
) -> tuple[list[int], list[int], list[int]]:
    """Run one job under the eyes of a viewer who was there before it began.

    When each report was made, kept, and seen by the viewer.
    """
    queue = f"/api/admin/queues/{Queue.TITLES}"
    (await client.post(f"{queue}/pause")).raise_for_status()
    job = NewJob(job_id, Queue.TITLES, NAME, {})
    await container.adapters.database.write(lambda tx: tx.jobs.enqueue([job]))
    seen: dict[int, int] = {}
    final: dict[str, Any] = {}
    async for event, at in _events(client, job_id):
        if event["type"] == "connected":
            (await client.post(f"{queue}/resume")).raise_for_status()
        elif event["status"] == "active":
            seen[event["progress"]] = at
        final = event
    result = final["result"]
    assert len(result["made"]) == len(seen) == STEPS, "the viewer missed steps"
    return result["made"], result["kept"], [seen[step] for step in range(1, STEPS + 1)]


def _milliseconds(starts: Sequence[int], ends: Sequence[int]) -> list[float]:
    return [(end - start) / 1e6 for start, end in zip(starts, ends, strict=True)]


async def _events(
    client: httpx.AsyncClient, job_id: str
) -> AsyncIterator[tuple[dict[str, Any], int]]:
    """Events with the moment in which they were in our hands."""
    async with client.stream("GET", f"/api/admin/jobs/{job_id}/progress") as response:
        response.raise_for_status()
        async for line in response.aiter_lines():
            at = time.time_ns()
            if line.startswith("data: "):
                yield json.loads(line.removeprefix("data: ")), at
