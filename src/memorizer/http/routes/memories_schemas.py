"""Schemas for memories: requests, responses and the list filter."""

from dataclasses import fields, replace
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.keys import MAX_KEY_BYTES
from memorizer.domain.memories import MAX_TEXT, MAX_TITLE, EmbeddingStatus
from memorizer.domain.metadata import Metadata
from memorizer.domain.timestamps import to_iso
from memorizer.domain.validity import MAX_REPLACED, NAMES, Times
from memorizer.http.schemas import (
    DayEnd,
    Key,
    Label,
    Labels,
    MetadataObject,
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
from memorizer.services.memories import Rekey

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

KeyPrefix = Annotated[
    str,
    StringConstraints(max_length=MAX_KEY_BYTES),
    Field(json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$"}),
]

TEXT = "The text, stored verbatim."
TYPE = "What kind of memory it is."
TITLE = "A short title. Without one, a background job generates it."
SOURCE = "The origin of the memory."
TAGS = "Words to find it by; case does not distinguish them."
CONFIDENCE = "Confidence, from 0 to 1."
METADATA = "A flat object of texts, numbers, booleans and nulls, at most 8,192 bytes as JSON."
KEY = "Your own name for it: a path, unique in its workspace, at most 1,024 bytes in UTF-8."
VALID_FROM = "From when on it holds; searches leave it out before."
VALID_UNTIL = "Until when it holds; searches leave it out afterwards. It is not deleted."
REVIEW_AT = "When somebody should look whether it still holds."
HAPPENED_AT = "When what it tells of happened, if that is not when it was stored."
REPLACES = (
    "Ids of the memories that it replaces: they get a relationship `supersedes`, and searches "
    "leave them out."
)
PINNED = "Whether every context pack begins with it, and so every session of an agent."
KEY_EXAMPLE = "projects/billing/decisions.md"


Replaces = Annotated[list[UUID], Field(max_length=MAX_REPLACED)]
OUTSIDE_VERSIONS: Final = {"key", "workspace", "pinned", "replaces"}
"""Fields of a change that make no version."""


_TIMES = [field.name for field in fields(Times)]


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
    key: str | SkipJsonSchema[None] = absent(
        description=f"{KEY} Omitted if it has none.", examples=[KEY_EXAMPLE]
    )
    metadata: MetadataObject | SkipJsonSchema[None] = absent(
        description=f"{METADATA} Omitted if it is empty."
    )
    pinned: Literal[True] | SkipJsonSchema[None] = absent(
        description=f"{PINNED} Omitted if it is not.", examples=[True]
    )
    workspace_id: str | SkipJsonSchema[None] = absent(
        description="The workspace it is in; omitted if it is in none."
    )
    valid_from: Timestamp | SkipJsonSchema[None] = absent(description=VALID_FROM)
    valid_until: Timestamp | SkipJsonSchema[None] = absent(description=VALID_UNTIL)
    review_at: Timestamp | SkipJsonSchema[None] = absent(description=REVIEW_AT)
    happened_at: Timestamp | SkipJsonSchema[None] = absent(description=HAPPENED_AT)
    superseded_by: str | SkipJsonSchema[None] = absent(
        description="The memory that replaces it; read that one instead. Omitted if there is "
        "none, or none that you may see.",
        examples=[OTHER_ID],
    )
    superseded_at: Timestamp | SkipJsonSchema[None] = absent(
        description="From when on it is replaced; omitted if it is not."
    )

    @classmethod
    def of(cls, memory: domain.Memory, **more: str | list[str] | None) -> Self:
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
            "key": memory.key,
            "metadata": dict(content.metadata) or None,
            "pinned": memory.is_pinned or None,
            "workspace_id": memory.workspace_id,
            "text": content.text,
            **{
                name: None if (at := getattr(content.times, name)) is None else to_iso(at)
                for name in _TIMES
            },
        }
        if memory.supersession is not None:
            known["superseded_by"] = memory.supersession.by
            known["superseded_at"] = to_iso(memory.supersession.at)
        return cls.model_validate(known | more)


class Memory(MemoryOutline):
    """The current version of a memory."""

    text: str = Field(description=TEXT, examples=[EXAMPLE_TEXT])


class WrittenMemory(Memory):
    """A memory after a change."""

    secrets_found: list[str] | SkipJsonSchema[None] = absent(
        description="Kinds of what looked like a secret in what was sent; omitted if nothing did. "
        "With `MEMORIZER_SECRETS=mask`, it was not stored.",
        examples=[["GitHub token"]],
    )


class StoredMemory(WrittenMemory):
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


class KeyFolder(ResponseModel):
    """A part of the keys that ends with `/`."""

    prefix: str = Field(description="Pass it as `keyPrefix`.", examples=["projects/billing/"])
    count: int = Field(description="Number of memories below it, at any depth.", examples=[3])


class MemoryPage(ResponseModel):
    """Memories, newest first."""

    memories: list[Memory]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=[MEMORY_ID],
    )
    folders: list[KeyFolder] | SkipJsonSchema[None] = absent(
        description="With `depth=1`: the folders directly below the prefix; on the first page only."
    )


