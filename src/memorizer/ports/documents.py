"""Documents: their rows inside a transaction, and what reads files and web pages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from memorizer.domain.documents import ConvertedDocument, Document, DocumentPart

ConversionProgress = Callable[[int, int], Awaitable[None]]
"""Called with the pages that are done and the total."""


class Documents(Protocol):
    """Documents and which memories are their parts; a scoped transaction sees those of its scope.

    Uploads are the bytes of files that wait for their job; no scoped transaction sees them.
    """

    def lock(self) -> None:
        """Let nobody else add documents until the end of the transaction."""
        ...

    def get(self, document_id: str) -> Document:
        """Return the document. Raises NotFound."""
        ...

    def find_by_source(self, workspace_id: str | None, source: str) -> Document | None:
        """Return the document of this source in the workspace."""
        ...

    def find_by_checksum(self, workspace_id: str | None, checksum: str) -> Document | None:
        """Return a document of these bytes in the workspace."""
        ...

    def page(self, *, before: str | None, limit: int) -> list[Document]:
        """Documents with ids below `before`, newest first."""
        ...

    def add(self, document: Document) -> None:
        """Insert."""
        ...

    def update(self, document: Document) -> None:
        """Write what a new version changes."""
        ...

    def remove(self, document_id: str) -> None:
        """Delete; its parts stay as memories."""
        ...

    def parts(self, document_id: str) -> list[DocumentPart]:
        """Return the parts in their order; also those whose memories are in the trash."""
        ...

    def set_parts(self, document_id: str, parts: Sequence[DocumentPart]) -> None:
        """Replace which memories are its parts."""
        ...

    def rehome(self, workspace_id: str, target_id: str | None) -> None:
        """Put the documents of a workspace into another one, or out of all."""
        ...

    def add_chunk(self, upload_id: str, number: int, content: bytes, at: int) -> None:
        """Store a piece of an upload; numbers count from 0."""
        ...

    def chunk(self, upload_id: str, number: int) -> bytes | None:
        """Return a piece of an upload; None behind the last one."""
        ...

    def remove_upload(self, upload_id: str) -> None:
        """Delete an upload."""
        ...

    def remove_uploads_before(self, at: int) -> None:
        """Delete uploads older than this (UTC milliseconds)."""
        ...


class DocumentConverter(Protocol):
    """Turns a file into parts. A file can do no harm beyond its own failure."""

    async def convert(
        self, file: Path, name: str, media_type: str | None, progress: ConversionProgress
    ) -> ConvertedDocument:
        """Convert a file that came under this name.

        Raises DocumentRejected for one that cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What came from an address: after redirects, with the media type that it declared."""

    url: str
    media_type: str | None


class PageFetcher(Protocol):
    """Fetches web pages and files from public addresses."""

    async def fetch(self, url: str, target: Path) -> FetchedPage:
        """Write what is at this address into a file.

        Raises DocumentRejected for what may not be fetched, DocumentUnavailable for what does not
        answer now.
        """
        ...
