"""`memorizer trash` and `memorizer purge-version`: what deletes permanently."""

from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir, Limit, MemoryIds, Workspace, Yes
from memorizer.domain.memories import TrashedMemory
from memorizer.domain.timestamps import DAY_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memorizer.services import Services
    from memorizer.services.trash import Untrashed

MAX_TITLE_COLUMNS = 50
EMPTY = "The trash is empty."

app = typer.Typer(
    help="List, restore or permanently delete memories in the trash.", no_args_is_help=True
)


@app.command("list")
def list_(limit: Limit = 20, workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """List the memories in the trash, most recently deleted first."""

    async def read(services: "Services") -> "tuple[list[TrashedMemory], int, int]":
        page, _ = await services.trash.page(before=None, limit=limit)
        return page, await services.trash.count(), services.trash.age_ms

    _print_trash(*session.open_memories(data_dir, workspace, read))


@app.command()
def restore(ids: MemoryIds, workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Restore memories with their history and relationships."""

    async def bring_back(services: "Services") -> "list[Untrashed]":
        return [await services.trash.untrash(id_, actor="cli") for id_ in ids]

    for untrashed in session.open_memories(data_dir, workspace, bring_back):
        memory = untrashed.memory
        name = console.cut(memory.content.title or memory.content.text, MAX_TITLE_COLUMNS).plain
        console.line(("✓ ", "green"), "Restored ", (memory.id, "bold"), f"  {name}")
        if untrashed.lost_key:
            console.note(f"another memory has its key {untrashed.lost_key} now; it has none.")


@app.command()
def empty(
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ID", help="Id of a memory; repeatable. If omitted, the whole trash."
        ),
    ] = None,
    *,
    yes: Yes = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Permanently delete memories in the trash, with their whole history."""

    async def count(services: "Services") -> int:
        return await services.trash.count()

    async def purge(services: "Services") -> int:
        if not ids:
            return await services.trash.empty()
        for id_ in ids:
            await services.trash.purge(id_)
        return len(ids)

    if not ids and not session.open_memories(data_dir, workspace, count):
        console.line(EMPTY)
        return
    if not yes:
        what = "these memories" if ids else "everything in the trash"
        typer.confirm(f"Permanently delete {what}?", abort=True)
    purged = session.open_memories(data_dir, workspace, purge)
    console.line(f"Permanently deleted {console.memories(purged)}.")


def purge_version(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the memory.")],
    numbers: Annotated[
        list[int],
        typer.Argument(metavar="N", min=1, help="Number of the version; repeatable."),
    ],
    *,
    yes: Yes = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Permanently delete the text, title and tags of earlier versions of a memory.

    The current version cannot be purged: edit the memory first.
    """

    async def purge(services: "Services") -> None:
        for number in numbers:
            await services.history.purge(memory_id, number, actor="cli")

    versions = f"version{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}"
    if not yes:
        typer.confirm(f"Permanently delete the content of {versions}?", abort=True)
    session.open_memories(data_dir, workspace, purge)
    console.line(f"Purged {versions} of {memory_id}.")


def _print_trash(page: "Sequence[TrashedMemory]", total: int, retention_ms: int) -> None:
    from rich.text import Text

    if not page:
        console.line(EMPTY)
        return
    table = console.table("ID", "TITLE", "DELETED")
    for deleted in page:
        content = deleted.memory.content
        title = console.cut(content.title or content.text, MAX_TITLE_COLUMNS)
        table.add_row(Text(deleted.memory.id), title, Text(console.age(deleted.at)))
    console.out().print(table)
    shown = f"{len(page)} of {total}; " if total > len(page) else ""
    days = f"{retention_ms / DAY_MS:g} days"
    console.note(f"{shown}memories are permanently deleted {days} after they went to the trash.")
