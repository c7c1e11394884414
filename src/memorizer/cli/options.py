"""Options that several commands share. Settings validates their values."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from memorizer.domain.errors import InvalidField
from memorizer.domain.metadata import Operator, Scalar, values_of_text
from memorizer.domain.timestamps import end_of, from_iso

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Data directory (default: MEMORIZER_DATA_DIR, or ~/.memorizer).",
        show_default=False,
    ),
]
Server = Annotated[
    str | None,
    typer.Option(
        "--server",
        metavar="URL",
        help="Work on this server, with the token in MEMORIZER_TOKEN (default: MEMORIZER_SERVER, "
        "or the one that runs on the data directory; where none runs, none is needed).",
        show_default=False,
    ),
]
LogLevel = Annotated[
    str | None,
    typer.Option(
        "--log-level",
        metavar="LEVEL",
        help="Least severe log messages to show: debug, info, warning or error.",
        show_default=False,
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", metavar="", help="Print JSON in the format of the REST API.")
]
Limit = Annotated[
    int,
    typer.Option("--limit", "-n", metavar="N", min=1, max=100, help="Maximum number of results."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask for confirmation.")]
Workspace = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        "-w",
        metavar="PATH",
        help="Work in this workspace and those below it: its id or path, `unfiled`, `auto` for "
        "that of the current folder's Git repository, or `all` (default: MEMORIZER_WORKSPACE, or "
        "all).",
        show_default=False,
    ),
]
TypeFilter = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Only this type; repeat to allow several types."),
]
TagFilter = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", "-t", metavar="TAG", help="Only with this tag; repeat to require several."
    ),
]
MetadataFilter = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata",
        "-m",
        metavar="NAME=VALUE",
        help="Only with this metadata; repeat to require several.",
    ),
]
MemoryIds = Annotated[
    list[str],
    typer.Argument(
        metavar="ID",
        help="Id of a memory, or what it begins with; repeatable.",
        show_default=False,
    ),
]
MemoryId = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Id of the memory, or what it begins with.", show_default=False
    ),
]


def when(option: str, given: str | None, *, is_end: bool = False) -> int | None:
    """Return the UTC milliseconds of a date or time; with `is_end` of a date its end.

    Raises InvalidField.
    """
    if given is None:
        return None
    try:
        return end_of(given) if is_end else from_iso(given)
    except ValueError as error:
        hint = f"{given!r} is no date or time such as 2026-11-23 or 2026-11-23T09:30:00Z"
        raise InvalidField(option, hint) from error


def metadata_of(options: Sequence[str] | None) -> dict[str, Scalar]:
    """Return metadata from NAME=VALUE; numbers, true, false and null are taken as such."""
    return {name: values_of_text(value)[-1] for name, value in pairs(options)}


def conditions_of(options: Sequence[str] | None) -> dict[str, dict[str, list[Scalar]]]:
    """Return conditions from NAME=VALUE; a value may be a text or what it looks like.

    Raises InvalidField.
    """
    found: dict[str, dict[str, list[Scalar]]] = {}
    for name, value in pairs(options):
        condition = {str(Operator.IN): list(values_of_text(value))}
        if found.setdefault(name, condition) != condition:
            raise InvalidField("--metadata", f"{name!r} cannot have two values at once")
    return found


def pairs(options: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    """Yield name and value of each NAME=VALUE. Raises InvalidField."""
    for option in options or ():
        name, separator, value = option.partition("=")
        if not separator:
            raise InvalidField("--metadata", f"{option!r} is not of the form NAME=VALUE")
        yield name, value
