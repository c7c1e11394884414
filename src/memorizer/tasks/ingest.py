"""Ingests one document: fetches its bytes, converts them, writes the parts.

Everything before the effect can be done again: a worker that is killed leaves the upload where it
was, and the effect removes it in the transaction that writes the parts.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from memorizer.domain.documents import IngestRequest
from memorizer.domain.errors import DocumentRejected, InvalidField, NotFound
from memorizer.domain.jobs import INGEST_DOCUMENT, BulkProgress, Job
from memorizer.ports.documents import DocumentConverter, PageFetcher
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.document_writer import DocumentWriter, SourceFile

LOADED_PERCENT: Final = 10
CONVERTED_PERCENT: Final = 95


@dataclass(frozen=True, slots=True)
class IngestDocument:
    """Ingests uploads and web pages."""

    database: Database
    converter: DocumentConverter
    fetcher: PageFetcher
    writer: DocumentWriter
    name: str = INGEST_DOCUMENT

    async def run(self, job: Job, report: Reporter) -> Effect:
        """Convert the document; the effect writes it. Raises DocumentRejected for a bad one."""
        request = IngestRequest.of(job.data)
        with TemporaryDirectory(prefix="memorizer-document-") as folder:
            file = Path(folder) / "document"
            request = await self._load(request, file)
            facts = await asyncio.to_thread(_facts, file)
            known = await self.database.read(lambda tx: self.writer.known(tx, request, facts))
            if known is not None:
                return lambda tx: self.writer.unchanged(tx, request, known)
            await report(LOADED_PERCENT)

            async def progress(done: int, total: int) -> None:
                share = (CONVERTED_PERCENT - LOADED_PERCENT) * done // max(total, 1)
                await report(LOADED_PERCENT + share, BulkProgress(total, done))

            converted = await self.converter.convert(
                file, request.source, request.media_type, progress
            )

        def effect(tx: MemoryTransaction) -> Mapping[str, object]:
            try:
                return self.writer.write(tx, request, facts, converted)
            except InvalidField as error:
                raise DocumentRejected(f"A part of it cannot be stored: {error}") from error
            except NotFound as error:
                raise DocumentRejected(
                    "The workspace that the document was meant for was deleted meanwhile. Send it "
                    "again for another one."
                ) from error

        return effect

    async def _load(self, request: IngestRequest, file: Path) -> IngestRequest:
        """Write the bytes into a file; return the request with the media type that is known."""
        if request.upload_id is None:
            page = await self.fetcher.fetch(request.source, file)
            return replace(request, media_type=page.media_type)
        number = 0
        with file.open("wb") as out:
            while chunk := await self._chunk(request.upload_id, number):
                await asyncio.to_thread(out.write, chunk)
                number += 1
        if not number:
            raise DocumentRejected(
                "The file is not kept any more: uploads that could not be ingested are deleted "
                "after a week. Send it again."
            )
        return request

    async def _chunk(self, upload_id: str, number: int) -> bytes | None:
        return await self.database.read(lambda tx: tx.documents.chunk(upload_id, number))


def _facts(file: Path) -> SourceFile:
    digest, size = sha256(), 0
    with file.open("rb") as content:
        while chunk := content.read(2**20):
            digest.update(chunk)
            size += len(chunk)
    return SourceFile(digest.hexdigest(), size)
