"""`memorizer migrate` and `memorizer openapi`: the schemas of the database and of the REST API."""

from typing import Annotated

import typer

from memorizer.cli import console
from memorizer.cli.options import DataDir


def migrate(
    data_dir: DataDir = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Only list the migrations to apply."),
    ] = False,
) -> None:
    """Migrate the database to the current schema, as `start` and `worker` also do.

    Each migration is applied completely or not at all; several machines may run this at once.
    Exit code 0: the database is up to date (with --dry-run: the migrations were listed). 1: it is
    not, and an error says why.
    """
    from memorizer.bootstrap import maintenance
    from memorizer.cli import config

    settings = config.load(data_dir=data_dir)
    if settings.database_url is None and not dry_run:
        config.open_data_dir(settings.data_dir)
    steps = maintenance.pending(settings) if dry_run else maintenance.migrate(settings)
    for step in steps:
        console.line(f"would apply {step}" if dry_run else f"✓ {step}")
    if not steps:
        console.line(f"{maintenance.database_name(settings)} is up to date.")


def openapi() -> None:
    """Print the OpenAPI description of the REST API."""
    from memorizer.http.app import openapi_text

    console.json_line(openapi_text().rstrip("\n"))
