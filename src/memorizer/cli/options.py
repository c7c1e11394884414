"""Options that several commands share. Values are checked by Settings, so help is all there is."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Where memories are kept.", show_default=False),
]
LogLevel = Annotated[
    str | None,
    typer.Option(
        "--log-level", metavar="LEVEL", help="debug, info, warning or error.", show_default=False
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", metavar="", help="Print JSON, as the REST API has it.")
]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=100, help="At most so many.")]
