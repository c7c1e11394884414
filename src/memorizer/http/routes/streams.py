"""Routes for server-sent events: the progress of one job, and change notifications."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic, time
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from memorizer.domain.errors import MemorizerError
from memorizer.domain.jobs import Job, JobState, Queue
from memorizer.domain.topics import JOBS, MEMORIES
from memorizer.http.app_state import state_of
from memorizer.http.dependencies import JobId, QueueParam, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.routes.jobs_schemas import JOB_ID
from memorizer.http.sse import KEEP_ALIVE, EventStream, event
from memorizer.services import MemoryServices, Services
from memorizer.services.job_progress import KEEP_ALIVE_SECONDS, ProgressUpdate
from memorizer.services.memory_jobs import MemoryJobs

router = APIRouter(prefix="/api/admin", tags=["jobs"], responses=problems(400, 403, 503))

MIN_INTERVAL_SECONDS = 0.25
"""The shortest interval between two change notifications."""

_REVISION = re.compile(r"[0-9]{1,18}")

LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID",
        description="The `id` of the last event received; browsers send it automatically.",
    ),
]


def _stream(example: str) -> dict[int | str, dict[str, Any]]:
    content = {"text/event-stream": {"example": example}}
    return {200: {"description": "A stream of events.", "content": content}}


PROGRESS = "".join(
    [
        event({"type": "connected", "jobId": JOB_ID}),
        event({"type": "progress", "jobId": JOB_ID, "progress": 30, "status": "active"}, id_=3),
    ]
)
CHANGES = event({"type": "connected"}) + event({"type": "changed", "topics": ["jobs"]})
SEEN: dict[int | str, dict[str, Any]] = {
    204: {"description": "The client has received the final event; it should not reconnect."}
}


@router.get(
    "/jobs/{jobId}/progress",
    status_code=200,
    response_class=EventStream,
    responses={**_stream(PROGRESS), **SEEN, **problems(404)},
)
async def watch_job(
    job_id: JobId,
    services: ServicesDep,
    queue: QueueParam,
    last_event_id: LastEventId = None,
) -> Response:
    """Stream the progress of a job until it ends.

    The stream sends the current state, then every step, and ends after `completed` (with
    the `result`), `failed` (with the `error`) or `cancelled`. Any number of
    clients may open it at any time, before or after the end: all get the same final event.
    """
    job = await services.memory_jobs.get(job_id, queue)
    seen = _revision(last_event_id)
    if job.is_final and seen >= job.revision:
        return Response(status_code=204)
    # an id beyond the job's revision is invalid: send everything
    after = seen if seen <= job.revision else -1
    return EventStream(_progress(services.memory_jobs, job_id, queue, after))


@router.get("/events", status_code=200, response_class=EventStream, responses=_stream(CHANGES))
async def watch_everything(services: ServicesDep, request: Request) -> Response:
    """Stream notifications that jobs or memories changed, at most four per second.

    A token that is bound to workspaces, or a `workspace`, hears of memories there alone.
    """
    whole = state_of(request.app).services
    if services.scope.is_all:
        return EventStream(_changes(whole))
    return EventStream(_changes_within(services, whole))


async def _progress(
    watch: MemoryJobs, job_id: str, queue: Queue | None, after: int
) -> AsyncGenerator[str]:
    yield event({"type": "connected", "jobId": job_id})
    try:
        async with aclosing(watch.watch(job_id, queue, after=after)) as updates:
            async for update in updates:
                yield KEEP_ALIVE if update is None else _progress_event(update)
    except MemorizerError:
        return  # the job was removed or the queue failed: a reconnect tells which


async def _changes(services: Services) -> AsyncGenerator[str]:
    signals = services.signals
    async with signals.subscribe(JOBS, MEMORIES) as subscription:
        yield event({"type": "connected"})
        while not signals.closed:
            topics = await subscription.wait(KEEP_ALIVE_SECONDS)
            if signals.closed:
                return
            yield event({"type": "changed", "topics": sorted(topics)}) if topics else KEEP_ALIVE
            await asyncio.sleep(MIN_INTERVAL_SECONDS)


async def _changes_within(visible: MemoryServices, services: Services) -> AsyncGenerator[str]:
    """Notifications of changes that can be seen; a signal alone may be of others."""
    signals, statistics = services.signals, visible.statistics
    async with signals.subscribe(MEMORIES) as subscription:
        known = await statistics.fingerprint()
        yield event({"type": "connected"})
        sent_at = monotonic()
        while not signals.closed:
            changed = await subscription.wait(max(sent_at + KEEP_ALIVE_SECONDS - monotonic(), 0))
            if signals.closed:
                return
            current = await statistics.fingerprint() if changed else known
            if current != known:
                known, sent_at = current, monotonic()
                yield event({"type": "changed", "topics": [MEMORIES]})
            elif monotonic() >= sent_at + KEEP_ALIVE_SECONDS:
                sent_at = monotonic()
                yield KEEP_ALIVE
            await asyncio.sleep(MIN_INTERVAL_SECONDS)


def _progress_event(update: ProgressUpdate) -> str:
    job = update.job
    data: dict[str, object] = {
        "type": "progress",
        "jobId": job.id,
        "progress": update.progress,
        "status": update.state,
    }
    data |= _outcome(job, update.state)
    if job.items is not None:
        items = job.items
        data["items"] = {"total": items.total, "done": items.done, "failed": items.failed}
    now = int(time() * 1000)
    attempt = job.attempts if job.is_final else job.attempts + 1
    data |= {"attempt": attempt, "timestamp": min(now, job.finished_at or now)}
    return event(data, id_=update.revision)


def _outcome(job: Job, state: JobState) -> dict[str, object]:
    if state is JobState.COMPLETED:
        return {"result": job.result}
    if state is JobState.FAILED:
        return {"error": job.error}
    return {}


def _revision(last_event_id: str | None) -> int:
    """Return the revision in Last-Event-ID; -1 when absent or malformed."""
    given = (last_event_id or "").strip()
    return int(given) if _REVISION.fullmatch(given) else -1
