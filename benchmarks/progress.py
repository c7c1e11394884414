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
from benchmarks.stopwatch import Stopwatch
from memorizer.bootstrap import Assembly, open_services
from memorizer.domain.jobs import NewJob, Queue
from memorizer.settings import Settings

JOBS: Final = 6
MODULE: Final = "benchmarks.progress_process"
LIMITS_MS: Final = {"one process": 20, "two processes": 300}
ROLES: Final = {"one process": ("both",), "two processes": ("serve", "work")}


async def measure(bench: Bench) -> list[Figure]:
    """A server whose own worker works, then one with a worker beside it."""
    figures: list[Figure] = []
    for name, limit in LIMITS_MS.items():
        delays, commits = await _delays(bench, name)
        figures += [
            Figure(f"progress to viewer, {name}, p99", delays.p99, "ms", at_most=limit),
            Figure("  p50", delays.p50, "ms"),
            Figure("  until it was committed, p99", commits.p99, "ms"),
        ]
    return figures


async def _delays(bench: Bench, name: str) -> tuple[Stopwatch, Stopwatch]:
    """From each report to its line in the viewer's hands, and to its commit."""
    delays, commits, port = Stopwatch(), Stopwatch(), free_port()
    settings = Settings(data_dir=bench.folder / name)
    with ExitStack() as processes:
        for role in ROLES[name]:
            processes.enter_context(started(MODULE, role, settings.data_dir, str(port)))
        wait_for_answer(port)
        async with (
            open_services(settings, embedder=PreparedEmbedder()) as assembly,
            httpx.AsyncClient(base_url=address(port), timeout=60) as client,
        ):
            for number in range(JOBS):
                made, kept, seen = await _watched(assembly, client, f"job-{number}")
                delays.times += _milliseconds(made, seen)
                commits.times += _milliseconds(made, kept)
    return delays, commits


async def _watched(
    assembly: Assembly, client: httpx.AsyncClient, job_id: str
) -> tuple[list[int], list[int], list[int]]:
    """Run one job under the eyes of a viewer who was there before it began.

    When each report was made, kept, and seen by the viewer.
    """
    queue = f"/api/admin/queues/{Queue.TITLES}"
    (await client.post(f"{queue}/pause")).raise_for_status()
    job = NewJob(job_id, Queue.TITLES, NAME, {})
    await assembly.parts.database.write(lambda tx: tx.jobs.enqueue([job]))
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
