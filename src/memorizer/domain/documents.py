"""Documents: files and web pages whose parts are kept as memories.

A document is known by its source (a path, a name or an address) within its workspace, else by the
checksum of its bytes. Its parts are memories of their own; a changed document replaces them as a
set.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final
from unicodedata import normalize

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_LABEL, MAX_TITLE, Content, check_text
from memorizer.domain.metadata import Metadata, Scalar

MAX_SOURCE: Final = 1_000
PART_TYPE: Final = "document"
"""The type of the memories that are parts of documents."""
UPLOAD_CHUNK_BYTES: Final = 2**18
"""Of an upload in one row: other writers wait for one at most."""


class DocumentOutcome(StrEnum):
    """What ingesting a document did."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class ConvertedPart:
    """A part of a document as a converter made it, in Markdown.

    `page` counts pages, slides or sheets, `line` the lines of a text or the rows of a sheet; both
    from 1, and None where the format has no such thing.
    """

    text: str
    title: str
    page: int | None = None
    line: int | None = None

    @property
    def checksum(self) -> str:
        """By which the part is known again: SHA-256 of its text, hexadecimal."""
        return sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ConvertedDocument:
    """What a converter made of a file."""

    title: str
    media_type: str
    parts: tuple[ConvertedPart, ...]
    warnings: tuple[str, ...] = ()
    """What was lost, for people."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document that is kept by its parts. Times are UTC milliseconds."""

    id: str
    workspace_id: str | None
    source: str
    title: str
    media_type: str
    checksum: str
    """SHA-256 of the bytes, hexadecimal."""
    size_bytes: int
    version: int
    created_at: int
    updated_at: int
    warnings: tuple[str, ...] = ()
    part_count: int = 0


@dataclass(frozen=True, slots=True)
class DocumentPart:
    """A memory as a part of a document; `position` counts from 1."""

    memory_id: str
    position: int
    checksum: str
    page: int | None = None
    line: int | None = None
    title: str | None = None
    """That of the memory now."""
    is_deleted: bool = False
    """Whether the memory is in the trash."""


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """What a job ingests: the upload of this id, or the page at the address `source`."""

    source: str
    workspace_id: str | None
    actor: str
    upload_id: str | None = None
    media_type: str | None = None
    tags: tuple[str, ...] = ()

    def to_data(self) -> Mapping[str, object]:
        """As the data of a job."""
        return {
            "source": self.source,
            "workspaceId": self.workspace_id,
            "actor": self.actor,
            "uploadId": self.upload_id,
            "mediaType": self.media_type,
            "tags": list(self.tags),
        }

    @classmethod
    def of(cls, data: Mapping[str, object]) -> "IngestRequest":
        """From the data of a job."""

        def text(name: str) -> str | None:
            value = data.get(name)
            return value if isinstance(value, str) else None

        tags = data.get("tags")
        return cls(
            text("source") or "",
            text("workspaceId"),
            text("actor") or "worker",
            text("uploadId"),
            text("mediaType"),
            tuple(map(str, tags)) if isinstance(tags, list) else (),
        )

    def content(self, part: ConvertedPart, document_id: str) -> Content:
        """Return the content of a new memory for a part."""
        return Content(
            part.text,
            PART_TYPE,
            part.title[:MAX_TITLE],
            short_name(self.source)[-MAX_LABEL:],
            self.tags,
            metadata=Metadata(provenance(document_id, self.source, part.page)),
        )


def provenance(document_id: str, source: str, page: int | None) -> dict[str, Scalar]:
    """Return the metadata by which a part leads back to its document."""
    found: dict[str, Scalar] = {"document": source, "documentId": document_id}
    return found if page is None else found | {"page": page}


def short_name(source: str) -> str:
    """Return the last step of a path or an address; all of it if there is none."""
    return source.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or source


def parse_source(source: str, *, field: str = "source") -> str:
    """Return the name of a document, composed.

    Raises InvalidField for one that nothing may have.
    """
    composed = normalize("NFC", source).strip()
    check_text(field, composed, longest=MAX_SOURCE)
    if not composed.isprintable():
        raise InvalidField(field, "has control characters")
    if ".." in composed.replace("\\", "/").split("/"):
        raise InvalidField(field, "has a `..`, which would lead out of its folder")
    return composed


def match_parts(
    old: Sequence[DocumentPart], new: Sequence[ConvertedPart]
) -> list[DocumentPart | None]:
    """For each new part the old one that it replaces: of the same text, else of the same title."""
    found: list[DocumentPart | None] = [None] * len(new)
    used: set[int] = set()
    for old_keys, new_keys in (
        ([part.checksum for part in old], [part.checksum for part in new]),
        ([part.title for part in old], [part.title[:MAX_TITLE] for part in new]),
    ):
        free: dict[str | None, deque[DocumentPart]] = defaultdict(deque)
        for before, old_key in zip(old, old_keys, strict=True):
            if before.position not in used:
                free[old_key].append(before)
        for number, key in enumerate(new_keys):
            if found[number] is None and free[key]:
                before = free[key].popleft()
                found[number] = before
                used.add(before.position)
    return found
