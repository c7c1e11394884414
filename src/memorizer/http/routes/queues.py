"""Routes and schemas for job queues, job groups, workers and job states."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer import __version__
from memorizer.domain import job_groups
from memorizer.domain import jobs as domain
from memorizer.domain.jobs import LIFECYCLE, Action, JobState, Queue, StateRule
from memorizer.http.dependencies import AdminServicesDep, parse_queue
from memorizer.http.errors import problems
from memorizer.http.routes.jobs_schemas import GROUP_ID, JOB_ID, QueueName
from memorizer.http.schemas import Milliseconds, ResponseModel, absent
from memorizer.services.jobs import System


class QueueCounts(ResponseModel):
    """Number of jobs of one queue in each state."""

    waiting: int = Field(examples=[0])
    active: int = Field(examples=[1])
    completed: int = Field(examples=[5])
    failed: int = Field(examples=[0])
    delayed: int = Field(
        description="Waiting for their next attempt after a failure.", examples=[0]
    )
    cancelled: int = Field(examples=[0])
    paused: bool = Field(description="Whether the queue is paused.", examples=[False])

    @classmethod
    def of(cls, counts: domain.QueueCounts) -> Self:
        by_state = {state.value: counts.by_state.get(state, 0) for state in JobState}
        return cls.model_validate({**by_state, "paused": counts.paused})


class AdminStats(ResponseModel):
    """All queues."""

    title_queue: QueueCounts
    embedding_queue: QueueCounts
    document_queue: QueueCounts

    @classmethod
    def of(cls, counts: list[domain.QueueCounts]) -> Self:
        by_queue = {each.queue: QueueCounts.of(each) for each in counts}
        return cls(
            title_queue=by_queue[Queue.TITLES],
            embedding_queue=by_queue[Queue.EMBEDDINGS],
            document_queue=by_queue[Queue.DOCUMENTS],
        )


class QueueState(ResponseModel):
    """A queue that was paused or resumed."""

    queue: QueueName = Field(examples=["title-generation"])
    paused: bool = Field(examples=[True])


class Worker(ResponseModel):
    """A worker: a process, or a part of one, that runs jobs."""

    id: str = Field(examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e14"])
    host: str = Field(examples=["laptop"])
    pid: int = Field(examples=[4711])
    queues: list[str] = Field(examples=[["title-generation", "embedding-regeneration"]])
    started_at: Milliseconds
    heartbeat_at: Milliseconds
    current_jobs: list[str] = Field(examples=[[JOB_ID]])

    @classmethod
    def of(cls, worker: domain.WorkerRecord) -> Self:
        return cls(
            id=worker.id,
            host=worker.host,
            pid=worker.pid,
            queues=[queue.value for queue in worker.queues],
            started_at=worker.started_at,
            heartbeat_at=worker.heartbeat_at,
            current_jobs=list(worker.current_jobs),
        )


class Workers(ResponseModel):
    """Live workers."""

    workers: list[Worker]
    count: int = Field(examples=[1])


class StateInfo(ResponseModel):
    """One state of a job."""

    meaning: str = Field(examples=[LIFECYCLE[JobState.COMPLETED].meaning])
    final: bool = Field(
        description="Whether a job stays in this state unless a user acts.", examples=[True]
    )
    actions: list[Action] = Field(
        description="Actions that are possible in this state.", examples=[[Action.REMOVE]]
    )

    @classmethod
    def of(cls, rule: StateRule) -> Self:
        return cls(meaning=rule.meaning, final=rule.final, actions=sorted(rule.actions))


class MinuteCount(ResponseModel):
    """Number of jobs that ended within one minute."""

    at: Milliseconds
    completed: int = Field(examples=[12])
    failed: int = Field(examples=[0])


class Throughput(ResponseModel):
    """All queues, minute by minute; the last minute is still incomplete."""

    title_queue: list[MinuteCount]
    embedding_queue: list[MinuteCount]
    document_queue: list[MinuteCount]

    @classmethod
    def of(cls, counts: list[domain.MinuteCount]) -> Self:
        by_queue: dict[Queue, list[MinuteCount]] = {queue: [] for queue in domain.PUBLIC_QUEUES}
        for each in counts:
            minute = MinuteCount(at=each.at, completed=each.completed, failed=each.failed)
            by_queue[each.queue].append(minute)
        return cls(
            title_queue=by_queue[Queue.TITLES],
            embedding_queue=by_queue[Queue.EMBEDDINGS],
            document_queue=by_queue[Queue.DOCUMENTS],
        )


class JobGroup(ResponseModel):
    """Jobs created by one request, or worked off by a queue without a pause."""

    id: str = Field(
        description="The queue's name, if the jobs were not created by one request.",
        examples=[GROUP_ID],
    )
    queue: QueueName = Field(examples=["title-generation"])
    name: str = Field(description="What its jobs do.", examples=[domain.GENERATE_TITLE])
    total: int = Field(examples=[50])
    states: dict[JobState, int] = Field(
        description="Number of its jobs in each state.",
        examples=[{"waiting": 20, "active": 1, "completed": 29}],
    )
    started_at: Milliseconds
    finished_at: Milliseconds | None = Field(description="Null until all have ended.")

    @classmethod
    def of(cls, group: job_groups.JobGroup) -> Self:
        return cls(
            id=group.id,
            queue=group.queue,
            name=group.name,
            total=sum(group.by_state.values()),
            states=dict(group.by_state),
            started_at=group.started_at,
            finished_at=group.finished_at,
        )


class JobGroups(ResponseModel):
    """Groups of the last 24 hours, newest first."""

    groups: list[JobGroup]
    count: int = Field(examples=[1])


class GroupCancelled(ResponseModel):
    """Number of jobs of a group that were cancelled."""

    message: str = Field(examples=["Jobs cancelled"])
    count: int = Field(examples=[20])


class SystemInfo(ResponseModel):
    """Version, database, queue backend and title model of this process."""

    version: str = Field(examples=["0.1.0"])
    started_at: Milliseconds
    queue_engine: str = Field(description="`database` or `redis`.", examples=["database"])
    database_engine: str = Field(examples=["sqlite"])
    title_writer: str = Field(description="How titles are generated.", examples=["extractive"])
    title_model: str = Field(examples=["all-MiniLM-L6-v2-int8"])
    rerank_model: str | SkipJsonSchema[None] = absent(
        description="What puts the best hits of a search in order; absent if nothing does."
    )
    worker: bool = Field(description="Whether this process runs jobs itself.", examples=[True])

    @classmethod
    def of(cls, system: System) -> Self:
        return cls(
            version=__version__,
            started_at=system.started_at,
            queue_engine=system.queue_engine,
            database_engine=system.database_engine,
            title_writer=system.title_writer,
            title_model=system.title_model,
            rerank_model=system.rerank_model,
            worker=system.worker,
        )


router = APIRouter(prefix="/api/admin", tags=["queues"], responses=problems(400, 403, 503))


def _queue(queue: Annotated[QueueName, Path(description="The queue.")]) -> Queue | None:
    return parse_queue(queue)


QueueOfPath = Annotated[Queue, Depends(_queue)]


@router.get("/stats")
async def get_queue_stats(services: AdminServicesDep) -> AdminStats:
    """Count the jobs of all queues by state."""
    return AdminStats.of(await services.jobs.counts())


@router.post("/queues/{queue}/pause")
async def pause_queue(queue: QueueOfPath, services: AdminServicesDep) -> QueueState:
    """Pause a queue: no new job starts, running jobs continue."""
    await services.jobs.pause(queue, paused=True)
    return QueueState(queue=queue, paused=True)


@router.post("/queues/{queue}/resume")
async def resume_queue(queue: QueueOfPath, services: AdminServicesDep) -> QueueState:
    """Resume a paused queue."""
    await services.jobs.pause(queue, paused=False)
    return QueueState(queue=queue, paused=False)


@router.get("/throughput", responses=problems(422))
async def get_throughput(
    services: AdminServicesDep,
    minutes: Annotated[
        int, Query(ge=1, le=120, description="Number of minutes, including the current one.")
    ] = 30,
) -> Throughput:
    """Count the jobs that ended in each of the last minutes."""
    return Throughput.of(await services.queue_stats.throughput(minutes))


@router.get("/groups")
async def list_groups(services: AdminServicesDep) -> JobGroups:
    """List the job groups of the last 24 hours, newest first."""
    groups = [JobGroup.of(each) for each in await services.queue_stats.groups()]
    return JobGroups(groups=groups, count=len(groups))


@router.post("/groups/{groupId}/cancel", responses=problems(404))
async def cancel_group(
    group_id: Annotated[
        str, Path(alias="groupId", description="The group's id.", examples=[GROUP_ID])
    ],
    services: AdminServicesDep,
) -> GroupCancelled:
    """Cancel all unfinished jobs of a group."""
    count = await services.queue_stats.cancel_group(group_id)
    return GroupCancelled(message="Jobs cancelled", count=count)


@router.get("/system")
async def get_system(services: AdminServicesDep) -> SystemInfo:
    """Return version, database, queue backend and title model of this process."""
    return SystemInfo.of(services.queue_stats.system)


@router.get("/workers")
async def list_workers(services: AdminServicesDep) -> Workers:
    """List the live workers on all machines."""
    workers = [Worker.of(each) for each in await services.jobs.workers()]
    return Workers(workers=workers, count=len(workers))


@router.get("/lifecycle")
async def get_lifecycle() -> dict[JobState, StateInfo]:
    """Return the meaning of each job state and the actions possible in it."""
    return {state: StateInfo.of(rule) for state, rule in LIFECYCLE.items()}
