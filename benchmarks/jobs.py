"""What the job engine itself costs: jobs that do nothing, and counting many finished ones."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.prepared import PreparedEmbedder
from benchmarks.stopwatch import Stopwatch
from memorizer.adapters.sql.job_transaction import JobTransaction
from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.jobs import Job, JobState, NewJob, Queue
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.settings import Settings

SLOTS: Final = (5, 16)
JOBS: Final = 3_000
PER_TRANSACTION: Final = 500
"""As many as services/jobs.py enqueues at once."""
ROUNDS: Final = 3
FINISHED: Final = 100_000
LOOKS: Final = 1_000
QUEUE: Final = Queue.TITLES
NAME: Final = "do-nothing"


@dataclass(frozen=True, slots=True)
class Nothing:
    """Fulfils ports.jobs.Task."""

    runs: list[str]
    name: str = NAME

    async def run(self, job: Job, report: Reporter) -> Effect:
        self.runs.append(job.id)
        return lambda _: {}


async def measure(bench: Bench) -> list[Figure]:
    """The numbers of slots take turns."""
    speeds: dict[int, list[float]] = {slots: [] for slots in SLOTS}
    for number in range(ROUNDS):
        for slots in SLOTS:
            async with _open(bench, f"{slots}-slots-{number}") as container:
                speeds[slots].append(await throughput(container, slots))
    async with _open(bench, "finished") as container:
        looks = await _counting(container)
    return [
        *(
            Figure(f"no-op jobs, {slots} slots", median(speeds[slots]), "jobs/s", at_least=1_000)
            for slots in SLOTS
        ),
        Figure(f"counts with {FINISHED:,} finished jobs, p99", looks.p99, "ms", at_most=10),
        Figure("  p50", looks.p50, "ms"),
    ]


def _open(bench: Bench, name: str) -> AbstractAsyncContextManager[Container]:
    settings = Settings(data_dir=bench.folder / name)
    return open_services(settings, embedder=PreparedEmbedder())


async def throughput(container: Container, slots: int, *, is_held_up: bool = False) -> float:
    """Jobs a second, from before the first is enqueued to after the last is completed.

    Or from when they are all there, if they are held up until then.
    """
    worker, task = container.worker, Nothing([])
    worker.tasks, worker.periodic_tasks, worker.slots = (task,), (), {QUEUE: slots}
    async with running(worker):
        await _enqueue(container, 1, "warm-up")
        await _completed(container, task, 1)
        await container.services.jobs.pause(QUEUE, paused=is_held_up)
        start = perf_counter()
        for number in range(0, JOBS, PER_TRANSACTION):
            await _enqueue(container, PER_TRANSACTION, str(number))
        if is_held_up:
            await _waiting(container)
            start = perf_counter()
            await container.services.jobs.pause(QUEUE, paused=False)
        await _completed(container, task, JOBS + 1)
        return JOBS / (perf_counter() - start)


async def _enqueue(container: Container, count: int, name: str) -> None:
    jobs = [NewJob(f"{name}-{number}", QUEUE, NAME, {}) for number in range(count)]
    await container.adapters.database.write(lambda tx: tx.jobs.enqueue(jobs))


async def _completed(container: Container, task: Nothing, count: int) -> None:
    """Looks at the counts only when all have run: that would be measured too."""
    while len(task.runs) < count or await _count_completed(container) < count:  # noqa: ASYNC110
        await asyncio.sleep(0.002)


async def _waiting(container: Container) -> None:
    async with container.services.signals.subscribe("nothing") as pause:
        while (await container.services.jobs.counts())[0].by_state[JobState.WAITING] < JOBS:
            await pause.wait(0.05)


async def _count_completed(container: Container) -> int:
    counts = await container.services.jobs.counts()
    return sum(queue.by_state[JobState.COMPLETED] for queue in counts)


async def _counting(container: Container) -> Stopwatch:
    """Finish many jobs without a worker, then look at the counts again and again."""
    for number in range(0, FINISHED, PER_TRANSACTION):
        await _enqueue(container, PER_TRANSACTION, str(number))
        await _finish(container)
    looks = Stopwatch()
    for _ in range(LOOKS):
        with looks.lap():
            await container.services.jobs.counts()
    assert await _count_completed(container) == FINISHED
    return looks


async def _finish(container: Container) -> None:
    def work(tx: JobTransaction) -> None:
        for claim in tx.job_consumer.claim("benchmark", QUEUE, PER_TRANSACTION):
            tx.job_consumer.complete(claim.lease, {})

    await container.adapters.database.write(work)
