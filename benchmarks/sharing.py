"""How much faster two worker processes re-embed everything than one."""

from contextlib import ExitStack
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.processes import started
from benchmarks.redis_server import redis_server
from benchmarks.sharing_process import SleepingEmbedder
from memorizer.bootstrap import Container, open_services
from memorizer.domain.jobs import JobState
from memorizer.domain.memories import Content
from memorizer.domain.topics import of_job
from memorizer.settings import Settings

MEMORIES: Final = 320
ROUNDS: Final = 1
MODULE: Final = "benchmarks.sharing_process"
PATIENCE_SECONDS: Final = 5.0


async def measure(bench: Bench) -> list[Figure]:
    """On both engines; one and two workers take turns."""
    async with redis_server(bench.folder / "redis") as url:
        ratios = {
            engine: median([await _ratio(bench, at, f"{engine}-{n}") for n in range(ROUNDS)])
            for engine, at in {"database": "", "Redis": url}.items()
        }
    return [
        Figure(f"two workers ÷ one, bulk re-embedding, {engine}", ratio, at_least=1.6)
        for engine, ratio in ratios.items()
    ]


async def _ratio(bench: Bench, redis_url: str, name: str) -> float:
    """How much longer one worker takes than two."""
    one = await _seconds(bench, redis_url, f"{name}-one", workers=1)
    return one / await _seconds(bench, redis_url, f"{name}-two", workers=2)


async def _seconds(bench: Bench, redis_url: str, name: str, *, workers: int) -> float:
    settings = Settings.model_validate(
        {"data_dir": bench.folder / name, "redis_url": redis_url or None}
    )
    async with open_services(settings, embedder=SleepingEmbedder()) as container:
        for number in range(MEMORIES):
            content = Content(f"memory {number}", title="T")
            await container.services.memories.create(content, actor="benchmark")
        with ExitStack() as processes:
            for _ in range(workers):
                processes.enter_context(started(MODULE, settings.data_dir, redis_url))
            await _present(container, workers)
            start = perf_counter()
            await _finished(container, await container.services.jobs.reembed())
            return perf_counter() - start


async def _present(container: Container, workers: int) -> None:
    async with container.services.signals.subscribe("nothing") as pause:
        while len(await container.services.jobs.workers()) < workers:
            await pause.wait(0.1)


async def _finished(container: Container, job_id: str) -> None:
    async with container.services.signals.subscribe(of_job(job_id)) as changes:
        while not (job := await container.services.jobs.get(job_id)).is_final:
            await changes.wait(PATIENCE_SECONDS)
    assert job.state is JobState.COMPLETED, job.error
