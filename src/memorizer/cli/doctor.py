"""`memorizer doctor`."""

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from memorizer.cli import console, session, workspace_detection
from memorizer.cli.options import DataDir
from memorizer.domain.errors import MemorizerError, Misconfigured, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memorizer.services import Services
    from memorizer.services.health import CheckResult
    from memorizer.settings import Settings


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
        yield _check_environment()
        yield _check_data_dir(settings)
        yield from session.run(settings, lambda services: _check_services(services, settings))
    except Misconfigured as error:
        yield CheckResult("settings", ok=False, detail=str(error))
    except MemorizerError as error:
        hint = hint_of(error) if isinstance(error, Unavailable) else None
        yield CheckResult("database", ok=False, detail=str(error), hint=hint)


def _check_environment() -> "CheckResult":
    from memorizer.services.health import CheckResult
    from memorizer.settings import Settings, variable

    misspelt = session.misspelt(os.environ)
    given = [variable(name) for name in Settings.model_fields if variable(name) in os.environ]
    detail = " ".join(misspelt) or f"{', '.join(given) or 'nothing'} set in the environment"
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
