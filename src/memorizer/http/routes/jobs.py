"""Routes for background jobs: start, list, cancel, retry and remove them."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from memorizer.domain.timestamps import HOUR_MS
from memorizer.http.dependencies import (
    DEFAULT_PAGE_LIMIT,
    AdminServicesDep,
    IdCursor,
    JobId,
    PageLimit,
    QueueParam,
    ServicesDep,
    parse_queue,
)
from memorizer.http.errors import problems
from memorizer.http.routes.jobs_schemas import (
    MAX_RETRIED_SHOWN,
    Cleaned,
    Cleaning,
    ConsolidationJob,
    EmbeddingJob,
    Job,
    JobFailures,
    JobFilter,
    JobPage,
    MemoryIds,
    NoTitleJobs,
    QueueChoice,
    Retried,
    TitleJobs,
)

router = APIRouter(prefix="/api/admin/jobs", tags=["jobs"], responses=problems(400, 403, 422, 503))


@router.post(
    "/title-generation",
    status_code=202,
    responses={
        200: {"model": NoTitleJobs, "description": "Every memory has a title."},
        **problems(404, 413, 415),
    },
)
async def generate_titles(
    services: AdminServicesDep, response: Response, body: MemoryIds | None = None
) -> TitleJobs | NoTitleJobs:
    """Generate titles in the background.

    Without ids: for live memories without a title. With ids: for exactly these; an existing
    title is replaced in a new version.
    """
    job_ids = await services.jobs.generate_titles(_ids(body))
    if not job_ids:
        response.status_code = 200
        return NoTitleJobs(message="No memories need title generation", count=0)
    return TitleJobs(message="Title generation jobs queued", count=len(job_ids), job_ids=job_ids)


@router.post("/embedding-regeneration", status_code=202, responses=problems(404, 409, 413, 415))
async def regenerate_embeddings(
    services: AdminServicesDep, body: MemoryIds | None = None
) -> EmbeddingJob:
    """Re-embed the given memories, or all, in the background. Search stays available.

    Only one job at a time re-embeds all memories.
    """
    job_id = await services.jobs.reembed(_ids(body))
    return EmbeddingJob(message="Embedding regeneration job queued", job_id=job_id)


@router.post("/consolidation", status_code=202)
async def consolidate(services: AdminServicesDep) -> ConsolidationJob:
    """Look through all memories in the background and make proposals; nothing is changed.

    While such a job is unfinished, this returns that one.
    """
    job_id = await services.jobs.consolidate()
    return ConsolidationJob(message="Consolidation job queued", job_id=job_id)


@router.post("/clean", responses=problems(413, 415))
async def clean_jobs(services: AdminServicesDep, body: Cleaning | None = None) -> Cleaned:
    """Remove completed, failed and cancelled jobs that ended some time ago."""
    wanted = body or Cleaning()
    removed = await services.jobs.clean(
        older_than_ms=int(wanted.older_than_hours * HOUR_MS), queue=parse_queue(wanted.queue)
    )
    return Cleaned(message="Jobs cleaned successfully", removed=removed)


@router.post("/retry-failed", responses=problems(413, 415))
async def retry_failed_jobs(services: AdminServicesDep, body: QueueChoice | None = None) -> Retried:
    """Re-enqueue failed jobs of one queue or of all, except those whose work another job covers."""
    queue = parse_queue(None if body is None else body.queue)
    job_ids = await services.jobs.retry_failed(queue)
    shown = job_ids[:MAX_RETRIED_SHOWN]
    return Retried(message="Failed jobs queued again", count=len(job_ids), job_ids=shown)


@router.get("")
async def list_jobs(services: AdminServicesDep, wanted: Annotated[JobFilter, Query()]) -> JobPage:
    """List jobs, newest first."""
    look = services.jobs.page if wanted.q is None else partial(services.queue_stats.find, wanted.q)
    page, cursor = await look(
        queue=parse_queue(wanted.queue),
        state=wanted.state,
        cursor=wanted.cursor,
        limit=wanted.limit,
    )
    jobs = [Job.of(job) for job in page]
    return JobPage(jobs=jobs, count=len(jobs), next_cursor=None if cursor is None else str(cursor))


@router.get("/{jobId}", responses=problems(404))
async def get_job(job_id: JobId, services: ServicesDep, queue: QueueParam) -> Job:
    """Return one job. A token that is bound to workspaces sees those of memories that it sees."""
    return Job.of(await services.memory_jobs.get(job_id, queue))


@router.delete("/{jobId}", status_code=204, responses=problems(404, 409))
async def remove_job(job_id: JobId, services: AdminServicesDep) -> None:
    """Remove a finished job with its result and failures."""
    await services.jobs.remove(job_id)


@router.get("/{jobId}/failures", responses=problems(404))
async def list_job_failures(
    job_id: JobId,
    services: AdminServicesDep,
    limit: PageLimit = DEFAULT_PAGE_LIMIT,
    cursor: IdCursor = None,
) -> JobFailures:
    """List the failed items of a bulk job, each with its error."""
    after = "" if cursor is None else str(cursor)
    found = await services.jobs.failures(job_id, after=after, limit=limit + 1)
    following = found[limit - 1].item_id if len(found) > limit else None
    return JobFailures.of(found[:limit], following)


@router.post("/{jobId}/cancel", responses=problems(404, 409))
async def cancel_job(job_id: JobId, services: AdminServicesDep) -> Job:
    """Cancel a job: a waiting one at once, an active one at its next step."""
    return Job.of(await services.jobs.cancel(job_id))


@router.post("/{jobId}/retry", responses=problems(404, 409))
async def retry_job(job_id: JobId, services: AdminServicesDep) -> Job:
    """Retry a failed or cancelled job; of a bulk job, only the items that are not done."""
    return Job.of(await services.jobs.retry(job_id))


def _ids(body: MemoryIds | None) -> list[str] | None:
    """Return the ids that were given; None for all memories that need it."""
    if body is None or body.memory_ids is None:
        return None
    return [str(memory_id) for memory_id in body.memory_ids]
