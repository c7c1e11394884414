"""`memorizer purge-version`."""

from typing import Annotated

import typer

from memorizer.cli.options import DataDir


def purge_version(
    memory_id: Annotated[str, typer.Argument(metavar="ID", help="The memory's id.")],
    numbers: Annotated[
        list[int],
        typer.Argument(metavar="N", min=1, help="The version's number; repeatable."),
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete for ever the text, title and tags of earlier versions of a memory.

    The present version is refused: edit the memory first.
    """
    from memorizer.cli import console, session
    from memorizer.services import Services

    async def purge(services: Services) -> None:
        for number in numbers:
            await services.history.purge(memory_id, number, actor="cli")

    named = ", ".join(map(str, numbers))
    if not yes:
        typer.confirm(f"What version {named} said will be gone for ever. Go on?", abort=True)
    session.existing(data_dir, purge)
    console.out().print(f"Purged version {named} of {memory_id}.")
