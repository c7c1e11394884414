"""Where `memorizer` starts: one command must answer at once, so it passes by all the others."""

import sys
from pathlib import Path
from typing import NoReturn

OPTION = "--data-dir"


def run() -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    match sys.argv[1:]:
        case ["mcp"]:
            _speak(None)
        case ["mcp", option, directory] if option == OPTION:
            _speak(Path(directory))
        case _:
            from memorizer.cli import main

            main.run()


def _speak(data_dir: Path | None) -> NoReturn:
    from memorizer.cli import mcp

    mcp.serve(data_dir)
