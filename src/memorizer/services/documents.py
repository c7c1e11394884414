"""Documents: taking files and addresses for ingestion, listing and deleting documents.

The bytes of a file wait in the database until a worker has read them, so that any worker can run
the job, and a crash loses none.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from typing import IO, Final
from urllib.parse import urlsplit

from memorizer.domain.documents import (
    MAX_SOURCE,
    UPLOAD_CHUNK_BYTES,
    Document,
    DocumentPart,
    IngestRequest,
    parse_source,
)
from memorizer.domain.errors import InvalidField
from memorizer.domain.jobs import INGEST_DOCUMENT, NewJob, Queue
from memorizer.domain.memories import MAX_TAGS, check_text, clean_tags
from memorizer.domain.workspaces import WorkspaceScope, parse_ref
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, MemoryTransaction, Transaction
from memorizer.services.document_writer import DocumentWriter
from memorizer.services.memory_writer import find_place

URLS_ARE_OFF: Final = (
    "this server fetches no addresses. Whoever looks after it can switch that on with "
    "MEMORIZER_FETCH_URLS=true; or save the page and send the file"
)


@dataclass(frozen=True, slots=True)
class DocumentService:
    """Takes, lists and deletes documents."""

    database: Database
    whole: Database
    """The whole store, where `database` is a part of it; uploads are in no workspace."""
    writer: DocumentWriter
    clock: Clock
    max_bytes: int
    fetches_urls: bool
    scope: WorkspaceScope = WorkspaceScope.ALL

    async def add_file(
        self,
        file: IO[bytes],
        source: str,
        *,
        actor: str,
        workspace: str | None = None,
        tags: Sequence[str] = (),
        media_type: str | None = None,
    ) -> str:
        """Take a file, which is read from its beginning, and queue its ingestion.

        `source` names it: the same source again is a new version. Return the job's id. Raises
        InvalidField, NotFound, WorkspaceNeeded.
        """
        request = await self._request(parse_source(source), actor, workspace, tags, media_type)
        upload_id = self.clock.new_id()
        await self._store(file, upload_id)
        return await self._enqueue(request, workspace, upload_id)

    async def add_url(
        self,
        url: str,
        *,
        actor: str,
        workspace: str | None = None,
        tags: Sequence[str] = (),
    ) -> str:
        """Queue the ingestion of what is at an https address. Return the job's id.

        Raises InvalidField, also where that is switched off; NotFound, WorkspaceNeeded.
        """
        if not self.fetches_urls:
            raise InvalidField("url", URLS_ARE_OFF)
        request = await self._request(_parse_url(url), actor, workspace, tags, None)
        return await self._enqueue(request, workspace, None)

    async def page(self, *, before: str | None, limit: int) -> tuple[list[Document], str | None]:
        """Return documents, newest first, and the next page's cursor."""
        found = await self.database.read(
            lambda tx: tx.documents.page(before=before, limit=limit + 1)
        )
        page = found[:limit]
        return page, page[-1].id if len(found) > limit else None

    async def get(self, document_id: str) -> tuple[Document, list[DocumentPart]]:
        """Return a document and its parts in order, without those in the trash. Raises NotFound."""

        def transaction(tx: MemoryTransaction) -> tuple[Document, list[DocumentPart]]:
            parts = tx.documents.parts(document_id)
            return tx.documents.get(document_id), [p for p in parts if not p.is_deleted]

        return await self.database.read(transaction)

    async def delete(self, document_id: str, *, actor: str) -> int:
        """Forget a document and move its parts to the trash; return their number.

        Raises NotFound.
        """

        def transaction(tx: MemoryTransaction) -> int:
            return self.writer.delete(tx, tx.documents.get(document_id), actor)

        return await self.database.write(transaction)

    async def _request(
        self,
        source: str,
        actor: str,
        workspace: str | None,
        tags: Sequence[str],
        media_type: str | None,
    ) -> IngestRequest:
        """Check everything before the first byte is stored."""
        kept = clean_tags(tuple(tags))
        if len(kept) > MAX_TAGS:
            raise InvalidField("tags", f"at most {MAX_TAGS} tags, got {len(kept)}")
        place = await self.database.read(lambda tx: self._place(tx, workspace))
        return IngestRequest(source, place, actor, media_type=media_type, tags=kept)

    def _place(self, tx: MemoryTransaction, workspace: str | None) -> str | None:
        return find_place(tx, self.scope, None if workspace is None else parse_ref(workspace))

    async def _store(self, file: IO[bytes], upload_id: str) -> None:
        """Store the bytes piece by piece: no other writer waits for a whole file."""
        await asyncio.to_thread(file.seek, 0)
        number, size = 0, 0
        while chunk := await asyncio.to_thread(file.read, UPLOAD_CHUNK_BYTES):
            size += len(chunk)
            if size > self.max_bytes:
                await self.whole.write(lambda tx: tx.documents.remove_upload(upload_id))
                raise InvalidField("file", f"at most {self.max_bytes:,} bytes are taken")
            await self.whole.write(
                partial(_add, chunk=(upload_id, number, chunk, self.clock.now()))
            )
            number += 1
        if not number:
            raise InvalidField("file", "is empty")

    async def _enqueue(
        self, request: IngestRequest, workspace: str | None, upload_id: str | None
    ) -> str:
        data = replace(request, upload_id=upload_id).to_data()
        job = NewJob(
            self.clock.new_id(),
            Queue.DOCUMENTS,
            INGEST_DOCUMENT,
            data,
            unique_key=None if upload_id else f"page:{_digest(request)}",
        )

        def transaction(tx: Transaction) -> str:
            self._place(tx, workspace)  # it may have been deleted meanwhile
            [job_id] = tx.jobs.enqueue([job])
            return job_id

        return await self.database.write(transaction)


def _add(tx: MemoryTransaction, *, chunk: tuple[str, int, bytes, int]) -> None:
    tx.documents.add_chunk(*chunk)


def _digest(request: IngestRequest) -> str:
    return sha256(f"{request.workspace_id}\n{request.source}".encode()).hexdigest()


def _parse_url(url: str) -> str:
    """Return an https address without its fragment. Raises InvalidField."""
    try:
        check_text("url", url, longest=MAX_SOURCE)
        parts = urlsplit(url.strip())
        port_is_fine = parts.port != 0
    except ValueError as error:
        raise InvalidField("url", f"is no address: {error}") from error
    if parts.scheme != "https" or not parts.hostname or not port_is_fine:
        raise InvalidField("url", "should begin with https:// and a host")
    if parts.username or parts.password:
        raise InvalidField("url", "has a user name or password, which is not sent")
    return parts._replace(fragment="").geturl()
