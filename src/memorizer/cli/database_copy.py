"""`memorizer copy`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console
from memorizer.domain.errors import Misconfigured

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from memorizer.domain.database_copy import Table
    from memorizer.services.database_copy import Checked
    from memorizer.settings import Settings

SQLITE_SCHEME = "sqlite:"
ADDRESS = "sqlite:DATA_DIR or postgresql://…"


def copy(
    from_: Annotated[
        str,
        typer.Option("--from", metavar="ADDRESS", help=f"{ADDRESS}; the source stays as it is."),
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="ADDRESS", help=f"{ADDRESS}; should be empty.")
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
    from memorizer.cli import config

    if not address.startswith(SQLITE_SCHEME):
        if "://" not in address:
            raise Misconfigured(f"{address!r} is no database. Write {ADDRESS}.")
        return config.load(database_url=address)
    path = Path(address.removeprefix(SQLITE_SCHEME).replace("///", "/", 1))
    settings = config.load(data_dir=path.parent if path.is_file() else path)
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
