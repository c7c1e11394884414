"""Queues, workers and the life of a job as JSON."""

from typing import Self

from pydantic import Field

from memorizer.domain import jobs as domain
from memorizer.domain.jobs import LIFECYCLE, Action, JobState, Queue, StateRule
from memorizer.http.schemas.jobs import JOB_ID, QueueName
from memorizer.http.schemas.wire import Milliseconds, Sent


class QueueCounts(Sent):
    """How many jobs of one queue are in each state."""

    waiting: int = Field(examples=[0])
    active: int = Field(examples=[1])
    completed: int = Field(examples=[5])
    failed: int = Field(examples=[0])
    delayed: int = Field(description="Wait out the pause after a failure.", examples=[0])
    cancelled: int = Field(examples=[0])
    paused: bool = Field(description="Whether workers leave this queue alone.", examples=[False])

    @classmethod
    def of(cls, counts: domain.QueueCounts) -> Self:
        by_state = {state.value: counts.by_state.get(state, 0) for state in JobState}
        return cls.model_validate({**by_state, "paused": counts.paused})


class AdminStats(Sent):
    """Both queues."""

    title_queue: QueueCounts
    embedding_queue: QueueCounts

    @classmethod
    def of(cls, counts: list[domain.QueueCounts]) -> Self:
        by_queue = {each.queue: QueueCounts.of(each) for each in counts}
        return cls(title_queue=by_queue[Queue.TITLES], embedding_queue=by_queue[Queue.EMBEDDINGS])


class QueueState(Sent):
    """A queue that was paused or resumed."""

    queue: QueueName = Field(examples=["title-generation"])
    paused: bool = Field(examples=[True])


class Worker(Sent):
    """A process, or a part of one, that runs jobs."""

    id: str = Field(examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e14"])
    host: str = Field(examples=["laptop"])
    pid: int = Field(examples=[4711])
    queues: list[str] = Field(examples=[["title-generation", "embedding-regeneration"]])
    started_at: Milliseconds
    heartbeat_at: Milliseconds
    current_jobs: list[str] = Field(examples=[[JOB_ID]])

    @classmethod
    def of(cls, worker: domain.Worker) -> Self:
        return cls(
            id=worker.id,
            host=worker.host,
            pid=worker.pid,
            queues=[queue.value for queue in worker.queues],
            started_at=worker.started_at,
            heartbeat_at=worker.heartbeat_at,
            current_jobs=list(worker.current_jobs),
        )


class Workers(Sent):
    """Workers that are alive."""

    workers: list[Worker]
    count: int = Field(examples=[1])


class StateInfo(Sent):
    """One state of a job."""

    meaning: str = Field(examples=[LIFECYCLE[JobState.COMPLETED].meaning])
    final: bool = Field(description="Whether a job never leaves it by itself.", examples=[True])
    actions: list[Action] = Field(description="What may be done in it.", examples=[[Action.REMOVE]])

    @classmethod
    def of(cls, rule: StateRule) -> Self:
        return cls(meaning=rule.meaning, final=rule.final, actions=sorted(rule.actions))
