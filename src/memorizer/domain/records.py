"""Records of import and export, and the outcome of importing them."""

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from memorizer.domain.documents import Document, DocumentPart
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import (
    MAX_LABEL,
    JsonObject,
    Memory,
    MemoryEvent,
    MemoryVersion,
    Relationship,
    check_text,
)
from memorizer.domain.workspaces import Workspace

UNKNOWN_TIME_MS: Final = 0
"""Timestamp (ms) for the UUIDv7 ids of records without a date, which so sort first."""


class RecordType(StrEnum):
    """The kinds of records that are counted."""

    MEMORIES = "memories"
    VERSIONS = "versions"
    EVENTS = "events"
    RELATIONSHIPS = "relationships"
    WORKSPACES = "workspaces"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class MemoryRecord:
    """A memory with its earlier versions and its events, oldest first.

    `origin` is the data of the first event, if the record has no events.
    """

    memory: Memory
    versions: tuple[MemoryVersion, ...] = ()
    events: tuple[MemoryEvent, ...] = ()
    origin: JsonObject = field(default_factory=dict)
    base_version: int = 0
    """The version that its file was made of; 0: one that an import made."""
    is_title_derived: bool = False
    """Whether the title is only the name of its file: another one alone is no change."""
    is_excerpt: bool = False
    """Whether it is a part of something that grows: less of it is no change, nor other facts."""

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether it is a memory as another program or an editor has it, without its history."""
        return bool(self.origin)


class MemorySummary(NamedTuple):
    """What changes whenever a memory does, and its title or the beginning of its text."""

    id: str
    name: str
    version: int
    updated_at: int
    archived_at: int | None
    pinned_at: int | None
    key: str | None
    workspace_id: str | None


@dataclass(frozen=True, slots=True)
class WorkspaceRecord:
    """A workspace of a file, before what is in it.

    With an id of its own it is the workspace that has this id here. Otherwise, its id only stands
    for it in this file, and its path says which one it is.
    """

    workspace: Workspace
    has_own_id: bool = True


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """A document of a file, behind the memories that are its parts."""

    document: Document
    parts: tuple[DocumentPart, ...] = ()


@dataclass(frozen=True, slots=True)
class ParsedRecord:
    """A record that was read, and its place in the file."""

    place: str
    thing: MemoryRecord | Relationship | WorkspaceRecord | DocumentRecord


@dataclass(frozen=True, slots=True)
class RejectedRecord:
    """A record that was not imported, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImportNote:
    """What a person should know about a record that was imported, or a file that was left out.

    `message` is the same for all notes of a kind; `detail` says what is particular to this one.
    """

    place: str
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """By what a record of a source can be known again.

    `memory_id` is that of its ParsedRecord, and the only one if it `is_ours`; `older_ids` are those
    that earlier releases would have given it. Keys have a kind: `id:`, `permalink:`, `path:` and
    `text:`, the digest of its text.
    """

    memory_id: str
    keys: tuple[str, ...]
    older_ids: tuple[str, ...] = ()
    is_ours: bool = False


@dataclass(frozen=True, slots=True)
class SourceListing:
    """All records that a source has, before they come one by one."""

    source: str
    entries: tuple[SourceEntry, ...]


@dataclass(frozen=True, slots=True)
class ExternalId:
    """A name of a memory where it came from, last seen `at` (UTC ms), among those of a collection.

    A collection is what was imported together: two vaults may both have a README.
    """

    key: str
    memory_id: str
    collection: str
    at: int


@dataclass(frozen=True, slots=True)
class ExpectedRecords:
    """About how many memories and relationships a source has."""

    total: int


Reading = ParsedRecord | RejectedRecord | ImportNote | SourceListing | ExpectedRecords


class ExportFormat(StrEnum):
    """Formats of an export."""

    JSONL = "jsonl"
    MARKDOWN = "markdown"


class OnConflict(StrEnum):
    """What to do with a memory that exists with other content."""

    REFUSE = "refuse"
    UPDATE = "update"


class Outcome(StrEnum):
    """What importing a record did."""

    ADDED = "added"
    UPDATED = "updated"
    KNOWN = "known"


Counts = Counter[tuple[RecordType, Outcome]]
"""Number of records by type and outcome."""


def derived_id(at: int, *parts: str) -> str:
    """Return a UUIDv7 derived from `parts`, for a record without an id: the same at every import.

    `at` (UTC milliseconds) gives it its place, as lists are in the order of ids.
    """
    digest = sha256(json.dumps(parts).encode()).digest()
    number = max(at, UNKNOWN_TIME_MS) % 2**48 << 80 | int.from_bytes(digest[:10])
    number = number & ~(0xF << 76) | 0x7 << 76  # the version
    number = number & ~(0x3 << 62) | 0x2 << 62  # the variant
    return str(UUID(int=number))


def check_relationship(link: Relationship) -> None:
    """Raise InvalidField for a relationship that may not be stored."""
    check_text("type", link.type, longest=MAX_LABEL)
    if link.score is not None and not 0 <= link.score <= 1:
        raise InvalidField("score", "must lie between 0 and 1")
    if link.from_id == link.to_id:
        raise InvalidField("to", "a memory cannot be related to itself")


class RecordPresence(StrEnum):
    """Whether a store has a memory, live or in the trash."""

    ABSENT = "absent"
    HERE = "here"
    DELETED = "deleted"
