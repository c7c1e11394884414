"""Relationships between memories."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from memorizer.http.dependencies import (
    USUAL_PAGE,
    Actor,
    IdCursor,
    MemoryId,
    PageLimit,
    ServicesDep,
)
from memorizer.http.errors import problems
from memorizer.http.schemas.relationships import (
    Direction,
    NewRelationship,
    Relationship,
    Relationships,
)

router = APIRouter(
    prefix="/api", tags=["relationships"], responses=problems(400, 403, 404, 422, 503)
)

RelationshipId = Annotated[UUID, Path(alias="relationshipId", description="The relationship's id.")]


@router.post(
    "/relationships",
    status_code=201,
    responses={
        200: {"model": Relationship, "description": "It was stated before; nothing changed."},
        **problems(413, 415),
    },
)
async def create_relationship(
    body: NewRelationship, services: ServicesDep, actor: Actor, response: Response
) -> Relationship:
    """State how one memory relates to another."""
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
    """Remove a relationship."""
    await services.relationships.remove(str(relationship_id), actor=actor)


@router.get("/memories/{memoryId}/relationships")
async def list_relationships(
    memory_id: MemoryId,
    services: ServicesDep,
    direction: Annotated[
        Direction, Query(description="From this memory, to it, or both.")
    ] = Direction.BOTH,
    limit: PageLimit = USUAL_PAGE,
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
