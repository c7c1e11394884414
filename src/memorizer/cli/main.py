"""The command `memorizer`: its commands, and how errors reach a person.

Nothing heavy is imported before a command runs, so that --help answers at once.
"""

import sys
from typing import Annotated, NoReturn

import typer

import memorizer
from memorizer.cli import (
    backup,
    copying,
    doctor,
    duplicates,
    jobs,
    memories,
    models,
    moving,
    openapi,
    purge,
    reembed,
    schema,
    serve,
    token,
    trash,
)
from memorizer.domain.errors import MemorizerError, Unavailable

INTERRUPTED = 130

app = typer.Typer(
    name="memorizer",
    help="A self-hosted long-term memory for AI agents, and for the people who run them.",
    epilog="Settings come from MEMORIZER_* variables too; options of a command count more.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("start", rich_help_panel="Run")(serve.start)
app.command("worker", rich_help_panel="Run")(serve.worker)
app.command("mcp", rich_help_panel="Run")(serve.mcp)
app.command("add", rich_help_panel="Memories")(memories.add)
app.command("search", rich_help_panel="Memories")(memories.search)
app.command("duplicates", rich_help_panel="Memories")(duplicates.duplicates)
app.command("export", rich_help_panel="Memories")(moving.export)
app.command("import", rich_help_panel="Memories")(moving.import_)
app.command("purge-version", rich_help_panel="Memories")(purge.purge_version)
app.add_typer(trash.app, name="trash", rich_help_panel="Memories")
app.add_typer(jobs.app, name="jobs", rich_help_panel="Look after it")
app.add_typer(token.app, name="token", rich_help_panel="Look after it")
app.command("reembed", rich_help_panel="Look after it")(reembed.reembed)
app.command("migrate", rich_help_panel="Look after it")(schema.migrate)
app.command("copy", rich_help_panel="Look after it")(copying.copy)
app.add_typer(models.app, name="models", rich_help_panel="Look after it")
app.command("backup", rich_help_panel="Look after it")(backup.backup)
app.command("restore", rich_help_panel="Look after it")(backup.restore)
app.command("doctor", rich_help_panel="Look after it")(doctor.doctor)
app.command("openapi", rich_help_panel="Look after it")(openapi.openapi)


def run() -> NoReturn:
    """Run the command line and leave the process with its exit code."""
    try:
        app()
    except MemorizerError as error:
        explain(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    sys.exit(0)


def explain(error: MemorizerError) -> None:
    """Say in one line what is wrong, and in another what to do if the error knows."""
    from rich.text import Text

    from memorizer.cli import console
    from memorizer.services.hints import hint_of

    stderr = console.err()
    line = Text.assemble(("error: ", "bold red"), console.plain(str(error)))
    stderr.print(line, soft_wrap=True)
    if isinstance(error, Unavailable):
        stderr.print(Text(f"hint: {hint_of(error)}", style="dim"), soft_wrap=True)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"memorizer {memorizer.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Options of the command itself."""