class MemoryContent(RequestModel):
    """The content of a memory. Only `text` is required."""

    text: Text = Field(description=TEXT, examples=[EXAMPLE_TEXT])
    type: Label = Field("note", description=TYPE)
    title: Title | None = Field(None, description=TITLE)
    source: Label = Field("api", description=SOURCE)
    tags: Labels = Field([], description=TAGS, examples=[["ai", "definition"]])
    confidence: Score = Field(1.0, description=CONFIDENCE)
    metadata: MetadataObject = Field({}, description=METADATA)
    valid_from: Moment | None = Field(None, description=VALID_FROM)
    valid_until: DayEnd | None = Field(
        None, description=f"{VALID_UNTIL} A date without a time includes that day."
    )
    review_at: Moment | None = Field(None, description=REVIEW_AT)
    happened_at: Moment | None = Field(None, description=HAPPENED_AT)

    def content(self) -> domain.Content:
        """Convert to domain Content. Raises InvalidField."""
        return domain.Content(
            text=self.text,
            type=self.type,
            title=self.title,
            source=self.source,
            tags=tuple(self.tags),
            confidence=self.confidence,
            metadata=Metadata(self.metadata),
            times=Times(**{name: milliseconds(getattr(self, name)) for name in NAMES}),
        )


class PlacedContent(MemoryContent):
    """The content of a memory, where it goes and what it replaces."""

    workspace: str | None = Field(
        None,
        max_length=1_000,
        description="Where it goes: the id or path of a workspace, or `unfiled`. A token that may "
        "write into just one needs to name none.",
        examples=["acme/billing-api"],
    )
    replaces: Replaces = Field(default_factory=list, description=REPLACES, examples=[[OTHER_ID]])


class NewMemory(PlacedContent):
    """A memory to store. Only `text` is required."""

    key: Key | None = Field(
        None, description=f"{KEY} Another memory with it is a conflict (409): see PUT by-key."
    )


class MemoryReplacement(NewMemory):
    """What replaces a memory: a new one, or `by` alone."""

    text: Text = unset(description=TEXT, examples=[EXAMPLE_TEXT])
    by: UUID | None = Field(None, description="The id of a memory that is stored already.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.by is None) != ("text" in self.model_fields_set):
            raise ValueError("give the `text` of a new memory, or `by`, the id of a stored one")
        if self.by is not None and self.model_fields_set != {"by"}:
            raise ValueError("with `by`, nothing else can be given")
        return self


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
    metadata: MetadataObject = unset(
        description="Replaces all metadata; an empty object clears it."
    )
    key: Key | None = unset(
        description="A new key, which makes no version; null takes the key away."
    )
    pinned: bool = unset(strict=True, description=f"{PINNED} Makes no version.", examples=[True])
    workspace: str = unset(
        max_length=1_000,
        description="Moves the memory into this workspace (id, path), or out of all (`unfiled`); "
        "that makes no version.",
        examples=["acme/billing-api"],
    )
    valid_from: Moment | None = unset(description=f"{VALID_FROM} Null: no limit.")
    valid_until: DayEnd | None = unset(description=f"{VALID_UNTIL} Null: no limit.")
    review_at: Moment | None = unset(description=f"{REVIEW_AT} Null: never.")
    happened_at: Moment | None = unset(description=HAPPENED_AT)
    replaces: Replaces = Field(
        default_factory=list,
        description=f"{REPLACES} That makes no version.",
        examples=[[OTHER_ID]],
    )

    def apply(self, old: domain.Content) -> domain.Content:
        """Return the old content with the given fields changed. Raises InvalidField."""
        given = self.model_dump(exclude_unset=True, exclude=OUTSIDE_VERSIONS)
        times = {name: milliseconds(given.pop(name)) for name in NAMES if name in given}
        return replace(old, times=replace(old.times, **times), **given)

    def pin(self) -> bool | None:
        """Return whether it is to be pinned, if that is given."""
        return self.pinned if "pinned" in self.model_fields_set else None

    def rekey(self) -> Rekey | None:
        """Return the new key, if one is given. Raises InvalidField."""
        return Rekey(self.key) if "key" in self.model_fields_set else None
