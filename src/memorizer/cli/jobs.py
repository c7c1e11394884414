"""`memorizer jobs` and `memorizer reembed`."""

import json
import sys
from asyncio import CancelledError
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir, Limit
from memorizer.domain.errors import AlreadyRunning
from memorizer.domain.jobs import (
    CAPTURE,
    CONSOLIDATE,
    GENERATE_TITLE,
    IMPORT_FILE,
    INGEST_DOCUMENT,
    PUBLIC_QUEUES,
    REEMBED_ALL,
    REEMBED_ONE,
    Action,
    Job,
    JobFailure,
    JobState,
    Queue,
    QueueCounts,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from rich.text import Text

    from memorizer.services import Services
    from memorizer.services.job_progress import ProgressUpdate

    Updates = AsyncIterator[ProgressUpdate | None]

NAMES = {
    GENERATE_TITLE: "write title",
    IMPORT_FILE: "import file",
    INGEST_DOCUMENT: "ingest document",
    REEMBED_ONE: "re-embed one",
    REEMBED_ALL: "re-embed many",
    CONSOLIDATE: "consolidate",
    CAPTURE: "capture",
}
STYLES = {
    JobState.WAITING: "default",
    JobState.DELAYED: "yellow",
    JobState.ACTIVE: "cyan",
    JobState.COMPLETED: "green",
    JobState.FAILED: "red",
    JobState.CANCELLED: "magenta",
}
UNFINISHED = (JobState.WAITING, JobState.DELAYED, JobState.ACTIVE)
MAX_FAILURES = 10
MAX_JSON_COLUMNS = 300
"""The data of a title job holds the beginning of the memory's text."""
NO_WORKER = "No worker is running. Start one with `memorizer start` or `memorizer worker`."

app = typer.Typer(help="List, inspect and control background jobs.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="ID", help="Id of the job.", show_default=False)]


def _public_queue(value: str) -> Queue:
    if value in PUBLIC_QUEUES:
        return Queue(value)
    raise typer.BadParameter(f"choose from {', '.join(PUBLIC_QUEUES)}")


@app.command("list")
def list_(
    queue: Annotated[
        Queue | None,
        typer.Option(
            parser=_public_queue,
            metavar="QUEUE",
            help=f"Only this queue: {' or '.join(PUBLIC_QUEUES)}.",
        ),
    ] = None,
    state: Annotated[
        JobState | None,
        typer.Option(metavar="STATE", help=f"Only this state: {', '.join(JobState)}."),
    ] = None,
    limit: Limit = 20,
    data_dir: DataDir = None,
) -> None:
    """List the newest jobs, and the number of jobs in each queue."""

    async def read(services: "Services") -> tuple[list[Job], list[QueueCounts], bool]:
        page, _ = await services.jobs.page(queue=queue, state=state, limit=limit)
        return page, await services.jobs.counts(), bool(await services.jobs.workers())

    jobs, counts, has_worker = session.open_existing(data_dir, read)
    _print_jobs(jobs)
    _print_counts(counts, has_worker=has_worker)


@app.command()
def show(job_id: JobId, data_dir: DataDir = None) -> None:
    """Show all details of a job."""

    async def read(services: "Services") -> tuple[Job, list[JobFailure]]:
        return await services.jobs.get(job_id), await services.jobs.failures(job_id)

    _print_job(*session.open_existing(data_dir, read))


@app.command()
def retry(job_id: JobId, data_dir: DataDir = None) -> None:
    """Run a failed or cancelled job again; a bulk job processes only what is not done."""

    async def retry_job(services: "Services") -> bool:
        await services.jobs.retry(job_id)
        return bool(await services.jobs.workers())

    _print_waiting(job_id, has_worker=session.open_existing(data_dir, retry_job))


@app.command()
def cancel(job_id: JobId, data_dir: DataDir = None) -> None:
    """Cancel a job; a running job stops at its next step."""
    job = session.open_existing(data_dir, lambda services: services.jobs.cancel(job_id))
    outcome = "is cancelled" if job.is_final else "will stop at its next step"
    console.line(f"Job {job.id} {outcome}.")


@app.command()
def watch(job_id: JobId, data_dir: DataDir = None) -> None:
    """Follow a job until it ends; the exit code is 0 if it completed."""

    async def watch_job(services: "Services") -> bool:
        job = await services.jobs.get(job_id)
        if not job.is_final and not await services.jobs.workers():
            console.note(NO_WORKER)
        return await _watch_until_end(services, job_id)

    if not session.open_existing(data_dir, watch_job):
        raise typer.Exit(1)


@app.command("take-over")
def take_over(data_dir: DataDir = None) -> None:
    """Take over the job queues in Redis of another store; stop that store first.

    Needed once when this store replaces the other one: after `memorizer copy`, or after a backup
    was restored elsewhere.
    """
    import asyncio

    from memorizer.bootstrap import maintenance
    from memorizer.cli import logs

    settings = session.existing_settings(data_dir)
    logs.configure("warning", settings.log_format)
    is_new = asyncio.run(maintenance.take_over(settings))
    state = "now belong" if is_new else "already belong"
    console.line(f"The queues `{settings.redis_prefix}:` in Redis {state} to this store.")


def reembed(
    watch: Annotated[
        bool,
        typer.Option("--watch", metavar="", help="Follow the job with a progress bar."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Re-embed all memories with the configured model.

    Searches use the old vectors until the job completes; cancelling it keeps them.
    """

    async def enqueue(services: "Services") -> tuple[str, bool]:
        job_id = await services.jobs.reembed()
        return job_id, bool(await services.jobs.workers())

    if not watch:
        job_id, has_worker = session.open_existing(data_dir, enqueue)
        _print_waiting(job_id, has_worker=has_worker)
        console.line(f"Follow it with  memorizer jobs watch {job_id}")
    elif not session.open_with_worker(data_dir, _reembed_and_watch):
        raise typer.Exit(1)


def consolidate(
    watch: Annotated[
        bool,
        typer.Option("--watch", metavar="", help="Show its progress until it ends."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Look for duplicates, outdated memories and more; `memorizer proposals` lists what it found.

    No memory is changed.
    """

    async def start(services: "Services") -> tuple[str, bool]:
        return await services.jobs.consolidate(), bool(await services.jobs.workers())

    async def start_and_watch(services: "Services") -> bool:
        return await _watch_until_end(services, await services.jobs.consolidate())

    if not watch:
        job_id, has_worker = session.open_existing(data_dir, start)
        _print_waiting(job_id, has_worker=has_worker)
    elif not session.open_with_worker(data_dir, start_and_watch):
        raise typer.Exit(1)


def job_name(job: Job) -> str:
    """Return what the job does, in two words."""
    return NAMES.get(job.name, job.name)


async def _reembed_and_watch(services: "Services") -> bool:
    """Start the job, or join one that is running for the same model. Raises AlreadyRunning."""
    try:
        job_id = await services.jobs.reembed()
    except AlreadyRunning as running:
        job_id = running.job_id
        if not await _has_configured_model(services, job_id):
            raise
    return await _watch_until_end(services, job_id)


async def _has_configured_model(services: "Services", job_id: str) -> bool:
    """Return whether a job embeds with the model that is configured here."""
    model = (await services.jobs.get(job_id)).data.get("model")
    configured = (await services.statistics.totals()).configured_model
    return isinstance(model, dict) and model.get("name") == configured


def _print_waiting(job_id: str, *, has_worker: bool) -> None:
    console.line(f"Job {job_id} is waiting for a worker.")
    if not has_worker:
        console.note(NO_WORKER)


def _print_jobs(jobs: "Sequence[Job]") -> None:
    if not jobs:
        console.line("No jobs.")
        return
    table = console.table("ID", "JOB", "STATE", "CREATED")
    for job in jobs:
        table.add_row(job.id, job_name(job), _state(job), console.age(job.created_at))
    console.out().print(table)


def _print_counts(counts: "Sequence[QueueCounts]", *, has_worker: bool) -> None:
    out = console.out()
    out.print()
    for queue in counts:
        out.print(_count_line(queue))
    unfinished = sum(queue.by_state.get(state, 0) for queue in counts for state in UNFINISHED)
    if unfinished and not has_worker:
        console.note(NO_WORKER)


def _count_line(queue: QueueCounts) -> "Text":
    from rich.text import Text

    counts = [
        Text(f"{count:,} {state}", style=STYLES[state])
        for state, count in queue.by_state.items()
        if count
    ]
    if queue.paused:
        counts.append(Text("paused", style="yellow"))
    line = Text(f"{queue.queue:<24}", style="dim")
    return line.append_text(Text(", ").join(counts or [Text("no jobs")]))


def _print_job(job: Job, failures: "Sequence[JobFailure]") -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 3, 0, 0))
    for label, value in _job_details(job):
        grid.add_row(Text(label, style="dim"), value)
    console.out().print(grid)
    for failure in failures[:MAX_FAILURES]:
        console.line(("  ✗ ", "red"), f"{failure.item_id}  {console.plain(failure.error)}")
    if len(failures) > MAX_FAILURES:
        console.line((f"    and {len(failures) - MAX_FAILURES:,} more", "dim"))


def _job_details(job: Job) -> "Iterator[tuple[str, Text]]":
    """Yield labels and values."""
    from rich.text import Text

    yield "id", Text(job.id)
    yield "job", Text(f"{job.name}, in the queue {job.queue}")
    yield "state", _state(job)
    if job.items:
        items = job.items
        yield "items", Text(f"{items.done:,} done, {items.failed:,} failed, of {items.total:,}")
    yield "attempts", Text(f"{job.attempts} of {job.max_attempts}")
    yield "created", Text(f"{console.local_time(job.created_at)}  ({console.age(job.created_at)})")
    if job.started_at:
        yield "started", Text(console.local_time(job.started_at))
    if job.started_at and job.finished_at:
        seconds = (job.finished_at - job.started_at) / 1000
        yield "finished", Text(f"{console.local_time(job.finished_at)}  (took {seconds:,.1f} s)")
    if job.data:
        yield "input", _json(job.data)
    if job.result is not None:
        yield "result", _json(job.result, "green")
    if job.error:
        yield "error", Text(console.plain(job.error), style="red")
    actions = sorted(job.actions & {Action.CANCEL, Action.RETRY})
    if actions:
        yield "you can", Text("\n".join(f"memorizer jobs {action} {job.id}" for action in actions))


def _state(job: Job) -> "Text":
    """Return the state, with the progress while the job is running."""
    from rich.text import Text

    text = f"{job.state} {job.progress} %" if job.state is JobState.ACTIVE else str(job.state)
    return Text(text, style=STYLES[job.state])


def _json(value: object, style: str = "") -> "Text":
    text = console.cut(json.dumps(value, ensure_ascii=False), MAX_JSON_COLUMNS)
    text.no_wrap = False
    text.stylize(style)
    return text


async def _watch_until_end(services: "Services", job_id: str) -> bool:
    """Print progress until the job ends, then its result; return whether it completed."""
    try:
        job = await services.jobs.get(job_id)
        updates = services.job_progress.job(job_id)
        await (_draw_bar(job, updates) if sys.stdout.isatty() else _print_lines(updates))
    except CancelledError:  # Ctrl-C
        console.note(
            "The job goes on wherever a worker runs. Follow it with "
            f"`memorizer jobs watch {job_id}`, or stop it with `memorizer jobs cancel {job_id}`."
        )
        raise
    return _print_result(await services.jobs.get(job_id))


async def _draw_bar(job: Job, updates: "Updates") -> None:
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[details]}"),
        TimeElapsedColumn(),
        console=console.out(),
    )
    with bar:
        task = bar.add_task(job_name(job), total=100, details=_progress_details(job, job.state))
        async for update in updates:
            if update is not None:
                bar.update(task, completed=update.progress, details=_update_details(update))


async def _print_lines(updates: "Updates") -> None:
    async for update in updates:
        if update is not None:
            print(f"{update.progress:>3} %  {_update_details(update)}", flush=True)


def _update_details(update: "ProgressUpdate") -> str:
    """Return the state; with counts only for the newest revision: older counts are not kept."""
    is_newest = update.revision == update.job.revision
    return _progress_details(update.job, update.state) if is_newest else str(update.state)


def _progress_details(job: Job, state: JobState) -> str:
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
