"""The queues as a whole: counts, pausing, workers, and what a job's states mean."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from memorizer.domain.jobs import LIFECYCLE, JobState, Queue
from memorizer.http.dependencies import ServicesDep, parse_queue
from memorizer.http.errors import problems
from memorizer.http.schemas.jobs import QueueName
from memorizer.http.schemas.queues import AdminStats, QueueState, StateInfo, Worker, Workers

router = APIRouter(prefix="/api/admin", tags=["queues"], responses=problems(400, 403, 503))


def _queue(queue: Annotated[QueueName, Path(description="The queue.")]) -> Queue | None:
    return parse_queue(queue)


QueueOfPath = Annotated[Queue, Depends(_queue)]


@router.get("/stats")
async def get_queue_stats(services: ServicesDep) -> AdminStats:
    """Count the jobs of both queues by state."""
    return AdminStats.of(await services.jobs.counts())


@router.post("/queues/{queue}/pause")
async def pause_queue(queue: QueueOfPath, services: ServicesDep) -> QueueState:
    """Let no new job of a queue begin; what runs goes on."""
    await services.jobs.pause(queue, paused=True)
    return QueueState(queue=queue, paused=True)


@router.post("/queues/{queue}/resume")
async def resume_queue(queue: QueueOfPath, services: ServicesDep) -> QueueState:
    """Let a paused queue go on."""
    await services.jobs.pause(queue, paused=False)
    return QueueState(queue=queue, paused=False)


@router.get("/workers")
async def list_workers(services: ServicesDep) -> Workers:
    """List the workers that are alive, on any machine."""
    workers = [Worker.of(each) for each in await services.jobs.workers()]
    return Workers(workers=workers, count=len(workers))


@router.get("/lifecycle")
async def get_lifecycle() -> dict[JobState, StateInfo]:
    """Read what each state of a job means, and what may be done in it."""
    return {state: StateInfo.of(rule) for state, rule in LIFECYCLE.items()}
