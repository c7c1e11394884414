"""Relationships as JSON."""

from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.timestamps import to_iso
from memorizer.http.schemas.base import (
    Label,
    RequestModel,
    ResponseModel,
    Score,
    Timestamp,
    absent,
)
from memorizer.http.schemas.memories import MEMORY_ID, OTHER_ID

TYPE = "How the first memory relates to the second."
SCORE = "How close they are, from 0 to 1."


class Direction(StrEnum):
    """Which of a memory's relationships to list."""

    BOTH = "both"
    INCOMING = "incoming"
    OUTGOING = "outgoing"


class NewRelationship(RequestModel):
    """A link to state between two memories."""

    from_memory_id: UUID = Field(examples=[MEMORY_ID])
    to_memory_id: UUID = Field(examples=[OTHER_ID])
    type: Label = Field(description=TYPE, examples=["explains"])
    score: Score | None = Field(None, description=SCORE, examples=[0.9])


class Relationship(ResponseModel):
    """A stated, directed link; visible from both ends."""

    id: str = Field(examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e15"])
    from_memory_id: str = Field(examples=[MEMORY_ID])
    to_memory_id: str = Field(examples=[OTHER_ID])
    type: str = Field(description=TYPE, examples=["explains"])
    score: float | SkipJsonSchema[None] = absent(description=SCORE, examples=[0.9])
    created_at: Timestamp

    @classmethod
    def of(cls, relationship: domain.Relationship) -> Self:
        return cls(
            id=relationship.id,
            from_memory_id=relationship.from_id,
            to_memory_id=relationship.to_id,
            type=relationship.type,
            score=relationship.score,
            created_at=to_iso(relationship.at),
        )


class Relationships(ResponseModel):
    """The relationships of one memory, newest first."""

    relationships: list[Relationship]
    count: int = Field(description="How many are in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Give it as `cursor` for the next page; left out on the last.",
        examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e15"],
    )
