"""Entry point of the `memorizer` script.

`memorizer mcp` must answer at once, so it starts without importing typer and the other commands.
"""

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

DATA_DIR_OPTION = "--data-dir"


def run() -> NoReturn:
    """Run the command line and exit the process with its exit code."""
    _replace_unencodable_output()
    match sys.argv[1:]:
        case ["mcp"]:
            _serve_mcp(None)
        case ["mcp", option, directory] if option == DATA_DIR_OPTION:
            _serve_mcp(Path(directory))
        case _:
            from memorizer.cli import main

            main.main()


def _replace_unencodable_output() -> None:
    """Print `?` for characters that the output's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None under pythonw
            stream.reconfigure(errors="replace")


def _serve_mcp(data_dir: Path | None) -> NoReturn:
    from memorizer.cli import mcp

    mcp.serve(data_dir)
