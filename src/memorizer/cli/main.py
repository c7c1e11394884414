"""The typer application: registers commands, prints errors and sets the exit code.

Only the module of the command that runs is imported, and nothing heavy before it runs, so that
commands beside a server and --help answer at once.
"""

import inspect
import re
import sys
from collections.abc import Container
from importlib import import_module
from typing import Annotated, Final, NamedTuple, NoReturn

import typer

import memorizer
from memorizer.cli import console
from memorizer.domain.errors import MemorizerError, NotFound, Unavailable

EXIT_NOT_FOUND = 3
EXIT_INTERRUPTED = 130


class Command(NamedTuple):
    """A command, or a group of them, and where it is."""

    name: str
    module: str
    member: str


PANELS: Final = {
    "Run": (
        Command("start", "run", "start"),
        Command("worker", "run", "worker"),
        Command("mcp", "run", "mcp"),
        Command("hook", "run", "hook"),
        Command("connect", "connect", "connect"),
    ),
    "Memories": (
        Command("add", "memories", "add"),
        Command("search", "search", "search"),
        Command("list", "search", "list_"),
        Command("get", "reading", "get"),
        Command("edit", "editor", "edit"),
        Command("tag", "memories", "tag"),
        Command("link", "memories", "link"),
        Command("pin", "memories", "pin"),
        Command("unpin", "memories", "unpin"),
        Command("archive", "trash", "archive"),
        Command("delete", "trash", "delete"),
        Command("restore", "database", "restore"),
        Command("history", "history", "history"),
        Command("diff", "history", "diff"),
        Command("revert", "history", "revert"),
        Command("context", "reading", "context"),
        Command("open", "reading", "open_"),
        Command("stats", "reading", "stats"),
        Command("duplicates", "search", "duplicates"),
        Command("export", "transfer", "export"),
        Command("import", "transfer", "import_"),
        Command("ingest", "ingest", "ingest"),
        Command("purge-version", "trash", "purge_version"),
        Command("trash", "trash", "app"),
        Command("secrets", "trash", "secrets_app"),
        Command("workspace", "workspaces", "app"),
        Command("proposals", "proposals", "app"),
    ),
    "Maintenance": (
        Command("jobs", "jobs", "app"),
        Command("token", "tokens", "app"),
        Command("reembed", "jobs", "reembed"),
        Command("consolidate", "jobs", "consolidate"),
        Command("migrate", "database", "migrate"),
        Command("copy", "database", "copy"),
        Command("models", "models", "app"),
        Command("backup", "database", "backup"),
        Command("doctor", "diagnostics", "doctor"),
        Command("config", "diagnostics", "config_app"),
        Command("openapi", "run", "openapi"),
    ),
}
"""All commands by the panels of --help, in their order."""


def application(only: Container[str] | None = None) -> typer.Typer:
    """Build the application with all commands, or with some of them."""
    app = typer.Typer(
        name="memorizer",
        help="Self-hosted long-term memory for AI agents, and for the people who run them.",
        epilog="Settings are read from MEMORIZER_* environment variables and from memorizer.toml; "
        "options take precedence.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    for panel, commands in PANELS.items():
        for name, module, member in commands:
            if only is None or name in only:
                found = getattr(import_module(f"memorizer.cli.{module}"), member)
                if isinstance(found, typer.Typer):
                    app.add_typer(found, name=name, rich_help_panel=panel)
                else:
                    app.command(name, rich_help_panel=panel)(found)
    _unfold_help(app)
    return app


def _unfold_help(group: typer.Typer) -> None:
    """Give every command its docstring with a line per paragraph.

    Typer keeps the line breaks of all paragraphs but the first, and the terminal adds its own.
    """
    for command in group.registered_commands:
        text = inspect.getdoc(command.callback) or ""
        command.help = re.sub(r"(?<!\n)\n(?!\n)", " ", text)
    for child in group.registered_groups:
        if child.typer_instance:
            _unfold_help(child.typer_instance)


def main() -> NoReturn:
    """Run the command line and exit the process with its exit code."""
    names = {command.name for commands in PANELS.values() for command in commands}
    first = set(sys.argv[1:2]) & names
    try:
        application(only=first or None)()
    except MemorizerError as error:
        _print_error(error)
        sys.exit(EXIT_NOT_FOUND if _is_not_found(error) else 1)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)


def _print_error(error: MemorizerError) -> None:
    """Print the error on one line, and what helps on the next ones, whose lines stay."""
    from rich.text import Text

    stderr = console.err()
    line = Text.assemble(("error: ", "bold red"), console.plain(str(error)))
    stderr.print(line, soft_wrap=True)
    for candidate in getattr(error, "candidates", ()):
        stderr.print(Text(f"  {candidate}"), soft_wrap=True)
    if (hint := _hint(error)) is not None:
        stderr.print(Text(f"hint: {console.printable(hint)}", style="dim"), soft_wrap=True)


def _hint(error: MemorizerError) -> str | None:
    if isinstance(error, Unavailable):
        from memorizer.services.health import hint_of

        return hint_of(error)
    return getattr(error, "hint", None)  # what a server said


def _is_not_found(error: MemorizerError) -> bool:
    return isinstance(error, NotFound) or getattr(error, "is_not_found", False)


def _print_version(is_given: bool) -> None:
    if is_given:
        print(f"memorizer {memorizer.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=_print_version,
            is_eager=True,
            help="Show the version.",
        ),
    ] = False,
) -> None:
    """Accept the options that come before a command."""
