"""`memorizer jobs watch`: a live bar on a terminal, a line per step in a pipe."""

import json
import sys
from collections.abc import AsyncIterator

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from memorizer.cli import console, show_jobs
from memorizer.domain.jobs import Job, JobState
from memorizer.services import Services
from memorizer.services.job_progress import ProgressUpdate

Updates = AsyncIterator[ProgressUpdate | None]


async def job(services: Services, job_id: str) -> bool:
    """Follow the job to its end and print how it ended; whether it completed."""
    job = await services.jobs.get(job_id)
    if not job.is_final and not await services.jobs.workers():
        console.note("No worker is alive yet. `memorizer start` or `memorizer worker` does jobs.")
    return await to_end(services, job_id)


async def to_end(services: Services, job_id: str) -> bool:
    """The same, without a word on who does the job."""
    job = await services.jobs.get(job_id)
    updates = services.job_progress.job(job_id)
    await (_draw(job, updates) if sys.stdout.isatty() else _print(updates))
    return _end(await services.jobs.get(job_id))


async def _draw(job: Job, updates: Updates) -> None:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[details]}"),
        TimeElapsedColumn(),
        console=console.out(),
    )
    with bar:
        task = bar.add_task(show_jobs.name(job), total=100, details=_details(job, job.state))
        async for update in updates:
            if update is not None:
                bar.update(task, completed=update.progress, details=_news(update))


async def _print(updates: Updates) -> None:
    async for update in updates:
        if update is not None:
            print(f"{update.progress:>3} %  {_news(update)}", flush=True)


def _news(update: ProgressUpdate) -> str:
    """What is true at this step; of a past step the counts are not known any more."""
    is_present = update.revision == update.job.revision
    return _details(update.job, update.state) if is_present else str(update.state)


def _details(job: Job, state: JobState) -> str:
    """The state; of a bulk job also how far it is."""
    if job.items is None:
        return str(state)
    items = job.items
    failed = f", {items.failed:,} failed" if items.failed else ""
    return f"{state}, {items.done:,}/{items.total:,}{failed}"


def _end(job: Job) -> bool:
    is_completed = job.state is JobState.COMPLETED
    if is_completed:
        result = json.dumps(job.result, ensure_ascii=False)
        line = Text.assemble(("✓ ", "green"), console.plain(result))
    else:
        line = Text.assemble(("✗ ", "red"), f"{job.state}: {console.plain(job.error or '')}")
    console.out().print(line, soft_wrap=True)
    return is_completed
