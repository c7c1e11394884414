"""Schemas for background jobs. Field names follow BullMQ; times are UTC milliseconds."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import jobs as domain
from memorizer.domain.job_groups import group_of
from memorizer.domain.jobs import PUBLIC_QUEUES, Action, JobState
from memorizer.http.routes.memories_schemas import MEMORY_ID
from memorizer.http.schemas import Milliseconds, RequestModel, ResponseModel, absent

JOB_ID = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e11"
BULK_JOB_ID = "bulk-01936f5e-8a00-7c3e-9d41-2f6b8a7c5e13"
GROUP_ID = "titles-01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10"
MAX_IDS = 10_000
MAX_RETRIED_SHOWN = 1_000
MAX_HOURS = 87_600  # ten years

QueueName = Annotated[
    str, Field(json_schema_extra={"enum": [queue.value for queue in PUBLIC_QUEUES]})
]
"""Checked by parse_queue: a wrong one is a malformed request (400), and says which exist."""


class Items(ResponseModel):
    """Progress of a bulk job."""

    total: int = Field(examples=[2000])
    done: int = Field(description="Items that succeeded or needed no work.", examples=[1200])
    failed: int = Field(examples=[0])

    @classmethod
    def of(cls, items: domain.BulkProgress) -> Self:
        return cls(total=items.total, done=items.done, failed=items.failed)


class Job(ResponseModel):
    """A job and its current state."""

    id: str = Field(examples=[JOB_ID])
    name: str = Field(description="What the job does.", examples=[domain.GENERATE_TITLE])
    queue: QueueName = Field(examples=["title-generation"])
    data: dict[str, JsonValue] = Field(
        description="Its input. A title job shows the current text of its memory.",
        examples=[{"memoryId": MEMORY_ID, "text": "Machine learning is …", "type": "note"}],
    )
    progress: int = Field(description="0 to 100.", examples=[100])
    state: JobState = Field(examples=[JobState.COMPLETED])
    returnvalue: dict[str, JsonValue] | None = Field(
        description="Its result, once completed.", examples=[{"title": "Machine learning"}]
    )
    failed_reason: str | None = Field(description="Why the last attempt failed.", examples=[None])
    timestamp: Milliseconds = Field(description="When it was queued.")
    processed_on: Milliseconds | None = Field(description="When its last attempt began.")
    finished_on: Milliseconds | None = Field(description="When it ended.")
    attempts_made: int = Field(examples=[1])
    max_attempts: int = Field(examples=[domain.MAX_ATTEMPTS])
    rescues: int = Field(description="How often it was recovered from a dead worker.", examples=[0])
    cancel_requested: bool = Field(
        description="Its cancellation was requested; its worker has not stopped yet.",
        examples=[False],
    )
    actions: list[Action] = Field(
        description="Actions that are possible now.", examples=[[Action.REMOVE]]
    )
    items: Items | SkipJsonSchema[None] = absent(description="Only for a bulk job.")
    memory_id: str | SkipJsonSchema[None] = absent(
        description="The memory it works on, if it works on a single one.", examples=[MEMORY_ID]
    )
    parent_id: str | SkipJsonSchema[None] = absent(
        description="Its parent job.", examples=[BULK_JOB_ID]
    )
    group_id: str | SkipJsonSchema[None] = absent(
        description="The group it belongs to, if one request created several jobs.",
        examples=[GROUP_ID],
    )

    @classmethod
    def of(cls, job: domain.Job) -> Self:
        return cls.model_validate(
            {
                "id": job.id,
                "name": job.name,
                "queue": job.queue,
                "data": job.data,
                "progress": job.progress,
                "state": job.state,
                "returnvalue": job.result,
                "failed_reason": job.error,
                "timestamp": job.created_at,
                "processed_on": job.started_at,
                "finished_on": job.finished_at,
                "attempts_made": job.attempts,
                "max_attempts": job.max_attempts,
                "rescues": job.rescues,
                "cancel_requested": job.cancel_requested,
                "actions": sorted(job.actions),
                "items": None if job.items is None else Items.of(job.items),
                "memory_id": job.data.get("memoryId"),
                "parent_id": job.parent_id,
                "group_id": group_of(job.id),
            }
        )


class JobPage(ResponseModel):
    """Jobs, newest first."""

    jobs: list[Job]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=["1187"],
    )


class JobFilter(RequestModel):
    """Which jobs to list."""

    queue: QueueName | None = Field(None, description="Only this queue.")
    state: JobState | None = Field(None, description="Only this state.")
    q: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Only jobs whose id, text, result or error contains this. A search looks "
        "through some thousand jobs at a time: go on while there is a `nextCursor`.",
    )
    limit: int = Field(50, ge=1, le=100, description="Page size; a search may return a few more.")
    cursor: int | None = Field(
        None, ge=0, le=2**63 - 1, description="`nextCursor` of the previous page."
    )


class MemoryIds(RequestModel):
    """The memories to process; if omitted, all that need it."""

    memory_ids: Annotated[list[UUID], Field(min_length=1, max_length=MAX_IDS)] | None = Field(
        None, description="At least one id.", examples=[[MEMORY_ID]]
    )


class TitleJobs(ResponseModel):
    """The jobs that write titles, one per memory."""

    message: str = Field(examples=["Title generation jobs queued"])
    count: int = Field(examples=[3])
    job_ids: list[str] = Field(examples=[["abc123", "def456", "ghi789"]])


class NoTitleJobs(ResponseModel):
    """There was nothing to do."""

    message: str = Field(examples=["No memories need title generation"])
    count: int = Field(examples=[0])


class EmbeddingJob(ResponseModel):
    """The job that re-embeds."""

    message: str = Field(examples=["Embedding regeneration job queued"])
    job_id: str = Field(examples=[BULK_JOB_ID])


class ConsolidationJob(ResponseModel):
    """The job that makes proposals."""

    message: str = Field(examples=["Consolidation job queued"])
    job_id: str = Field(examples=["consolidation-01936f5e-8a00-7c3e-9d41-2f6b8a7c5e15"])


class Cleaning(RequestModel):
    """Which finished jobs to remove."""

    older_than_hours: float = Field(
        default=24,
        strict=True,
        ge=0,
        le=MAX_HOURS,
        allow_inf_nan=False,
        description="Only jobs that ended more hours ago than this; 0 removes all finished jobs.",
    )
    queue: QueueName | None = Field(default=None, description="Only jobs of this queue.")


class Cleaned(ResponseModel):
    """Number of jobs removed."""

    message: str = Field(examples=["Jobs cleaned successfully"])
    removed: int = Field(examples=[42])


class QueueChoice(RequestModel):
    """Which queue; both if omitted."""

    queue: QueueName | None = Field(None, description="Only this queue.")


class Retried(ResponseModel):
    """The jobs that were re-enqueued."""

    message: str = Field(examples=["Failed jobs queued again"])
    count: int = Field(description="Number of jobs re-enqueued.", examples=[1])
    job_ids: list[str] = Field(
        description=f"The first {MAX_RETRIED_SHOWN:,} of them; the list of jobs has all.",
        examples=[[JOB_ID]],
    )


class JobFailure(ResponseModel):
    """One item of a bulk job that failed."""

    item_id: str = Field(description="The memory's id.", examples=[MEMORY_ID])
    error: str = Field(examples=["The model cannot use this text."])
    at: Milliseconds


class JobFailures(ResponseModel):
    """The failed items of a bulk job; a retry processes only these."""

    failures: list[JobFailure]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10"],
    )

    @classmethod
    def of(cls, failures: list[domain.JobFailure], next_cursor: str | None) -> Self:
        listed = [JobFailure(item_id=f.item_id, error=f.error, at=f.at) for f in failures]
        return cls(failures=listed, count=len(listed), next_cursor=next_cursor)
