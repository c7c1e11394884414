"""`memorizer export` and `memorizer import`."""

import os
import secrets
import shutil
import sys
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir, Workspace
from memorizer.domain.errors import Misconfigured, UnknownFormat
from memorizer.domain.import_findings import MAX_EXAMPLES, Findings
from memorizer.domain.records import (
    ExportFormat,
    OnConflict,
    Outcome,
    RecordType,
    RejectedRecord,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from rich.progress import Progress

    from memorizer.bootstrap.file_formats import ImportFile
    from memorizer.services import Services
    from memorizer.services.export import ExportProgress
    from memorizer.services.import_ import Report

SOME_REFUSED = 3
"""The exit code when some records were refused; 2 is that of wrong arguments."""
STDIO = Path("-")
"""Standard input or output in the place of a file."""
ZIP = ".zip"


class PrintedFindings(Findings):
    """Refusals are printed as they come, notes at the end; few of each kind."""

    def print_refusal(self, progress: "Progress", record: RejectedRecord) -> None:
        """Print a refusal, unless the same was said often."""
        from rich.text import Text

        if self.refuse(record):
            place, reason = console.plain(record.place), console.plain(record.reason)
            line = Text.assemble(("refused ", "yellow"), f"{place}: {reason}")
            progress.console.print(line, soft_wrap=True)

    def print_rest(self) -> None:
        """Print how often refusals came that were not printed, and the notes."""
        for reason, group in self.refusals.items():
            if group.count > MAX_EXAMPLES:
                more = group.count - MAX_EXAMPLES
                console.note(f"{more:,} more were refused: {console.plain(reason)}")
        for message, group in self.notes.items():
            more_ = ", …" if group.count > MAX_EXAMPLES else ""
            console.note(f"{message} ({group.count:,}): {', '.join(group.examples)}{more_}")


def export(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="File to write, or - for standard output; for Markdown, a folder or a .zip file.",
        ),
    ],
    *,
    format_: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="jsonl: everything, to import elsewhere; markdown: notes to read.",
        ),
    ] = ExportFormat.JSONL,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Overwrite an existing file.")
    ] = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Export all memories with their workspaces, versions, events and relationships.

    Memories in the trash, tokens and jobs are not exported. Servers can keep running.
    """
    if format_ is ExportFormat.MARKDOWN:
        _require_empty(file)
        write = partial(_write_markdown, target=file)
    else:
        _require_new(file, force=force)
        spool_dir = session.load_settings(data_dir=data_dir).data_dir
        write = partial(_write_jsonl, file=file, spool_dir=spool_dir)

    async def is_whole(services: "Services") -> bool:
        await write(services)
        return services.scope.is_all

    if not session.open_memories(data_dir, workspace, is_whole):
        console.note("Only what is in the workspace was exported; --workspace all exports all.")
    if file != STDIO:
        console.success(f"Exported to {file}")


def _require_new(file: Path, *, force: bool) -> None:
    """Raise Misconfigured if a file would be overwritten."""
    if file.is_dir():
        raise Misconfigured(f"{file} is a folder. Name a file.")
    if file != STDIO and file.exists() and not force:
        raise Misconfigured(f"{file} already exists. Choose another name, or use --force.")


def _require_empty(target: Path) -> None:
    """Raise Misconfigured if notes would be mixed with other files."""
    if target == STDIO:
        raise Misconfigured(
            "A Markdown export is many files. Name a folder, or a file ending in .zip."
        )
    if target.suffix == ZIP:
        _require_new(target, force=False)
    elif target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise Misconfigured(f"{target} exists and is not empty. Name a new folder.")


async def _write_jsonl(services: "Services", file: Path, spool_dir: Path) -> None:

    from memorizer.bootstrap.file_formats import export_jsonl

    if file == STDIO:
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


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="File, folder or .zip file, or - to read standard input."
        ),
    ],
    *,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="memorizer, markdown, server-memory, mcp-memory-service, petabridge, mem0, "
            "claude, chatgpt, claude-code or codex; needed only where it cannot be detected.",
            show_default=False,
        ),
    ] = None,
    on_conflict: Annotated[
        OnConflict,
        typer.Option(
            "--on-conflict",
            metavar="WHAT",
            help="What to do with a record whose memory exists with other content. refuse: list it "
            "and go on; update: save it as a new version.",
        ),
    ] = OnConflict.REFUSE,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Only show what would be imported.")
    ] = False,
    workspace: Workspace = None,
    folders: Annotated[
        bool,
        typer.Option("--folders", metavar="", help="Make a workspace of each folder of notes."),
    ] = False,
    with_tools: Annotated[
        bool,
        typer.Option(
            "--with-tools", metavar="", help="From transcripts of agents: commands and calls, too."
        ),
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Import memories from an export of Memorizer or of another program.

    Safe to run again: nothing is overwritten, and nothing is imported twice. Records that cannot be
    imported are listed with the reason, and all others are imported. The exit code is 0 if all
    were, 3 if some were not, 1 if none.
    """
    from memorizer.bootstrap.file_formats import open_import

    findings = PrintedFindings()

    async def run(services: "Services") -> "Report":
        file = open_import(path, from_, with_tools=with_tools, folders=folders)
        report = await _import(services, file, on_conflict, findings, dry_run=dry_run)
        findings.print_rest()
        print_report(report, dry_run=dry_run)
        if not dry_run and report.count(RecordType.MEMORIES, Outcome.ADDED):
            await _note_pending_embeddings(services)
        return report

    with _spooled(file) as path:
        report = session.open_memories(data_dir, workspace, run, create=True, is_dry_run=dry_run)
    if report.all_rejected:
        raise typer.Exit(1)
    if report.refused:
        raise typer.Exit(SOME_REFUSED)


@contextmanager
def _spooled(file: Path) -> "Iterator[Path]":
    """Yield the file; standard input is copied to a file, because some formats are read twice."""
    import tempfile

    if file != STDIO:
        yield file
        return
    with tempfile.NamedTemporaryFile(prefix="memorizer-import-") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield Path(spool.name)


async def _import(
    services: "Services",
    file: "ImportFile",
    on_conflict: OnConflict,
    findings: PrintedFindings,
    *,
    dry_run: bool,
) -> "Report":
    """Import a file with a progress bar. Raises UnknownFormat."""
    try:
        with console.counting_progress() as progress:
            task = progress.add_task(f"Importing ({file.format})", total=file.expected())
            return await services.import_.run(
                file.readings(int(time.time() * 1000)),
                on_conflict=on_conflict,
                dry_run=dry_run,
                refused=lambda record: findings.print_refusal(progress, record),
                noted=findings.note,
                watch=lambda count: progress.advance(task, count),
                expect=lambda total: progress.update(task, total=total),
            )
    except OSError as error:
        raise UnknownFormat(
            f"Reading {file.path} failed: {error.strerror or error}. What was read is kept. "
            "Run the import again when the file can be read."
        ) from error


async def _note_pending_embeddings(services: "Services") -> None:
    if await services.jobs.workers():
        console.note("Search finds them by words now, and by meaning as the worker embeds them.")
    else:
        console.note(
            "Search finds them by words now, and by meaning once they are embedded: run "
            "`memorizer reembed --watch`, or `memorizer start` to embed them in the background."
        )


def print_report(report: "Report", *, dry_run: bool) -> None:
    """Print what an import did, or would do."""
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
