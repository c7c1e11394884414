"""`start_job` and `watch_job`."""

import asyncio
from contextlib import aclosing, suppress
from typing import Annotated, Literal

from pydantic import Field

from memorizer.domain.auth import Scope
from memorizer.domain.jobs import Job
from memorizer.mcp.arguments import Arguments, Ids, InvalidArguments
from memorizer.mcp.results import Result
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool

MAX_IDS = 1_000
MAX_SHOWN = 10


class StartJob(Arguments):
    """Work for the background."""

    queue: Annotated[
        Literal["title-generation", "embedding-regeneration", "consolidation"],
        Field(description="What to do: generate titles, re-embed, or make proposals"),
    ]
    ids: Annotated[
        Ids | None,
        Field(
            max_length=MAX_IDS, description="Only these; if omitted, all that lack a title, or all"
        ),
    ] = None


class Started(Result):
    """Jobs that will run."""

    count: int
    job_ids: list[str]


@tool("Start a background job", ToolAnnotation.ADDS, scope=Scope.ADMIN)
async def start_job(call: ToolContext, wanted: StartJob) -> Started:
    """Generate titles, re-embed memories or look for what to propose, in the background."""
    if wanted.ids is not None and not wanted.ids:
        raise InvalidArguments("ids is empty: leave it out to mean all.")
    jobs = call.administration().jobs
    if wanted.queue == "title-generation":
        job_ids = await jobs.generate_titles(wanted.ids)
    elif wanted.queue == "consolidation":
        if wanted.ids is not None:
            raise InvalidArguments("ids: consolidation looks through all memories; leave it out.")
        job_ids = [await jobs.consolidate()]
    else:
        job_ids = [await jobs.reembed(wanted.ids)]
    if not job_ids:
        return Started(message="Nothing to do: no memory lacks a title.", count=0, job_ids=[])
    message = f'{len(job_ids)} queued. Use watch_job with jobId "{job_ids[0]}" to follow it.'
    return Started(message=message, count=len(job_ids), job_ids=job_ids[:MAX_SHOWN])


class WatchJob(Arguments):
    """A job to follow."""

    job_id: Annotated[str, Field(description="The job's id")]
    seconds: Annotated[int, Field(ge=0, le=300, description="How long to wait for its end")] = 30


class Watched(Result):
    """A job as it stands."""

    job_id: str
    state: str
    progress: int
    error: str | None = None


@tool("Watch a background job", ToolAnnotation.READS, reports=True)
async def watch_job(call: ToolContext, wanted: WatchJob) -> Watched:
    """Wait for a job's end, reporting its progress; after some seconds say how far it is."""
    with suppress(TimeoutError):
        async with asyncio.timeout(wanted.seconds):
            await _follow(call, wanted.job_id)
    return _watched(await call.services.memory_jobs.get(wanted.job_id))


async def _follow(call: ToolContext, job_id: str) -> None:
    async with aclosing(call.services.memory_jobs.watch(job_id)) as updates:
        async for update in updates:
            if update is not None:
                await call.report(update.progress, 100, f"{update.state} {update.progress} %")


def _watched(job: Job) -> Watched:
    advice = "" if job.is_final else " Call watch_job again to wait on."
    return Watched(
        message=f"{job.name} is {job.state}, {job.progress} % done.{advice}",
        job_id=job.id,
        state=job.state,
        progress=job.progress,
        error=job.error,
    )
