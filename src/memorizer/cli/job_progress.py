"""Print the progress of a job: a live bar on a terminal, a line per step in a pipe."""

import json
import sys
from collections.abc import AsyncIterator

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from memorizer.cli import console
from memorizer.cli.jobs import job_name
from memorizer.domain.jobs import Job, JobState
from memorizer.services import Services
from memorizer.services.job_progress import ProgressUpdate

Updates = AsyncIterator[ProgressUpdate | None]


async def watch(services: Services, job_id: str) -> bool:
    """Print progress until the job ends, then its result; return whether it completed."""
    job = await services.jobs.get(job_id)
    updates = services.job_progress.job(job_id)
    await (_draw_bar(job, updates) if sys.stdout.isatty() else _print_lines(updates))
    return _print_result(await services.jobs.get(job_id))


async def _draw_bar(job: Job, updates: Updates) -> None:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[details]}"),
        TimeElapsedColumn(),
        console=console.out(),
    )
    with bar:
        task = bar.add_task(job_name(job), total=100, details=_details(job, job.state))
        async for update in updates:
            if update is not None:
                bar.update(task, completed=update.progress, details=_update_details(update))


async def _print_lines(updates: Updates) -> None:
    async for update in updates:
        if update is not None:
            print(f"{update.progress:>3} %  {_update_details(update)}", flush=True)


def _update_details(update: ProgressUpdate) -> str:
    """Return the state; with counts only for the newest revision: older counts are not kept."""
    is_newest = update.revision == update.job.revision
    return _details(update.job, update.state) if is_newest else str(update.state)


def _details(job: Job, state: JobState) -> str:
    """Return the state, and for a bulk job the counts of its items."""
    if job.items is None:
        return str(state)
    items = job.items
    failed = f", {items.failed:,} failed" if items.failed else ""
    return f"{state}, {items.done:,}/{items.total:,}{failed}"


def _print_result(job: Job) -> bool:
    is_completed = job.state is JobState.COMPLETED
    if is_completed:
        console.success(console.plain(json.dumps(job.result, ensure_ascii=False)))
    else:
        console.failure(f"{job.state}: {console.plain(job.error or '')}")
    return is_completed
