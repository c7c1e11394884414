"""Importing before somebody's eyes: a bar, every refusal with its reason, and what came of it."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress
from rich.text import Text

from memorizer.bootstrap.file_formats import open_import
from memorizer.cli import console
from memorizer.cli.carry_out import STANDARD, bar
from memorizer.domain.errors import UnknownFormat
from memorizer.domain.records import OnConflict, Outcome, RecordType, RejectedRecord
from memorizer.services import Services
from memorizer.services.import_ import Report


@dataclass(frozen=True, slots=True)
class Wanted:
    """An import as it was asked for."""

    path: Path
    format: str | None
    on_conflict: OnConflict
    dry_run: bool

    async def run(self, services: Services) -> Report:
        """Do it and print how it went. Raises UnknownFormat."""
        file = open_import(self.path, self.format)
        readings = file.readings(int(time.time() * 1000))
        try:
            with bar() as progress:
                task = progress.add_task(f"Importing ({file.format})", total=file.expected())
                report = await services.import_.run(
                    readings,
                    on_conflict=self.on_conflict,
                    dry_run=self.dry_run,
                    refused=lambda refusal: _refused(progress, refusal),
                    watch=lambda more: progress.advance(task, more),
                )
        except OSError as error:
            raise UnknownFormat(
                f"{self.path} cannot be read on: {error.strerror or error}. "
                "What was read is kept; run the import again once it can be."
            ) from error
        _say(report, dry_run=self.dry_run)
        await _what_waits(services, report, dry_run=self.dry_run)
        return report


@contextmanager
def readable(file: Path) -> Iterator[Path]:
    """The file; what comes on standard input as a file, since some are read twice."""
    if file != STANDARD:
        yield file
        return
    with tempfile.NamedTemporaryFile(prefix="memorizer-import-") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool)
        spool.flush()
        yield Path(spool.name)


def _refused(progress: Progress, refusal: RejectedRecord) -> None:
    place, reason = console.plain(refusal.place), console.plain(refusal.reason)
    progress.console.print(
        Text.assemble(("refused ", "yellow"), f"{place}: {reason}"), soft_wrap=True
    )


def _say(report: Report, *, dry_run: bool) -> None:
    out = console.out()
    lines = [
        (Outcome.ADDED, "Would add" if dry_run else "Added"),
        (Outcome.UPDATED, "Would update" if dry_run else "Updated"),
        (Outcome.KNOWN, "Already here:"),
    ]
    for outcome, verb in lines:
        counts = [(report.of(piece, outcome), piece) for piece in RecordType]
        said = [f"{count:,} {_named(piece, count)}" for count, piece in counts if count]
        if said:
            out.print(Text.assemble(("✓ ", "green"), f"{verb} {', '.join(said)}"), soft_wrap=True)
    if report.refused:
        out.print(
            Text.assemble(("✗ ", "red"), f"Refused {report.refused:,}; the reasons are above")
        )
    if not report.refused and not any(report.counts.values()):
        out.print(Text("There was nothing in it to import."))


def _named(piece: RecordType, count: int) -> str:
    name = {RecordType.VERSIONS: "earlier versions"}.get(piece, str(piece))
    if count != 1:
        return name
    return {RecordType.MEMORIES: "memory"}.get(piece, name.removesuffix("s"))


async def _what_waits(services: Services, report: Report, *, dry_run: bool) -> None:
    if dry_run or not report.of(RecordType.MEMORIES, Outcome.ADDED):
        return
    if await services.jobs.workers():
        console.note(
            "They are found by their words now, and by their meaning as the worker goes on."
        )
    else:
        console.note(
            "They are found by their words now. By their meaning once they are embedded: "
            "`memorizer reembed --watch` does it at once, `memorizer start` in the background."
        )
