"""`memorizer migrate`."""

from typing import Annotated

import typer

from memorizer.cli.options import DataDir


def migrate(
    data_dir: DataDir = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Only show the steps that would be taken."),
    ] = False,
) -> None:
    """Bring the database to the present schema; `start` and `worker` do that by themselves too.

    Each step is taken whole or not at all; several machines may do it at once. Exit 0: the database
    is up to date (with --dry-run: the plan was shown); 1: it is not, and a line says why.
    """
    from rich.text import Text

    from memorizer.bootstrap import maintenance
    from memorizer.cli import config, console

    settings, out = config.load(data_dir=data_dir), console.out()
    if settings.database_url is None and not dry_run:
        config.open_data_dir(settings.data_dir)
    steps = maintenance.pending(settings) if dry_run else maintenance.migrate(settings)
    for step in steps:
        out.print(Text(f"would apply {step}" if dry_run else f"✓ {step}"))
    if not steps:
        out.print(Text(f"{maintenance.database_name(settings)} is up to date."), soft_wrap=True)
