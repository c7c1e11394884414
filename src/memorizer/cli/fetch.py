"""Fetching a model before somebody's eyes."""

import os

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from memorizer.bootstrap.model_files import open_model_files
from memorizer.cli import console, show_models
from memorizer.domain.model_catalogue import HUB, find
from memorizer.settings import Settings

ENDPOINT = "HF_ENDPOINT"
"""The variable by which tools of the hub are told of a mirror."""


def model(settings: Settings, name: str) -> None:
    """Fetch it with a progress bar. Raises DownloadFailed, InvalidField."""
    wanted = find(name)
    store, out = open_model_files(settings), console.out()
    hub = os.environ.get(ENDPOINT, "").strip() or HUB
    if not store.has(wanted):
        out.print(Text(f"{wanted.description}, {console.size(wanted.size)}, {wanted.licence}"))
        out.print(Text(f"from {hub.rstrip('/')}/{wanted.repository}"))
    with _bar() as bar:
        task = bar.add_task(wanted.name, total=wanted.size)
        store.download(wanted, lambda done: bar.update(task, completed=done), hub)
    out.print(Text.assemble(("✓ ", "green"), wanted.name, f" is at {store.folder(wanted)}"))
    out.print(Text(f"  {show_models.use(wanted)}", style="dim"), soft_wrap=True)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=console.err(),
        disable=not console.err().is_terminal,
    )
