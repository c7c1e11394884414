"""`create_relationship` and `remove_relationship`."""

from typing import Annotated

from pydantic import Field

from memorizer.mcp.arguments import Arguments, Id, InvalidArguments
from memorizer.mcp.results import Result
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool


class CreateRelationship(Arguments):
    """Two memories, and how they belong together."""

    from_id: Annotated[Id, Field(description="Id of the one that relates")]
    to_id: Annotated[Id, Field(description="Id of the one it relates to")]
    type: Annotated[str, Field(description="How, such as depends_on or explains")]


class Related(Result):
    """A relationship."""

    id: str
    from_id: str
    to_id: str
    type: str
    is_new: bool


@tool("Relate two memories", ToolAnnotation.SETS)
async def create_relationship(call: ToolContext, wanted: CreateRelationship) -> Related:
    """State how one memory relates to another; get shows it for both."""
    if wanted.from_id == wanted.to_id:
        raise InvalidArguments("fromId and toId are the same; a relationship needs two memories.")
    relationship, is_new = await call.services.relationships.add(
        wanted.from_id, wanted.to_id, wanted.type, actor=call.actor
    )
    link = f"{relationship.from_id} {relationship.type} {relationship.to_id}"
    return Related(
        message=f"{'Now' if is_new else 'Already'} related: {link}.",
        id=relationship.id,
        from_id=relationship.from_id,
        to_id=relationship.to_id,
        type=relationship.type,
        is_new=is_new,
    )


class RemoveRelationship(Arguments):
    """A relationship that does not hold."""

    id: Annotated[Id, Field(description="The relationship's id, as get shows it")]


class Removed(Result):
    """What is gone."""

    id: str


@tool("Remove a relationship", ToolAnnotation.DESTROYS)
async def remove_relationship(call: ToolContext, wanted: RemoveRelationship) -> Removed:
    """Remove one relationship; both memories stay."""
    await call.services.relationships.remove(wanted.id, actor=call.actor)
    return Removed(message=f"Removed {wanted.id}.", id=wanted.id)
