"""`memorizer export`."""

import os
import secrets
import shutil
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console
from memorizer.cli.options import DataDir
from memorizer.domain.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from memorizer.services import Services
    from memorizer.services.export import ExportProgress

STDOUT = Path("-")
ZIP = ".zip"


class ExportFormat(StrEnum):
    """Formats of an export."""

    JSONL = "jsonl"
    MARKDOWN = "markdown"


def export(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="File to write; - is standard output. For Markdown, a folder or a .zip.",
        ),
    ],
    *,
    format_: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl: everything, for import elsewhere; markdown: notes for reading.",
        ),
    ] = ExportFormat.JSONL,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Overwrite an existing file.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Export a snapshot of all memories with versions, events and relationships.

    Deleted memories, tokens and jobs are not exported. Servers can keep running.
    """
    from memorizer.cli import config, session

    if format_ is ExportFormat.MARKDOWN:
        _require_empty(file)
        session.open_existing(data_dir, lambda services: _write_markdown(services, file))
    else:
        _require_new(file, force=force)
        spool_dir = config.load(data_dir=data_dir).data_dir
        session.open_existing(data_dir, lambda services: _write_jsonl(services, file, spool_dir))
    if file != STDOUT:
        console.success(f"Exported to {file}")


def _require_new(file: Path, *, force: bool) -> None:
    """Raise Misconfigured if a file would be overwritten."""
    if file.is_dir():
        raise Misconfigured(f"{file} is a folder. Name a file.")
    if file != STDOUT and file.exists() and not force:
        raise Misconfigured(f"{file} already exists. Choose another name, or use --force.")


def _require_empty(target: Path) -> None:
    """Raise Misconfigured if notes would be mixed with other files."""
    if target == STDOUT:
        raise Misconfigured(
            "A Markdown export is many files. Name a folder, or a file ending in .zip."
        )
    if target.suffix == ZIP:
        _require_new(target, force=False)
    elif target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Misconfigured(f"{target} exists and is not empty. Name a new folder.")


async def _write_jsonl(services: "Services", file: Path, spool_dir: Path) -> None:
    from memorizer.bootstrap.file_formats import export_jsonl

    if file == STDOUT:
        await _write_jsonl_to_stdout(services, spool_dir)
        return
    with _os_errors_explained(file), _replaced(file) as out:
        await _with_progress(lambda watch: export_jsonl(services.export, out, watch))


async def _write_jsonl_to_stdout(services: "Services", spool_dir: Path) -> None:
    """Write a temporary file first: a slow reader would hold the database's snapshot open."""
    from tempfile import TemporaryFile

    from memorizer.bootstrap.file_formats import export_jsonl

    with TemporaryFile(dir=spool_dir) as spool:
        with _os_errors_explained(spool_dir):
            await _with_progress(lambda watch: export_jsonl(services.export, spool, watch))
            spool.seek(0)
        shutil.copyfileobj(spool, sys.stdout.buffer)
    sys.stdout.buffer.flush()


async def _write_markdown(services: "Services", target: Path) -> None:
    """Write a note for each memory."""
    from zipfile import ZipFile

    from memorizer.bootstrap.file_formats import export_markdown

    with _os_errors_explained(target):
        if target.suffix == ZIP:
            with _replaced(target) as out, ZipFile(out, "w") as archive:
                await _with_progress(lambda watch: export_markdown(services.export, archive, watch))
        else:
            await _with_progress(lambda watch: export_markdown(services.export, target, watch))


async def _with_progress(write: "Callable[[ExportProgress], Awaitable[None]]") -> None:

    with console.counting_progress() as progress:
        task = progress.add_task("Exporting", total=None)
        await write(lambda done, total: progress.update(task, completed=done, total=total))


@contextmanager
def _replaced(file: Path) -> "Iterator[IO[bytes]]":
    """Yield a temporary file in the same folder; rename it to `file` when all is written."""
    from memorizer.bootstrap.file_formats import create_private_file

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
def _os_errors_explained(target: Path) -> "Iterator[None]":
    """Raise Misconfigured in the place of OSError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise Misconfigured(f"Cannot write {error.filename or target}: {reason}.") from error
