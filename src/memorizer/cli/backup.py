"""`memorizer backup` and `memorizer restore`."""

from pathlib import Path
from typing import Annotated

import typer

from memorizer.cli.options import DataDir


def backup(
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIR",
            help="Where; MEMORIZER_BACKUP_DIR if unset.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="How many stay there; MEMORIZER_BACKUP_KEEP if unset.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Copy everything into one file, while servers go on; it is verified before older ones go."""
    from memorizer.cli import session, show_backup
    from memorizer.domain.backups import BackupRun
    from memorizer.services import Services

    async def make(services: Services) -> BackupRun:
        with show_backup.watching() as watch:
            return await services.backups.make(directory=to, keep=keep, watch=watch)

    show_backup.made(session.existing(data_dir, make))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.", show_default=False)],
    *,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", metavar="", help="PostgreSQL: though there are memories already."
        ),
    ] = False,
    without_tokens: Annotated[
        bool,
        typer.Option(
            "--without-tokens", metavar="", help="Delete the backup's tokens and sessions."
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Put a backup in the place of the database; the old one is kept. Stop the server first."""
    from memorizer.cli import config, show_backup

    settings = config.load(data_dir=data_dir)
    config.open_data_dir(settings.data_dir)

    from memorizer.bootstrap.maintenance import restore as put_back
    from memorizer.cli import running

    running.require_none(settings)
    now = put_back(settings, file, replace=replace, tokens=not without_tokens)
    show_backup.restored(settings, file, now, tokens=not without_tokens)
