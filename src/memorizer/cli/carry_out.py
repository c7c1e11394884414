"""Writing an export before somebody's eyes; a file is there when it is whole."""

import os
import secrets
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZipFile

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from memorizer.bootstrap.file_formats import (
    create_private_file,
    export_jsonl,
    export_markdown,
)
from memorizer.cli import console
from memorizer.domain.errors import Misconfigured
from memorizer.services import Services
from memorizer.services.export import ExportProgress

STANDARD = Path("-")
ZIP = ".zip"


def check_new(file: Path, *, force: bool) -> None:
    """Raises Misconfigured where something would be lost."""
    if file.is_dir():
        raise Misconfigured(f"{file} is a folder. Name the file to write.")
    if file != STANDARD and file.exists() and not force:
        raise Misconfigured(f"{file} is there already. Take another name, or --force.")


def check_vacant(target: Path) -> None:
    """Raises Misconfigured where notes would mix with others."""
    if target == STANDARD:
        raise Misconfigured("Markdown is many files. Name a folder, or a file ending in .zip.")
    if target.suffix == ZIP:
        check_new(target, force=False)
    elif target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Misconfigured(f"{target} is there and not empty. Name a new folder.")


async def json_lines(services: Services, file: Path, spool_dir: Path) -> None:
    """Write everything into this file."""
    if file == STANDARD:
        await _to_standard_output(services, spool_dir)
        return
    with _explained(file), _replacing(file) as out:
        await _with_bar(lambda watch: export_jsonl(services.export, out, watch))
    _done(file)


async def _to_standard_output(services: Services, spool_dir: Path) -> None:
    """By way of a file: while a slow reader reads, the database's log would grow without bound."""
    with TemporaryFile(dir=spool_dir) as spool:
        with _explained(spool_dir):
            await _with_bar(lambda watch: export_jsonl(services.export, spool, watch))
            spool.seek(0)
        shutil.copyfileobj(spool, sys.stdout.buffer)
    sys.stdout.buffer.flush()


async def markdown(services: Services, target: Path) -> None:
    """Write a note for each memory."""
    with _explained(target):
        if target.suffix == ZIP:
            with _replacing(target) as out, ZipFile(out, "w") as archive:
                await _with_bar(lambda watch: export_markdown(services.export, archive, watch))
        else:
            await _with_bar(lambda watch: export_markdown(services.export, target, watch))
    _done(target)


async def _with_bar(export: Callable[[ExportProgress], Awaitable[None]]) -> None:
    with bar() as progress:
        task = progress.add_task("Exporting", total=None)

        def watch(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        await export(watch)


def bar() -> Progress:
    """A bar that counts memories; only where somebody watches."""
    stderr = console.err()
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=stderr,
        disable=not stderr.is_terminal,
    )


@contextmanager
def _replacing(file: Path) -> Iterator[IO[bytes]]:
    """A file beside this one that takes its place once all is written."""
    part = file.with_name(f".memorizer-{secrets.token_hex(8)}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    out = create_private_file(part)
    try:
        with out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


@contextmanager
def _explained(target: Path) -> Iterator[None]:
    """Raises Misconfigured for what the file system refuses."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise Misconfigured(f"{error.filename or target} cannot be written: {reason}.") from error


def _done(target: Path) -> None:
    console.out().print(Text.assemble(("✓ ", "green"), f"Exported to {target}"), soft_wrap=True)
