"""Imports of files that were sent: a dry run first, then the import, both as durable jobs.

The file waits in the database, like a document, so that any worker can read it and a crash
loses nothing; it goes with the job that imported it, or after a week.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Final

from memorizer.domain.documents import UPLOAD_CHUNK_BYTES
from memorizer.domain.errors import ActionNotAllowed, InvalidField, NotFound
from memorizer.domain.jobs import IMPORT_FILE, Job, JobState, NewJob, Queue
from memorizer.domain.records import OnConflict
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobReader
from memorizer.ports.transactions import Database, MemoryTransaction, Transaction
from memorizer.services.workspaces import WorkspaceService

MAX_NAME: Final = 200
DEFAULT_NAME: Final = "import"


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What a job imports, and how."""

    upload_id: str
    name: str
    """The name of the file, by whose ending its format may be known."""
    format: str | None = None
    workspace: str | None = None
    dry_run: bool = False
    on_conflict: OnConflict = OnConflict.REFUSE

    def to_data(self) -> Mapping[str, object]:
        """As the data of a job."""
        return {
            "uploadId": self.upload_id,
            "name": self.name,
            "format": self.format,
            "workspace": self.workspace,
            "dryRun": self.dry_run,
            "onConflict": str(self.on_conflict),
        }

    @classmethod
    def of(cls, data: Mapping[str, object]) -> "ImportRequest":
        """From the data of a job."""

        def text(name: str) -> str | None:
            value = data.get(name)
            return value if isinstance(value, str) else None

        is_update = data.get("onConflict") == OnConflict.UPDATE
        return cls(
            text("uploadId") or "",
            text("name") or DEFAULT_NAME,
            text("format"),
            text("workspace"),
            data.get("dryRun") is True,
            OnConflict.UPDATE if is_update else OnConflict.REFUSE,
        )


@dataclass(frozen=True, slots=True)
class FileImports:
    """Takes files to import, and confirms dry runs."""

    database: Database
    workspaces: WorkspaceService
    job_reader: JobReader
    clock: Clock
    max_bytes: int

    async def add(
        self,
        file: IO[bytes],
        name: str,
        *,
        format_: str | None = None,
        workspace: str | None = None,
        dry_run: bool = True,
        on_conflict: OnConflict = OnConflict.REFUSE,
    ) -> str:
        """Take a file, which is read from its beginning, and queue its import.

        Return the job's id. Raises InvalidField, NotFound for the workspace.
        """
        if workspace is not None:
            await self.workspaces.narrowed(workspace, include_unfiled=False)
        upload_id = self.clock.new_id()
        await self._store(file, upload_id)
        request = ImportRequest(
            upload_id, plain_name(name), format_, workspace, dry_run, on_conflict
        )
        return await self._enqueue(request)

    async def confirm(self, job_id: str, *, on_conflict: OnConflict = OnConflict.REFUSE) -> str:
        """Queue the import whose dry run this job was; return the id of its job.

        Raises NotFound, ActionNotAllowed before it has ended.
        """
        job = await self.job_reader.get(job_id)
        request = _dry_run(job)
        if job.state is not JobState.COMPLETED:
            raise ActionNotAllowed("confirm", job.state, JobState.COMPLETED)
        return await self._enqueue(replace(request, dry_run=False, on_conflict=on_conflict))

    async def load(self, request: ImportRequest, folder: Path) -> Path | None:
        """Write the file into a folder; None: it is not kept any more."""
        path, number = folder / request.name, 0
        with path.open("wb") as out:
            while chunk := await self._chunk(request.upload_id, number):
                await asyncio.to_thread(out.write, chunk)
                number += 1
        return path if number else None

    async def _chunk(self, upload_id: str, number: int) -> bytes | None:
        return await self.database.read(lambda tx: tx.documents.chunk(upload_id, number))

    async def _store(self, file: IO[bytes], upload_id: str) -> None:
        """Store the bytes piece by piece: no other writer waits for a whole file."""
        await asyncio.to_thread(file.seek, 0)
        number = 0
        while chunk := await asyncio.to_thread(file.read, UPLOAD_CHUNK_BYTES):
            if (number + 1) * UPLOAD_CHUNK_BYTES > self.max_bytes + UPLOAD_CHUNK_BYTES:
                await self.database.write(lambda tx: tx.documents.remove_upload(upload_id))
                raise InvalidField("file", f"at most {self.max_bytes:,} bytes are taken")
            row = (upload_id, number, chunk, self.clock.now())
            await self.database.write(partial(_add, chunk=row))
            number += 1
        if not number:
            raise InvalidField("file", "is empty")

    async def _enqueue(self, request: ImportRequest) -> str:
        job = NewJob(
            self.clock.new_id(),
            Queue.DOCUMENTS,
            IMPORT_FILE,
            request.to_data(),
            unique_key=None if request.dry_run else f"import:{request.upload_id}",
        )

        def transaction(tx: Transaction) -> str:
            [job_id] = tx.jobs.enqueue([job])
            return job_id

        return await self.database.write(transaction)


def _dry_run(job: Job) -> ImportRequest:
    request = ImportRequest.of(job.data)
    if job.name != IMPORT_FILE:
        raise NotFound("dry run", job.id)
    if not request.dry_run:
        raise ActionNotAllowed("confirm", "no dry run", "a dry run that has completed")
    return request


def _add(tx: MemoryTransaction, *, chunk: tuple[str, int, bytes, int]) -> None:
    tx.documents.add_chunk(*chunk)


def plain_name(name: str) -> str:
    """Return the last step of a file's name, without what no file system takes."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c if c.isprintable() and c not in '<>:"|?*' else "_" for c in last)
    return kept.strip(" .")[-MAX_NAME:] or DEFAULT_NAME
