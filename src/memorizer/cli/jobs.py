"""`memorizer jobs`."""

from typing import Annotated

import typer

from memorizer.cli.options import DataDir, Limit
from memorizer.domain.jobs import PUBLIC_QUEUES, JobState, Queue

app = typer.Typer(help="Look at background jobs and steer them.", no_args_is_help=True)

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id.", show_default=False)]


def _queue(value: str) -> Queue:
    if value in PUBLIC_QUEUES:
        return Queue(value)
    raise typer.BadParameter(f"choose from {', '.join(PUBLIC_QUEUES)}")


@app.command("list")
def list_(
    queue: Annotated[
        Queue | None,
        typer.Option(parser=_queue, metavar="QUEUE", help=f"{' or '.join(PUBLIC_QUEUES)}."),
    ] = None,
    state: Annotated[
        JobState | None,
        typer.Option(metavar="STATE", help=f"{', '.join(JobState)}."),
    ] = None,
    limit: Limit = 20,
    data_dir: DataDir = None,
) -> None:
    """Show the newest jobs and how many there are."""
    from memorizer.cli import session, show_jobs
    from memorizer.domain.jobs import Job, QueueCounts
    from memorizer.services import Services

    async def read(services: Services) -> tuple[list[Job], list[QueueCounts], bool]:
        page, _ = await services.jobs.page(queue=queue, state=state, limit=limit)
        return page, await services.jobs.counts(), bool(await services.jobs.workers())

    show_jobs.overview(*session.existing(data_dir, read))


@app.command()
def show(job_id: JobId, data_dir: DataDir = None) -> None:
    """Show all there is to know about one job."""
    from memorizer.cli import session, show_jobs
    from memorizer.domain.jobs import Job, JobFailure
    from memorizer.services import Services

    async def read(services: Services) -> tuple[Job, list[JobFailure]]:
        return await services.jobs.get(job_id), await services.jobs.failures(job_id)

    show_jobs.one(*session.existing(data_dir, read))


@app.command()
def retry(job_id: JobId, data_dir: DataDir = None) -> None:
    """Run a failed or cancelled job again; of a bulk job, only what is not done."""
    from memorizer.cli import session, show_jobs
    from memorizer.services import Services

    async def again(services: Services) -> bool:
        await services.jobs.retry(job_id)
        return bool(await services.jobs.workers())

    show_jobs.retried(job_id, is_anyone_working=session.existing(data_dir, again))


@app.command()
def cancel(job_id: JobId, data_dir: DataDir = None) -> None:
    """Stop a job; one that runs ends at its next step."""
    from memorizer.cli import session, show_jobs

    show_jobs.cancelled(session.existing(data_dir, lambda services: services.jobs.cancel(job_id)))


@app.command()
def watch(job_id: JobId, data_dir: DataDir = None) -> None:
    """Follow a job to its end; the exit code says whether it completed."""
    from memorizer.cli import follow, session

    if not session.existing(data_dir, lambda services: follow.job(services, job_id)):
        raise typer.Exit(1)


@app.command("take-over")
def take_over(data_dir: DataDir = None) -> None:
    """Let this store use the job queues in Redis that another store used, which is stopped.

    Needed once where this store is in the place of that one: a copy in another database, or a
    backup that was restored elsewhere.
    """
    from memorizer.cli import session, show_jobs

    prefix, is_new = session.take_over(data_dir)
    show_jobs.taken_over(prefix, is_new=is_new)
