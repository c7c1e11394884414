"""Imports a file that was sent, or says what its import would do.

Each batch of records is a transaction of its own, and what is here already is known: a worker that
takes over from one that was killed begins anew and finishes it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from memorizer.domain.errors import DocumentRejected, UnknownFormat
from memorizer.domain.import_findings import Findings
from memorizer.domain.jobs import IMPORT_FILE, BulkProgress, Job
from memorizer.domain.memories import JsonObject
from memorizer.domain.records import ImportNote, RejectedRecord
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.ports.record_files import RecordFiles
from memorizer.ports.transactions import MemoryTransaction
from memorizer.services.file_import import FileImports, ImportRequest
from memorizer.services.import_ import Import, Report

REPORT_SECONDS: Final = 0.3
MAX_PERCENT: Final = 99
"""Of a job that is not complete."""


@dataclass(slots=True)
class _Progress:
    """How far an import is; counted from several threads."""

    findings: Findings = field(default_factory=Findings)
    total: int = 0
    done: int = 0
    refused: int = 0

    def refuse(self, record: RejectedRecord) -> None:
        self.refused += 1
        self.findings.refuse(record)

    def note(self, note: ImportNote) -> None:
        self.findings.note(note)

    def advance(self, count: int) -> None:
        self.done += count

    def expect(self, total: int) -> None:
        self.total = total

    @property
    def items(self) -> BulkProgress:
        """The total is at least what is done: a source may not know it yet."""
        succeeded = max(self.done - self.refused, 0)
        return BulkProgress(max(self.total, self.done), succeeded, self.refused)


@dataclass(frozen=True, slots=True)
class ImportFile:
    """Imports uploads."""

    imports: FileImports
    import_: Import
    files: RecordFiles
    clock: Clock
    name: str = IMPORT_FILE

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Import the file; the effect removes it. Raises DocumentRejected for an unknown format."""
        request, progress = ImportRequest.of(job.data), _Progress()
        with TemporaryDirectory(prefix="memorizer-import-") as folder:
            path = await self.imports.load(request, Path(folder))
            if path is None:
                raise DocumentRejected(
                    "The file is not kept any more: it was imported, or a week has passed. "
                    "Send it again."
                )
            format_, done = await self._import(request, path, progress, report)
        result = {"format": format_, "dryRun": request.dry_run, **_result(done, progress.findings)}

        def effect(tx: MemoryTransaction) -> Mapping[str, object]:
            if not request.dry_run:
                tx.documents.remove_upload(request.upload_id)
            return result

        return effect

    async def _import(
        self, request: ImportRequest, path: Path, progress: _Progress, report: Reporter
    ) -> tuple[str, Report]:
        import_ = self.import_
        if request.workspace is not None:
            workspaces = self.imports.workspaces
            import_ = import_.within(
                await workspaces.narrowed(request.workspace, include_unfiled=False)
            )
        try:
            format_, readings = await asyncio.to_thread(
                self.files.read, path, request.format, self.clock.now()
            )
        except UnknownFormat as error:
            raise DocumentRejected(str(error).replace(str(path), request.name)) from error
        running = asyncio.ensure_future(
            import_.run(
                readings,
                on_conflict=request.on_conflict,
                dry_run=request.dry_run,
                refused=progress.refuse,
                noted=progress.note,
                watch=progress.advance,
                expect=progress.expect,
            )
        )
        try:
            while not running.done():
                await asyncio.wait({running}, timeout=REPORT_SECONDS)
                items = progress.items
                await report(min(items.percent, MAX_PERCENT), items)
        finally:
            running.cancel()
            await asyncio.wait({running})
        return format_, running.result()


def _result(done: Report, findings: Findings) -> JsonObject:
    counts: dict[str, dict[str, int]] = {}
    for (type_, outcome), count in done.counts.items():
        if count:
            counts.setdefault(str(type_), {})[str(outcome)] = count
    return {"counts": counts, "refused": done.refused, **findings.as_json()}
