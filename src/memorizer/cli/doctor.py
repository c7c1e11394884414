"""`memorizer doctor`."""

import os
import platform
from typing import TYPE_CHECKING

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir
from memorizer.domain.errors import MemorizerError, Misconfigured, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

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


def _checks(data_dir: "Path | None") -> "Iterator[CheckResult]":
    """Yield the result of each check; stop at a failure that makes the next ones impossible."""
    from memorizer.services.health import CheckResult, hint_of

    try:
        settings = session.load_settings(data_dir=data_dir)
        yield _check_environment()
        yield _check_data_dir(settings)
        yield from session.run(settings, lambda services: services.health.checks())
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


def _versions() -> str:
    import apsw

    import memorizer

    return (
        f"Memorizer {memorizer.__version__} · Python {platform.python_version()} · "
        f"SQLite {apsw.sqlite_lib_version()} · {platform.system()} {platform.machine()}"
    )
