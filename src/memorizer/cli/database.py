"""`memorizer backup` and `memorizer restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console
from memorizer.cli.options import DataDir
from memorizer.domain.errors import Misconfigured

if TYPE_CHECKING:
    from memorizer.domain.backups import BackupRun, RestoredDatabase
    from memorizer.services import Services
    from memorizer.settings import Settings


def backup(
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="DIR",
            help="Folder for backups (default: MEMORIZER_BACKUP_DIR).",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            help="Number of backups to keep there (default: MEMORIZER_BACKUP_KEEP).",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Back up the database into one file, even while servers run.

    The backup is verified before older ones are deleted.
    """
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    from memorizer.cli import session

    columns = (TextColumn("Backing up"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())

    async def make(services: "Services") -> "BackupRun":
        with console.progress(*columns) as progress:
            task = progress.add_task("", total=1.0)
            return await services.backups.make(
                directory=to,
                keep=keep,
                watch=lambda share: progress.update(task, completed=share),
            )

    file = session.open_existing(data_dir, make).file
    if file is not None:
        size = console.size(file.bytes)
        console.success(
            f"{console.memories(file.memories)} backed up and verified, {size}: {file.path}"
        )


def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Backup to restore.", show_default=False)
    ],
    *,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            metavar="",
            help="PostgreSQL: replace a database that already holds memories.",
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
    """Replace the database with a backup; the old database is kept. Stop the server first."""
    from memorizer.cli import config

    settings = config.load(data_dir=data_dir)
    config.open_data_dir(settings.data_dir)

    from memorizer.bootstrap.maintenance import restore as restore_file

    _require_no_server(settings)
    restored = restore_file(settings, file, replace=replace, tokens=not without_tokens)
    print_restored(settings, file, restored, without_tokens=without_tokens)


def print_restored(
    settings: "Settings", file: Path, restored: "RestoredDatabase", *, without_tokens: bool
) -> None:
    """Print what was restored, where the previous database is, and which tokens work."""
    console.success(f"{console.memories(restored.memories)} restored from {file}.")
    if restored.kept is not None:
        console.note(f"the previous database is kept: {restored.kept}")
    if settings.redis_url is not None:
        console.note("a backup holds no jobs of Redis; jobs left there will find nothing to do.")
    if restored.tokens:
        names = ", ".join(f"{token.name} ({token.scope})" for token in restored.tokens)
        console.note(
            f"tokens in this backup that work again: {names}. "
            "Revoke them with `memorizer token revoke NAME`, or restore with --without-tokens."
        )
    if without_tokens:
        console.note(
            "the tokens and sessions of the backup were deleted: this store has none. "
            "Create one with `memorizer token create` before others can reach the server."
        )


def _require_no_server(settings: "Settings") -> None:
    """Raise Misconfigured while a server runs on the data directory."""
    from memorizer.mcp.stdio import server_discovery

    server = server_discovery.connect(settings.data_dir)
    if server is None:
        return
    server.connection.close()
    record = server_discovery.read(settings.data_dir)
    process = f" (process {record.pid})" if record else ""
    raise Misconfigured(
        f"A server is running on {settings.data_dir}{process}. Stop it first: press Ctrl-C in its "
        "terminal, or run `kill` with its process id."
    )
