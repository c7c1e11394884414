"""Copying a store before somebody's eyes."""

import asyncio

from rich.progress import Progress, TaskID
from rich.text import Text

from memorizer.bootstrap.maintenance import open_copy
from memorizer.cli import console, logs
from memorizer.cli.carry_out import bar
from memorizer.domain.database_copy import Table
from memorizer.services.database_copy import Checked
from memorizer.settings import Settings


def run(source: Settings, target: Settings) -> None:
    """Copy, and print what is the same on both sides."""
    logs.configure("warning", source.log_format)
    checked = asyncio.run(_copied(source, target))
    out = console.out()
    for one in checked:
        line = f"{one.rows:>10,} {one.table:<18} sha256 {one.checksum[:16]}"
        out.print(Text.assemble(("✓ ", "green"), line), soft_wrap=True)
    out.print(Text("Everything is the same on both sides."))


async def _copied(source: Settings, target: Settings) -> list[Checked]:
    async with open_copy(source, target) as copy:
        with bar() as progress:
            return await copy.run(_Bars(progress).show)


class _Bars:
    """A bar for each table that has anything."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[Table, TaskID] = {}

    def show(self, table: Table, done: int, total: int) -> None:
        if not total:
            return
        if table not in self._tasks:
            self._tasks[table] = self._progress.add_task(f"Copying {table}", total=total)
        self._progress.update(self._tasks[table], completed=done)
