"""`memorizer trash`."""

from typing import Annotated

import typer

from memorizer.cli.options import DataDir, Limit

app = typer.Typer(help="Show, restore and delete for ever what was deleted.", no_args_is_help=True)

Ids = Annotated[
    list[str], typer.Argument(metavar="ID", help="A memory's id; repeatable.", show_default=False)
]


@app.command("list")
def list_(limit: Limit = 20, data_dir: DataDir = None) -> None:
    """Show what was deleted, the latest first."""
    from memorizer.cli import session, show_trash
    from memorizer.domain.memories import TrashedMemory
    from memorizer.services import Services

    async def read(services: Services) -> tuple[list[TrashedMemory], int, int]:
        page, _ = await services.trash.page(before=None, limit=limit)
        return page, await services.trash.count(), services.trash.age_ms

    show_trash.listed(*session.existing(data_dir, read))


@app.command()
def restore(ids: Ids, data_dir: DataDir = None) -> None:
    """Bring memories back as they were, with their history and relationships."""
    from memorizer.cli import session, show_trash
    from memorizer.domain.memories import Memory
    from memorizer.services import Services

    async def bring_back(services: Services) -> list[Memory]:
        return [await services.trash.untrash(id_, actor="cli") for id_ in ids]

    show_trash.restored(session.existing(data_dir, bring_back))


@app.command()
def empty(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="ID", help="Only these; everything if none is given."),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete for ever what is in the trash, with its whole history."""
    from memorizer.cli import session, show_trash
    from memorizer.services import Services

    async def let_go(services: Services) -> int:
        if not ids:
            return await services.trash.empty()
        for id_ in ids:
            await services.trash.purge(id_)
        return len(ids)

    if not yes:
        what = "These memories" if ids else "Everything in the trash"
        typer.confirm(f"{what} will be gone for ever. Go on?", abort=True)
    show_trash.gone(session.existing(data_dir, let_go))
