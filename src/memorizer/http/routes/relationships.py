"""Routes and schemas for relationships between memories."""

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.timestamps import to_iso
from memorizer.http.dependencies import (
    DEFAULT_PAGE_LIMIT,
    Actor,
    IdCursor,
    MemoryId,
    PageLimit,
    ServicesDep,
)
from memorizer.http.errors import problems
from memorizer.http.routes.memories_schemas import MEMORY_ID, OTHER_ID
from memorizer.http.schemas import Label, RequestModel, ResponseModel, Score, Timestamp, absent

TYPE = "How the first memory relates to the second."


SCORE = "How close they are, from 0 to 1."


class Direction(StrEnum):
    """Which of a memory's relationships to list."""

    BOTH = "both"
    INCOMING = "incoming"
    OUTGOING = "outgoing"


class NewRelationship(RequestModel):
    """A relationship to create between two memories."""

    from_memory_id: UUID = Field(examples=[MEMORY_ID])
    to_memory_id: UUID = Field(examples=[OTHER_ID])
    type: Label = Field(description=TYPE, examples=["explains"])
    score: Score | None = Field(None, description=SCORE, examples=[0.9])


class Relationship(ResponseModel):
    """A directed relationship, listed for both memories."""

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
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e15"],
    )


router = APIRouter(
    prefix="/api", tags=["relationships"], responses=problems(400, 403, 404, 422, 503)
)


RelationshipId = Annotated[UUID, Path(alias="relationshipId", description="The relationship's id.")]


@router.post(
    "/relationships",
    status_code=201,
    responses={
        200: {
            "model": Relationship,
            "description": "The relationship exists already; nothing changed.",
        },
        **problems(413, 415),
    },
)
async def create_relationship(
    body: NewRelationship, services: ServicesDep, actor: Actor, response: Response
) -> Relationship:
    """Create a relationship between two memories."""
    relationship, is_new = await services.relationships.add(
        str(body.from_memory_id),
        str(body.to_memory_id),
        body.type,
        actor=actor,
        score=body.score,
    )
    response.status_code = 201 if is_new else 200
    return Relationship.of(relationship)


@router.delete("/relationships/{relationshipId}", status_code=204)
async def delete_relationship(
    relationship_id: RelationshipId, services: ServicesDep, actor: Actor
) -> None:
    """Delete a relationship."""
    await services.relationships.remove(str(relationship_id), actor=actor)


@router.get("/memories/{memoryId}/relationships")
async def list_relationships(
    memory_id: MemoryId,
    services: ServicesDep,
    direction: Annotated[
        Direction, Query(description="From this memory, to it, or both.")
    ] = Direction.BOTH,
    limit: PageLimit = DEFAULT_PAGE_LIMIT,
    cursor: IdCursor = None,
) -> Relationships:
    """List a memory's relationships, newest first."""
    found = await services.relationships.list(
        memory_id,
        outgoing=direction is not Direction.INCOMING,
        incoming=direction is not Direction.OUTGOING,
        before=None if cursor is None else str(cursor),
        limit=limit + 1,
    )
    relationships = [Relationship.of(each) for each in found[:limit]]
    following = relationships[-1].id if len(found) > limit else None
    return Relationships(
        relationships=relationships, count=len(relationships), next_cursor=following
    )
