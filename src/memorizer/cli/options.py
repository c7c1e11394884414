"""Options that several commands share. Settings validates their values."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        help="Data directory (default: MEMORIZER_DATA_DIR, or ~/.memorizer).",
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
MemoryIds = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Id of a memory; repeatable.", show_default=False),
]
