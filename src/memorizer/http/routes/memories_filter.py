"""The query parameters of lists of memories."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from pydantic import Field, model_validator

from memorizer.domain import memories as domain
from memorizer.domain.keys import parse_key_prefix
from memorizer.domain.memories import EmbeddingStatus
from memorizer.domain.search import MAX_LIMIT
from memorizer.domain.validity import Validity
from memorizer.http.metadata_query import MetadataQuery, collect_metadata, conditions_of
from memorizer.http.routes.memories_schemas import KeyPrefix
from memorizer.http.schemas import (
    Labels,
    Moment,
    ScopedQuery,
    milliseconds,
)

MAX_MOMENTS: Final = 10


class Archived(StrEnum):
    """Which memories a list shows."""

    LIVE = "false"
    ONLY = "true"
    ALL = "all"

    @property
    def wanted(self) -> bool | None:
        """As domain.memories.Filter has it."""
        return {Archived.LIVE: False, Archived.ONLY: True, Archived.ALL: None}[self]


class WantedValidity(StrEnum):
    """Which memories a list shows, by what holds now."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    REVIEW = "review"


class MemoryConditions(ScopedQuery):
    """Conditions on memories. Every one must hold."""

    type: Labels = Field([], description="Any of these types.", examples=[["note"]])
    tag: Labels = Field([], description="All of these tags.", examples=[["ai"]])
    source: Labels = Field([], description="Any of these sources, spelled as they are.")
    archived: Archived = Field(Archived.LIVE, description="Only live, only archived, or all.")
    created_after: Moment | None = Field(
        None, description="Later than this time (ISO 8601; UTC where no zone is given)."
    )
    created_before: Moment | None = Field(None, description="Earlier than this time.")
    pinned: bool | None = Field(None, description="Only pinned ones, or only others.")
    embedding_status: EmbeddingStatus | None = Field(
        None,
        description="Only those with this status: the embedding model does not take those that "
        "are `failed`; they are found by their words alone.",
    )
    metadata: MetadataQuery = Field(
        {},
        description="`metadata.NAME=VALUE` or `metadata[NAME]=VALUE`: only those with this value. "
        "A value that looks like a number, true, false or null matches these too; repeated, one "
        "of the values is enough. `metadata.NAME.$gte=3` has the operators of the search.",
    )
    validity: WantedValidity | None = Field(
        None,
        description="Only what holds now (`current`), is replaced (`superseded`) or `expired`, or "
        "whose `reviewAt` has come (`review`). Without it all are listed, and marked.",
    )
    key_prefix: KeyPrefix | None = Field(
        None, description="Only those whose key begins so; empty for all that have a key."
    )
    id_prefix: str | None = Field(
        None,
        pattern=r"^[0-9a-fA-F-]{1,36}$",
        description="Only those whose id begins so.",
        examples=["01936f5e"],
    )
    depth: int | None = Field(
        None,
        ge=1,
        le=1,
        description="With 1: like a folder, without what lies deeper; `folders` lists that.",
    )

    @model_validator(mode="before")
    @classmethod
    def _collect_metadata(cls, given: object) -> object:
        return collect_metadata(given) if isinstance(given, dict) else given

    def filter(self, now: int) -> domain.Filter:
        """Convert to a domain Filter; `now` is in UTC milliseconds. Raises InvalidField."""
        prefix = "" if self.depth and self.key_prefix is None else self.key_prefix
        return domain.Filter(
            types=tuple(self.type),
            tags=tuple(self.tag),
            sources=tuple(self.source),
            created_after=milliseconds(self.created_after),
            created_before=milliseconds(self.created_before),
            archived=self.archived.wanted,
            pinned=self.pinned,
            embedding_status=self.embedding_status,
            metadata=conditions_of(self.metadata),
            key_prefix=None if prefix is None else parse_key_prefix(prefix),
            id_prefix=self.id_prefix and self.id_prefix.lower(),
            is_direct=self.depth is not None,
            validity=None if self.validity is None else (Validity(self.validity), now),
        )


class MemoryFilter(MemoryConditions):
    """Which memories to list, and which page of them."""

    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="Page size.")
    cursor: UUID | None = Field(None, description="`nextCursor` of the previous page.")


class FacetQuery(MemoryConditions):
    """Which memories to count."""

    since: list[Moment] = Field(
        [],
        max_length=MAX_MOMENTS,
        description="Moments: how many were created later than each, whatever `createdAfter` says.",
    )
