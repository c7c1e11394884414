"""Announce start and stop of `start` and `worker`: a banner on a terminal, else log entries."""

import shlex
import sys

import structlog
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import memorizer
from memorizer.cli import console, logs
from memorizer.settings import Settings

log = structlog.get_logger(__name__)


def serving(settings: Settings, url: str) -> None:
    """Announce that the server accepts requests."""
    if not _is_human(settings):
        log.info("listening", url=url, data_dir=str(settings.data_dir), worker=settings.worker)
        return
    worker = "on, in this process" if settings.worker else "off; run `memorizer worker` separately"
    _print_banner(
        {
            "Server": url,
            "API docs": f"{url}/docs",
            "Agents": f"{url}/mcp",
            "Data": str(settings.data_dir),
            "Worker": worker,
        },
        _tip(settings),
    )


def working(settings: Settings) -> None:
    """Announce that the worker runs; in JSON logs the worker's own entry says so."""
    if _is_human(settings):
        _print_banner({"Worker": "runs background jobs", "Data": str(settings.data_dir)}, "")


def stopping(settings: Settings) -> None:
    """Announce that a signal was received."""
    if not _is_human(settings):
        log.info("stopping", grace_seconds=settings.grace_seconds)
        return
    message = (
        f"Stopping. Running jobs have {settings.grace_seconds:g} s to finish; "
        "press Ctrl-C again to quit now."
    )
    console.err().print(Text(message, style="dim"))


def _tip(settings: Settings) -> str:
    """Return two commands to try, with the data directory if it is not the default."""
    is_default = settings.data_dir == Settings().data_dir
    option = "" if is_default else f" --data-dir {shlex.quote(str(settings.data_dir))}"
    return (
        f'Try  memorizer add "Honey never spoils." --tag food{option}\n'
        f'and  memorizer search "food"{option}'
    )


def _is_human(settings: Settings) -> bool:
    return sys.stderr.isatty() and logs.is_human(settings.log_format)


def _print_banner(facts: dict[str, str], tip: str) -> None:
    table = Table.grid(padding=(0, 3))
    for name, fact in facts.items():
        style = "bold cyan" if fact.startswith("http") else ""
        table.add_row(Text(name, style="dim"), Text(fact, style=style, overflow="fold"))
    title = Text.assemble(("Memorizer ", "bold"), memorizer.__version__)
    stderr = console.err()
    stderr.print(Panel(table, title=title, title_align="left", expand=False, padding=(1, 2)))
    stderr.print(Text(f"{tip}\nPress Ctrl-C to stop.".strip(), style="dim"))
    stderr.print()
