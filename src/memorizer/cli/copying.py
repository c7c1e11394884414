"""`memorizer copy`."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from memorizer.settings import Settings

SQLITE = "sqlite:"
ADDRESS = "sqlite:DATA_DIR or postgresql://…"


def copy(
    from_: Annotated[
        str, typer.Option("--from", metavar="ADDRESS", help=f"{ADDRESS}, which stays.")
    ],
    to: Annotated[
        str, typer.Option("--to", metavar="ADDRESS", help=f"{ADDRESS}, which should be empty.")
    ],
) -> None:
    """Copy a whole store into another database, and compare the two in the end.

    Memories, deleted ones too, versions, events, relationships, vectors, tokens and jobs that
    have not ended. Stop the servers first: what they write meanwhile is not copied. Interrupted,
    run it again.
    """
    from memorizer.cli import carry_over

    carry_over.run(_settings(from_), _settings(to))


def _settings(address: str) -> "Settings":
    """The settings with this database. Raises Misconfigured."""
    from pathlib import Path

    from memorizer.cli import config
    from memorizer.domain.errors import Misconfigured

    if not address.startswith(SQLITE):
        if "://" not in address:
            raise Misconfigured(f"{address!r} is no database. Write {ADDRESS}.")
        return config.load(database_url=address)
    path = Path(address.removeprefix(SQLITE).replace("///", "/", 1))
    settings = config.load(data_dir=path.parent if path.is_file() else path)
    if path.is_file() and path.name != settings.database_file.name:
        raise Misconfigured(f"{path} is no data directory, and no {settings.database_file.name}.")
    return settings.model_copy(update={"database_url": None})
