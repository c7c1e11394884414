"""Entry point of the `memorizer` script.

`memorizer mcp` and `memorizer hook` must answer at once, so they start without importing typer and
the other commands.
"""

import gc
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

DATA_DIR_OPTION = "--data-dir"
WORKSPACE_OPTION = "--workspace"
HELP_OPTIONS = {"--help", "-h"}


def run() -> NoReturn:
    """Run the command line and exit the process with its exit code."""
    # what is imported stays: to look through it hundreds of times took an eighth of each start
    gc.set_threshold(50_000, 20, 100)
    _replace_unencodable_output()
    if (options := _mcp_options(sys.argv[1:])) is not None:
        _serve_mcp(options)
    if sys.argv[1:2] == ["hook"] and not HELP_OPTIONS & set(sys.argv):
        from memorizer.cli import hook

        hook.run(sys.argv[2:])
    from memorizer.cli import main

    main.main()


def _mcp_options(arguments: list[str]) -> dict[str, str] | None:
    """Return the options of `memorizer mcp`; None for whatever typer should look at."""
    if arguments[:1] != ["mcp"]:
        return None
    names, values = arguments[1::2], arguments[2::2]
    if len(names) != len(values) or not set(names) <= {DATA_DIR_OPTION, WORKSPACE_OPTION}:
        return None
    return dict(zip(names, values, strict=True))


def _replace_unencodable_output() -> None:
    """Print `?` for characters that the output's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None under pythonw
            stream.reconfigure(errors="replace")


def _serve_mcp(options: dict[str, str]) -> NoReturn:
    from memorizer.cli import mcp

    directory = options.get(DATA_DIR_OPTION)
    mcp.serve(Path(directory) if directory else None, options.get(WORKSPACE_OPTION))
