"""The queues as a whole: counts, pausing, workers, and what a job's states mean."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from memorizer.domain.jobs import LIFECYCLE, JobState, Queue
from memorizer.http.dependencies import ServicesDep, parse_queue
from memorizer.http.errors import problems
from memorizer.http.schemas.jobs import GROUP_ID, QueueName
from memorizer.http.schemas.queues import (
    AdminStats,
    GroupCancelled,
    JobGroup,
    JobGroups,
    QueueState,
    StateInfo,
    SystemInfo,
    Throughput,
    Worker,
    Workers,
)

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


@router.get("/throughput", responses=problems(422))
async def get_throughput(
    services: ServicesDep,
    minutes: Annotated[int, Query(ge=1, le=120, description="How many, this one included.")] = 30,
) -> Throughput:
    """Count the jobs that ended in each of the last minutes."""
    return Throughput.of(await services.queue_stats.throughput(minutes))


@router.get("/groups")
async def list_groups(services: ServicesDep) -> JobGroups:
    """List the groups of jobs that one request made, of the last day, newest first."""
    groups = [JobGroup.of(each) for each in await services.queue_stats.groups()]
    return JobGroups(groups=groups, count=len(groups))


@router.post("/groups/{groupId}/cancel", responses=problems(404))
async def cancel_group(
    group_id: Annotated[
        str, Path(alias="groupId", description="The group's id.", examples=[GROUP_ID])
    ],
    services: ServicesDep,
) -> GroupCancelled:
    """Stop all jobs of a group that have not ended."""
    count = await services.queue_stats.cancel_group(group_id)
    return GroupCancelled(message="Jobs cancelled", count=count)


@router.get("/system")
async def get_system(services: ServicesDep) -> SystemInfo:
    """Read which version, which engines and which title model are in use."""
    return SystemInfo.of(services.queue_stats.system)


@router.get("/workers")
async def list_workers(services: ServicesDep) -> Workers:
    """List the workers that are alive, on any machine."""
    workers = [Worker.of(each) for each in await services.jobs.workers()]
    return Workers(workers=workers, count=len(workers))


@router.get("/lifecycle")
async def get_lifecycle() -> dict[JobState, StateInfo]:
    """Read what each state of a job means, and what may be done in it."""
    return {state: StateInfo.of(rule) for state, rule in LIFECYCLE.items()}
