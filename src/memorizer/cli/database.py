"""`memorizer backup`, `restore`, `copy` and `migrate`: the database as a whole."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from memorizer.cli import console, session
from memorizer.cli.options import AsJson, DataDir, Server, Workspace
from memorizer.cli.rest import Place
from memorizer.domain.errors import Misconfigured

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from memorizer.domain.backups import BackupRun, RestoredDatabase
    from memorizer.domain.database_copy import Table
    from memorizer.services import Services
    from memorizer.services.database_copy import Checked
    from memorizer.settings import Settings

_ID: Final = re.compile(r"[0-9a-fA-F-]{1,36}")
SQLITE_SCHEME = "sqlite:"
ADDRESS = "sqlite:DATA_DIR or postgresql://…"


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
    """Back up the database to one file; servers can keep running.

    The backup is verified before older ones are deleted.
    """
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

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
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE|ID",
            help="Backup file; or ids of memories, or what they begin with.",
            show_default=False,
        ),
    ],
    *,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            metavar="",
            help="Replace a PostgreSQL database that already holds memories.",
        ),
    ] = False,
    without_tokens: Annotated[
        bool,
        typer.Option("--without-tokens", metavar="", help="Restore no tokens and no sessions."),
    ] = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Bring memories back from the trash or the archive; or the whole database from a backup.

    With ids, memories come back as they were. With a file, the backup replaces the database, which
    is kept; stop the server first.
    """
    if all(_ID.fullmatch(each) and not Path(each).exists() for each in what):
        from memorizer.cli import trash

        trash.restore_memories(Place(data_dir, server, workspace), what, as_json=as_json)
        return
    if len(what) > 1 or server is not None:
        raise Misconfigured("Name one backup file, without --server, or ids of memories.")
    file = Path(what[0])
    settings = session.load_settings(data_dir=data_dir)
    session.open_data_dir(settings.data_dir)

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
        console.note(
            "the backup does not contain the jobs in Redis; old jobs there will find nothing to do."
        )
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


def migrate(
    data_dir: DataDir = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", metavar="", help="Only list the migrations to apply."),
    ] = False,
) -> None:
    """Migrate the database to the current schema, as `start` and `worker` also do.

    Each migration is applied completely or not at all; several machines can run this at once.
    The exit code is 0 if the database is up to date (with --dry-run: if the migrations were
    listed); otherwise it is 1, and an error says why.
    """
    from memorizer.bootstrap import maintenance

    settings = session.load_settings(data_dir=data_dir)
    if settings.database_url is None and not dry_run:
        session.open_data_dir(settings.data_dir)
    steps = maintenance.pending(settings) if dry_run else maintenance.migrate(settings)
    for step in steps:
        console.line(f"would apply {step}" if dry_run else f"✓ {step}")
    if not steps:
        console.line(f"{maintenance.database_name(settings)} is up to date.")


def copy(
    from_: Annotated[
        str,
        typer.Option("--from", metavar="ADDRESS", help=f"{ADDRESS}; it is not changed."),
    ],
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="ADDRESS",
            help=f"{ADDRESS}; must be empty, or an interrupted copy.",
        ),
    ],
) -> None:
    """Copy a whole store into another database, then compare the two.

    Copies memories (deleted ones too), versions, events, relationships, vectors, tokens and
    unfinished jobs. Stop the servers first: what they write during the copy is not copied. If
    interrupted, run the command again.
    """
    import asyncio

    from memorizer.cli import logs

    source, target = _settings(from_), _settings(to)
    logs.configure("warning", source.log_format)
    for check in asyncio.run(_copy(source, target)):
        console.success(f"{check.rows:>10,} {check.table:<18} sha256 {check.checksum[:16]}")
    console.line("Both databases have the same content.")


def _settings(address: str) -> "Settings":
    """Return the settings with this database. Raises Misconfigured."""
    if not address.startswith(SQLITE_SCHEME):
        if "://" not in address:
            raise Misconfigured(f"{address!r} is not a database. Write {ADDRESS}.")
        return session.load_settings(database_url=address)
    path = Path(address.removeprefix(SQLITE_SCHEME).replace("///", "/", 1))
    settings = session.load_settings(data_dir=path.parent if path.is_file() else path)
    if path.is_file() and path.name != settings.database_file.name:
        raise Misconfigured(
            f"{path} is neither a data directory nor a file named {settings.database_file.name}."
        )
    return settings.model_copy(update={"database_url": None})


async def _copy(source: "Settings", target: "Settings") -> "list[Checked]":
    from memorizer.bootstrap.maintenance import open_copy

    async with open_copy(source, target) as database_copy:
        with console.counting_progress() as progress:
            return await database_copy.run(_TableBars(progress).update)


class _TableBars:
    """A progress bar for each table that is not empty."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._tasks: dict[Table, TaskID] = {}

    def update(self, table: "Table", done: int, total: int) -> None:
        if not total:
            return
        if table not in self._tasks:
            self._tasks[table] = self._progress.add_task(f"Copying {table}", total=total)
        self._progress.update(self._tasks[table], completed=done)
