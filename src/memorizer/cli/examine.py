"""The examination behind `memorizer doctor`."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path

import apsw
from rich.table import Table
from rich.text import Text

import memorizer
from memorizer.cli import config, console, session
from memorizer.domain.errors import MemorizerError, Misconfigured, Unavailable
from memorizer.services.health import Check
from memorizer.services.hints import DOCTOR, hint_of
from memorizer.settings import Settings, variable


def everything(data_dir: Path | None) -> bool:
    """Examine and print; whether all is well."""
    out = console.out()
    out.print(Text(_versions(), style="dim"))
    checks = list(_checks(data_dir))
    grid = Table.grid(padding=(0, 2, 0, 0))
    for check in checks:
        mark = ("✓", "green") if check.ok else ("✗", "red")
        grid.add_row(Text(*mark), Text(check.part), Text(console.plain(check.detail)))
        if check.hint and check.hint != DOCTOR:  # that one leads here
            grid.add_row("", "", Text(check.hint, style="yellow"))
    out.print(grid)
    return all(check.ok for check in checks)


def _checks(data_dir: Path | None) -> Iterator[Check]:
    """From the outside in: what makes the rest impossible comes first and ends it."""
    try:
        settings = config.load(data_dir=data_dir)
        yield _environment()
        yield _data_directory(settings)
        yield from session.run(settings, lambda services: services.health.checks())
    except Misconfigured as error:
        yield Check("settings", ok=False, detail=str(error))
    except MemorizerError as error:
        hint = hint_of(error) if isinstance(error, Unavailable) else None
        yield Check("database", ok=False, detail=str(error), hint=hint)


def _environment() -> Check:
    misspelt = config.misspelt(os.environ)
    given = [variable(n) for n in Settings.model_fields if variable(n) in os.environ]
    detail = " ".join(misspelt) or f"{', '.join(given) or 'nothing'} set in the environment"
    return Check("settings", ok=not misspelt, detail=detail)


def _data_directory(settings: Settings) -> Check:
    """Raises Misconfigured."""
    config.open_data_dir(settings.data_dir)
    files = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    size = console.size(sum(path.stat().st_size for path in files))
    return Check("data directory", ok=True, detail=f"{settings.data_dir}, {size}")


def _versions() -> str:
    return (
        f"Memorizer {memorizer.__version__} · Python {platform.python_version()} · "
        f"SQLite {apsw.sqlite_lib_version()} · {platform.system()} {platform.machine()}"
    )
