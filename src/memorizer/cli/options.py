"""Options that several commands share. Settings validates their values."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", help="Directory of the database.", show_default=False
    ),
]
LogLevel = Annotated[
    str | None,
    typer.Option(
        "--log-level", metavar="LEVEL", help="debug, info, warning or error.", show_default=False
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", metavar="", help="Print JSON in the format of the REST API.")
]
Limit = Annotated[
    int, typer.Option("--limit", "-n", min=1, max=100, help="Maximum number of results.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Do not ask for confirmation.")]
