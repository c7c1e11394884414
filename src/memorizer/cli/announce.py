"""What `start` and `worker` say about themselves: a welcome for eyes, an entry for machines."""

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
    """The server answers now."""
    if not _is_seen(settings):
        log.info("listening", url=url, data_dir=str(settings.data_dir), worker=settings.worker)
        return
    worker = "on, in this process" if settings.worker else "off; run `memorizer worker` beside it"
    _welcome(
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
    """The worker takes jobs now; machines read that in its own log entry."""
    if _is_seen(settings):
        _welcome({"Worker": "takes background jobs", "Data": str(settings.data_dir)}, "")


def stopping(settings: Settings) -> None:
    """A signal came."""
    if not _is_seen(settings):
        log.info("stopping", grace_seconds=settings.grace_seconds)
        return
    message = f"Stopping. Running jobs get {settings.grace_seconds:g} s; Ctrl-C again quits now."
    console.err().print(Text(message, style="dim"))


def _tip(settings: Settings) -> str:
    """What to do next, on the same data directory."""
    is_usual = settings.data_dir == Settings().data_dir
    option = "" if is_usual else f" --data-dir {shlex.quote(str(settings.data_dir))}"
    return (
        f'Try  memorizer add "Honey never spoils." --tag food{option}\n'
        f'and  memorizer search "food"{option}'
    )


def _is_seen(settings: Settings) -> bool:
    return sys.stderr.isatty() and logs.is_human(settings.log_format)


def _welcome(facts: dict[str, str], tip: str) -> None:
    table = Table.grid(padding=(0, 3))
    for name, fact in facts.items():
        style = "bold cyan" if fact.startswith("http") else ""
        table.add_row(Text(name, style="dim"), Text(fact, style=style, overflow="fold"))
    title = Text.assemble(("Memorizer ", "bold"), memorizer.__version__)
    stderr = console.err()
    stderr.print(Panel(table, title=title, title_align="left", expand=False, padding=(1, 2)))
    stderr.print(Text(f"{tip}\nCtrl-C stops it.".strip(), style="dim"))
    stderr.print()
