"""The typer application: registers all commands, prints errors and sets the exit code.

Nothing heavy is imported before a command runs, so that --help answers at once.
"""

import inspect
import re
import sys
from typing import Annotated, NoReturn

import typer

import memorizer
from memorizer.cli import (
    connect,
    console,
    database,
    doctor,
    jobs,
    memories,
    models,
    run,
    search,
    tokens,
    transfer,
    trash,
    workspaces,
)
from memorizer.domain.errors import MemorizerError, Unavailable

EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="memorizer",
    help="Self-hosted long-term memory for AI agents, and for the people who run them.",
    epilog="Settings are read from MEMORIZER_* environment variables; options take precedence.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("start", rich_help_panel="Run")(run.start)
app.command("worker", rich_help_panel="Run")(run.worker)
app.command("mcp", rich_help_panel="Run")(run.mcp)
app.command("hook", rich_help_panel="Run")(run.hook)
app.command("connect", rich_help_panel="Run")(connect.connect)
app.command("add", rich_help_panel="Memories")(memories.add)
app.command("pin", rich_help_panel="Memories")(memories.pin)
app.command("unpin", rich_help_panel="Memories")(memories.unpin)
app.command("search", rich_help_panel="Memories")(search.search)
app.command("duplicates", rich_help_panel="Memories")(search.duplicates)
app.command("export", rich_help_panel="Memories")(transfer.export)
app.command("import", rich_help_panel="Memories")(transfer.import_)
app.command("purge-version", rich_help_panel="Memories")(trash.purge_version)
app.add_typer(trash.app, name="trash", rich_help_panel="Memories")
app.add_typer(workspaces.app, name="workspace", rich_help_panel="Memories")
app.add_typer(jobs.app, name="jobs", rich_help_panel="Maintenance")
app.add_typer(tokens.app, name="token", rich_help_panel="Maintenance")
app.command("reembed", rich_help_panel="Maintenance")(jobs.reembed)
app.command("migrate", rich_help_panel="Maintenance")(database.migrate)
app.command("copy", rich_help_panel="Maintenance")(database.copy)
app.add_typer(models.app, name="models", rich_help_panel="Maintenance")
app.command("backup", rich_help_panel="Maintenance")(database.backup)
app.command("restore", rich_help_panel="Maintenance")(database.restore)
app.command("doctor", rich_help_panel="Maintenance")(doctor.doctor)
app.command("openapi", rich_help_panel="Maintenance")(run.openapi)


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


_unfold_help(app)


def main() -> NoReturn:
    """Run the command line and exit the process with its exit code."""
    try:
        app()
    except MemorizerError as error:
        _print_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    sys.exit(0)


def _print_error(error: MemorizerError) -> None:
    """Print the error on one line, and its hint on the next if it has one."""
    from rich.text import Text

    from memorizer.services.health import hint_of

    stderr = console.err()
    line = Text.assemble(("error: ", "bold red"), console.plain(str(error)))
    stderr.print(line, soft_wrap=True)
    if isinstance(error, Unavailable):
        stderr.print(Text(f"hint: {hint_of(error)}", style="dim"), soft_wrap=True)


def _print_version(is_given: bool) -> None:
    if is_given:
        print(f"memorizer {memorizer.__version__}")
        raise typer.Exit


@app.callback()
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
