"""`memorizer reembed`."""

from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli.options import DataDir

if TYPE_CHECKING:
    from memorizer.services import Services


def reembed(
    watch: Annotated[
        bool,
        typer.Option("--watch", metavar="", help="Follow the job to its end with a progress bar."),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Embed all memories anew with the configured model, which then takes over search.

    Until it is complete, searches use the old vectors; cancelling keeps them.
    """
    from memorizer.cli import follow, session, show_jobs
    from memorizer.domain.errors import AlreadyRunning

    async def launch(services: "Services") -> tuple[str, bool]:
        job_id = await services.jobs.reembed()
        return job_id, bool(await services.jobs.workers())

    async def follow_to_end(services: "Services") -> bool:
        try:
            job_id = await services.jobs.reembed()
        except AlreadyRunning as running:
            job_id = running.job_id
            if not await _is_wanted(services, job_id):
                raise
        return await follow.to_end(services, job_id)

    if not watch:
        job_id, is_anyone_working = session.existing(data_dir, launch)
        show_jobs.launched(job_id, is_anyone_working=is_anyone_working)
    elif not session.working(data_dir, follow_to_end):
        raise typer.Exit(1)


async def _is_wanted(services: "Services", job_id: str) -> bool:
    """Whether a job that somebody else started embeds with the model that is configured here."""
    model = (await services.jobs.get(job_id)).data.get("model")
    configured = (await services.statistics.totals()).configured_model
    return isinstance(model, dict) and model.get("name") == configured
