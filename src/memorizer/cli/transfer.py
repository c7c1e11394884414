"""`memorizer import`."""

import shutil
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console
from memorizer.cli.options import DataDir
from memorizer.domain.errors import UnknownFormat
from memorizer.domain.records import OnConflict, Outcome, RecordType, RejectedRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from memorizer.services import Services
    from memorizer.services.import_ import Report

STDIN = Path("-")


def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="File, folder or .zip; - reads standard input."),
    ],
    *,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="memorizer, markdown, server-memory, mcp-memory-service, petabridge, claude or "
            "chatgpt; needed only where the format cannot be detected.",
            show_default=False,
        ),
    ] = None,
    on_conflict: Annotated[
        OnConflict,
        typer.Option(
            "--on-conflict",
            metavar="WHAT",
            help="When a memory exists with other content: refuse the record, or update the "
            "memory with a new version.",
        ),
    ] = OnConflict.REFUSE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Show what would be imported.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Import memories from an export of Memorizer or of another program.

    Safe to re-run: nothing is overwritten, and nothing is imported twice. Records that cannot be
    imported are listed with the reason, and all others are imported; the exit code is 1 if none
    could be.
    """
    from memorizer.cli import session

    async def run(services: "Services") -> "Report":
        report = await _import(services, path, from_, on_conflict, dry_run=dry_run)
        _print_report(report, dry_run=dry_run)
        if not dry_run and report.count(RecordType.MEMORIES, Outcome.ADDED):
            await _note_pending_embeddings(services)
        return report

    with _spooled(file) as path:
        report = session.open_or_create(data_dir, run)
    if report.all_rejected:
        raise typer.Exit(1)


@contextmanager
def _spooled(file: Path) -> "Iterator[Path]":
    """Yield the file; standard input is copied to a file, because some formats are read twice."""
    import tempfile

    if file != STDIN:
        yield file
        return
    with tempfile.NamedTemporaryFile(prefix="memorizer-import-") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield Path(spool.name)


async def _import(
    services: "Services",
    path: Path,
    format_: str | None,
    on_conflict: OnConflict,
    *,
    dry_run: bool,
) -> "Report":
    """Import a file with a progress bar. Raises UnknownFormat."""
    from memorizer.bootstrap.file_formats import open_import

    file = open_import(path, format_)
    try:
        with console.counting_progress() as progress:
            task = progress.add_task(f"Importing ({file.format})", total=file.expected())
            return await services.import_.run(
                file.readings(int(time.time() * 1000)),
                on_conflict=on_conflict,
                dry_run=dry_run,
                refused=lambda record: _print_refused(progress, record),
                watch=lambda count: progress.advance(task, count),
            )
    except OSError as error:
        raise UnknownFormat(
            f"Reading {path} failed: {error.strerror or error}. What was read is kept. "
            "Run the import again when the file can be read."
        ) from error


def _print_refused(progress: "Progress", record: RejectedRecord) -> None:
    from rich.text import Text

    place, reason = console.plain(record.place), console.plain(record.reason)
    line = Text.assemble(("refused ", "yellow"), f"{place}: {reason}")
    progress.console.print(line, soft_wrap=True)


def _print_report(report: "Report", *, dry_run: bool) -> None:

    verbs = {
        Outcome.ADDED: "Would add" if dry_run else "Added",
        Outcome.UPDATED: "Would update" if dry_run else "Updated",
        Outcome.KNOWN: "Already here:",
    }
    for outcome, verb in verbs.items():
        counts = [(report.count(type_, outcome), type_) for type_ in RecordType]
        parts = [f"{count:,} {_noun(type_, count)}" for count, type_ in counts if count]
        if parts:
            console.success(f"{verb} {', '.join(parts)}")
    if report.refused:
        console.failure(f"Refused {report.refused:,}; the reasons are above")
    if not report.refused and not any(report.counts.values()):
        console.line("Nothing to import.")


def _noun(type_: RecordType, count: int) -> str:
    """Return the name of a record type, in the singular for a count of 1."""
    plural = {RecordType.VERSIONS: "earlier versions"}.get(type_, str(type_))
    if count != 1:
        return plural
    return {RecordType.MEMORIES: "memory"}.get(type_, plural.removesuffix("s"))


async def _note_pending_embeddings(services: "Services") -> None:

    if await services.jobs.workers():
        console.note("Search finds them by words now, and by meaning as the worker embeds them.")
    else:
        console.note(
            "Search finds them by words now, and by meaning once they are embedded: run "
            "`memorizer reembed --watch`, or `memorizer start` to embed them in the background."
        )
