"""`memorizer doctor` and `memorizer config`: what is set, and whether all of it works."""

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from memorizer.cli import config, console, session, workspace_detection
from memorizer.cli.options import AsJson, DataDir
from memorizer.domain.errors import MemorizerError, Misconfigured, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memorizer.services import Services
    from memorizer.services.health import CheckResult
    from memorizer.settings import Settings


MASKED = "(set, not shown)"

config_app = typer.Typer(help="Show the settings and where they come from.", no_args_is_help=True)


@config_app.command("list")
def list_settings(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List all settings with their values, and whether an option, a variable or a file sets them.

    Files: that which MEMORIZER_CONFIG names; or memorizer.toml in the user's configuration folder,
    and memorizer.toml in the data directory, which counts for more. Variables count for more than
    files.
    """
    settings, sources = session.load_settings_with_sources(data_dir=data_dir)
    rows = [_setting(name, getattr(settings, name), sources[name]) for name in sources]
    files = [str(file.path) for file in config.files(data_dir)]
    if as_json:
        console.json({"settings": rows, "files": files})
        return
    from rich.text import Text

    table = console.table("SETTING", "VALUE", "FROM")
    for row in rows:
        style = "dim" if row["source"] == session.DEFAULT else ""
        cells = (row["name"], _shown(row["value"]), row["source"])
        table.add_row(*(Text(console.plain(cell), style=style) for cell in cells))
    console.out().print(table)
    for problem in session.misspelt(os.environ):
        console.note(problem)
    if not files:
        console.note(f"no file was read; {config.user_file()} would be.")


def _setting(name: str, value: object, source: str) -> "dict[str, Any]":
    """Return a setting as JSON; secrets are not shown."""
    from pydantic import SecretStr

    from memorizer.domain.secrets import masked

    match value:
        case SecretStr():
            value = MASKED
        case tuple():
            value = [masked(str(each)) for each in value]
        case None | bool() | int() | float():
            pass
        case _:
            value = masked(str(value))
    return {"name": name, "value": value, "source": source}


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return ",".join(value)
        case _:
            return str(value)


def doctor(data_dir: DataDir = None) -> None:
    """Check every part of Memorizer, and say how to fix what does not work."""
    console.line((_versions(), "dim"))
    checks = list(_checks(data_dir))
    _print_checks(checks)
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _print_checks(checks: "Sequence[CheckResult]") -> None:
    from rich.table import Table
    from rich.text import Text

    from memorizer.services.health import DOCTOR

    grid = Table.grid(padding=(0, 2, 0, 0))
    for check in checks:
        mark = Text("✓", "green") if check.ok else Text("✗", "red")
        grid.add_row(mark, Text(check.part), Text(console.plain(check.detail)))
        if check.hint and check.hint != DOCTOR:  # that hint says to run this command
            grid.add_row("", "", Text(check.hint, style="yellow"))
    console.out().print(grid)


def _checks(data_dir: Path | None) -> "Iterator[CheckResult]":
    """Yield the result of each check; stop at a failure that makes the next ones impossible."""
    from memorizer.services.health import CheckResult, hint_of

    try:
        settings = session.load_settings(data_dir=data_dir)
        yield _check_settings(data_dir)
        yield _check_data_dir(settings)
        yield from session.run(settings, lambda services: _check_services(services, settings))
    except Misconfigured as error:
        yield CheckResult("settings", ok=False, detail=str(error))
    except MemorizerError as error:
        hint = hint_of(error) if isinstance(error, Unavailable) else None
        yield CheckResult("database", ok=False, detail=str(error), hint=hint)


def _check_settings(data_dir: Path | None) -> "CheckResult":
    from memorizer.services.health import CheckResult
    from memorizer.settings import Settings, variable

    misspelt = session.misspelt(os.environ)
    given = [variable(name) for name in Settings.model_fields if variable(name) in os.environ]
    given += [str(file.path) for file in config.files(data_dir)]
    detail = " ".join(misspelt) or f"{', '.join(given) or 'nothing'} set"
    return CheckResult("settings", ok=not misspelt, detail=detail)


def _check_data_dir(settings: "Settings") -> "CheckResult":
    """Return the directory and its size. Raises Misconfigured."""
    from memorizer.services.health import CheckResult

    session.open_data_dir(settings.data_dir)
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    size = console.size(sum(path.stat().st_size for path in files))
    return CheckResult("data directory", ok=True, detail=f"{settings.data_dir}, {size}")


async def _check_services(services: "Services", settings: "Settings") -> "list[CheckResult]":
    from memorizer.services.health import HealthCheck

    workspace = HealthCheck("workspace", lambda: _workspace_in_words(services, settings.workspace))
    return [*await services.health.checks(), await workspace.run()]


async def _workspace_in_words(services: "Services", choice: str | None) -> str:
    """Return what `auto` means in the current folder, and what MEMORIZER_WORKSPACE says.

    Raises NotFound, InvalidField where that is none.
    """
    folder = Path.cwd()
    auto = workspace_detection.workspace_of(folder)
    try:
        node = await services.workspaces.get(auto)
    except NotFound:
        state = "which does not exist; what is first stored there creates it"
    else:
        state = f"with {console.memories(node.counts.memories)} directly in it"
    said = f"`auto` means {auto} in this folder, {state}"
    chosen = workspace_detection.chosen(choice, folder)
    if chosen is None or chosen == auto:
        return said
    await services.focused(chosen)
    return f"{said}; MEMORIZER_WORKSPACE is {chosen}"


def _versions() -> str:
    import apsw

    import memorizer

    return (
        f"Memorizer {memorizer.__version__} · Python {platform.python_version()} · "
        f"SQLite {apsw.sqlite_lib_version()} · {platform.system()} {platform.machine()}"
    )
