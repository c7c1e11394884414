"""Schemas for memories: requests, responses and the list filter."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.memories import MAX_TEXT, MAX_TITLE, EmbeddingStatus
from memorizer.domain.search import MAX_LIMIT
from memorizer.domain.timestamps import to_iso
from memorizer.http.schemas import (
    Label,
    Labels,
    Moment,
    RequestModel,
    ResponseModel,
    Score,
    Storable,
    Timestamp,
    Visible,
    absent,
    milliseconds,
    unset,
)

MEMORY_ID = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10"
OTHER_ID = "01936f5e-9b10-7a52-8c77-41d2e9b0f3aa"
EXAMPLE_TEXT = "Machine learning is a subset of artificial intelligence."

Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT), Storable, Visible]
Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE),
    Storable,
    Visible,
]

TEXT = "The text, stored verbatim."
TYPE = "What kind of memory it is."
TITLE = "A short title. Without one, a background job generates it."
SOURCE = "The origin of the memory."
TAGS = "Words to find it by; case does not distinguish them."
CONFIDENCE = "Confidence, from 0 to 1."


class MemoryOutline(ResponseModel):
    """A memory without its text."""

    id: str = Field(examples=[MEMORY_ID])
    type: str = Field(description=TYPE, examples=["note"])
    title: str | None = Field(
        description="Null until a user or a background job sets one.",
        examples=["Machine learning"],
    )
    source: str = Field(description=SOURCE, examples=["api"])
    tags: list[str] = Field(description=TAGS, examples=[["ai", "definition"]])
    confidence: float = Field(description=CONFIDENCE, examples=[1.0])
    version: int = Field(description="Starts at 1, incremented with every change.", examples=[1])
    embedding_status: EmbeddingStatus = Field(
        description="Whether search by meaning includes this version already.",
        examples=[EmbeddingStatus.READY],
    )
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | SkipJsonSchema[None] = absent(
        description="When it was archived; omitted if it is not."
    )

    @classmethod
    def of(cls, memory: domain.Memory, **more: str | None) -> Self:
        """As JSON; `more` fills fields that a subclass has of its own."""
        content = memory.content
        known = {
            "id": memory.id,
            "type": content.type,
            "title": content.title,
            "source": content.source,
            "tags": list(content.tags),
            "confidence": content.confidence,
            "version": memory.version,
            "embedding_status": memory.embedding_status,
            "created_at": to_iso(memory.created_at),
            "updated_at": to_iso(memory.updated_at),
            "archived_at": None if memory.archived_at is None else to_iso(memory.archived_at),
            "text": content.text,
        }
        return cls.model_validate(known | more)


class Memory(MemoryOutline):
    """The current version of a memory."""

    text: str = Field(description=TEXT, examples=[EXAMPLE_TEXT])


class StoredMemory(Memory):
    """A new memory."""

    title_job_id: str | SkipJsonSchema[None] = absent(
        description="The job that writes the missing title; watch it at "
        "`/api/admin/jobs/{jobId}/progress`.",
        examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e11"],
    )
    duplicate_of: str | SkipJsonSchema[None] = absent(
        description="The oldest live memory with exactly the same text; the new one is "
        "stored nevertheless.",
        examples=[OTHER_ID],
    )


class MemoryPage(ResponseModel):
    """Memories, newest first."""

    memories: list[Memory]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=[MEMORY_ID],
    )


class MemoryContent(RequestModel):
    """The content of a memory. Only `text` is required."""

    text: Text = Field(description=TEXT, examples=[EXAMPLE_TEXT])
    type: Label = Field("note", description=TYPE)
    title: Title | None = Field(None, description=TITLE)
    source: Label = Field("api", description=SOURCE)
    tags: Labels = Field([], description=TAGS, examples=[["ai", "definition"]])
    confidence: Score = Field(1.0, description=CONFIDENCE)

    def content(self) -> domain.Content:
        """Convert to domain Content. Raises InvalidField."""
        return domain.Content(
            text=self.text,
            type=self.type,
            title=self.title,
            source=self.source,
            tags=tuple(self.tags),
            confidence=self.confidence,
        )


class MemoryChange(RequestModel):
    """The fields to change; omitted fields stay unchanged."""

    text: Text = unset(description=TEXT)
    type: Label = unset(description=TYPE)
    title: Title | None = unset(description="A new title; null clears it, and a job generates one.")
    source: Label = unset(description=SOURCE)
    tags: Labels = unset(
        description="Replaces all tags; an empty list clears them.", examples=[["ai"]]
    )
    confidence: Score = unset(description=CONFIDENCE, examples=[0.8])

    def apply(self, old: domain.Content) -> domain.Content:
        """Return the old content with the given fields changed. Raises InvalidField."""
        return replace(old, **self.model_dump(exclude_unset=True))


class Archived(StrEnum):
    """Which memories a list shows."""

    LIVE = "false"
    ONLY = "true"
    ALL = "all"

    @property
    def wanted(self) -> bool | None:
        """As domain.memories.Filter has it."""
        return {Archived.LIVE: False, Archived.ONLY: True, Archived.ALL: None}[self]


class MemoryFilter(RequestModel):
    """Which memories to list. Every condition must hold."""

    type: Labels = Field([], description="Any of these types.", examples=[["note"]])
    tag: Labels = Field([], description="All of these tags.", examples=[["ai"]])
    archived: Archived = Field(Archived.LIVE, description="Only live, only archived, or all.")
    created_after: Moment | None = Field(
        None, description="Later than this time (ISO 8601; UTC where no zone is given)."
    )
    created_before: Moment | None = Field(None, description="Earlier than this time.")
    embedding_status: EmbeddingStatus | None = Field(
        None,
        description="Only those with this status: the embedding model does not take those that "
        "are `failed`; they are found by their words alone.",
    )
    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="Page size.")
    cursor: UUID | None = Field(None, description="`nextCursor` of the previous page.")

    def filter(self) -> domain.Filter:
        """Convert to a domain Filter."""
        return domain.Filter(
            types=tuple(self.type),
            tags=tuple(self.tag),
            created_after=milliseconds(self.created_after),
            created_before=milliseconds(self.created_before),
            archived=self.archived.wanted,
            embedding_status=self.embedding_status,
        )
