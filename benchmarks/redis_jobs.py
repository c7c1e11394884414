"""What our worker costs on Redis, beside a bare BullMQ worker that does the same."""

import asyncio
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from bullmq import Job as BullJob
from bullmq import Queue as BullQueue
from bullmq import Worker as BullWorker

from benchmarks.figure import Bench, Figure
from benchmarks.jobs import JOBS, NAME, PER_TRANSACTION, throughput
from benchmarks.prepared import PreparedEmbedder
from benchmarks.redis_server import redis_server
from memorizer.bootstrap import open_services
from memorizer.settings import Settings

SLOTS: Final = (5, 16)
ROUNDS: Final = 5


async def measure(bench: Bench) -> list[Figure]:
    """Bare and ours take turns on one server."""
    figures: list[Figure] = []
    async with redis_server(bench.folder / "redis") as url:
        for slots in SLOTS:
            pairs = [await _pair(bench, url, slots, number) for number in range(ROUNDS)]
            ratio = median(ours / bare for ours, bare in pairs)
            figures += [
                Figure(f"no-op jobs on Redis ÷ bare BullMQ, {slots} slots", ratio, at_least=1.0),
                Figure("  ours", median(ours for ours, _ in pairs), "jobs/s"),
                Figure("  bare", median(bare for _, bare in pairs), "jobs/s"),
            ]
    return figures


async def _pair(bench: Bench, url: str, slots: int, number: int) -> tuple[float, float]:
    name = f"redis-{slots}-{number}"
    return await ours(bench.folder, url, slots, name), await bare(url, slots, name)


async def ours(folder: Path, url: str, slots: int, name: str) -> float:
    """Jobs a second of our worker, likewise on a filled queue."""
    settings = Settings.model_validate(
        {"data_dir": folder / name, "redis_url": url, "redis_prefix": f"ours-{name}"}
    )
    async with open_services(settings, embedder=PreparedEmbedder()) as container:
        return await throughput(container, slots, is_held_up=True)


async def bare(url: str, slots: int, name: str) -> float:
    """Jobs a second, from when a filled queue is let go to after the last is completed."""
    left, done = JOBS + 1, asyncio.Event()

    async def do_nothing(_job: BullJob, _token: str) -> dict[str, object]:
        return {}

    def count(_job: BullJob, _result: object) -> None:
        nonlocal left
        left -= 1
        if left in {0, JOBS}:
            done.set()

    options = {"connection": url, "prefix": f"bare-{name}"}
    queue = BullQueue("bench", options)
    worker = BullWorker("bench", do_nothing, {**options, "concurrency": slots})
    worker.on("completed", count)
    await _add(queue, 1)
    await done.wait()
    done.clear()
    await queue.pause()
    for _ in range(0, JOBS, PER_TRANSACTION):
        await _add(queue, PER_TRANSACTION)
    start = perf_counter()
    await queue.resume()
    await done.wait()
    seconds = perf_counter() - start
    await worker.close()
    await queue.close()
    return JOBS / seconds


async def _add(queue: BullQueue, count: int) -> None:
    options = {"attempts": 3, "removeOnComplete": False}
    await queue.addBulk([{"name": NAME, "data": {}, "opts": options} for _ in range(count)])
