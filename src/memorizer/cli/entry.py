"""Where `memorizer` starts: one command must answer at once, so it passes by all the others."""

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

OPTION = "--data-dir"


def run() -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    _write_what_can_be_encoded()
    match sys.argv[1:]:
        case ["mcp"]:
            _speak(None)
        case ["mcp", option, directory] if option == OPTION:
            _speak(Path(directory))
        case _:
            from memorizer.cli import main

            main.run()


def _write_what_can_be_encoded() -> None:
    """A sign that the output's encoding lacks becomes `?`: by then the work is done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None where there is no terminal at all
            stream.reconfigure(errors="replace")


def _speak(data_dir: Path | None) -> NoReturn:
    from memorizer.cli import mcp

    mcp.serve(data_dir)
