"""`archive` and `restore`."""

from typing import Annotated

from pydantic import Field

from memorizer.domain.memories import Memory
from memorizer.mcp.arguments import Arguments, Id
from memorizer.mcp.results import Result
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool


class Archive(Arguments):
    """A memory to put out of sight, or back."""

    id: Annotated[Id, Field(description="The memory's id")]


class Archived(Result):
    """Where a memory is now."""

    id: str
    archived: bool


@tool("Archive a memory", ToolAnnotation.SETS)
async def archive(call: ToolContext, wanted: Archive) -> Archived:
    """Hide a memory from searches without losing it; restore brings it back."""
    memory = await call.services.memories.archive(wanted.id, actor=call.actor)
    message = f"{memory.id} is archived: searches do not show it. restore brings it back."
    return Archived(message=message, id=memory.id, archived=True)


@tool("Restore a memory", ToolAnnotation.SETS)
async def restore(call: ToolContext, wanted: Archive) -> Archived:
    """Bring a memory back from the archive or the trash, so that searches show it again."""
    memory = await _live(call, wanted.id)
    return Archived(message=f"{memory.id} is live again.", id=memory.id, archived=False)


async def _live(call: ToolContext, memory_id: str) -> Memory:
    """Return the memory, taken out of the trash and the archive. Raises NotFound."""
    memory = await call.services.trash.untrash(memory_id, actor=call.actor)
    if memory.archived_at is None:
        return memory
    return await call.services.memories.unarchive(memory_id, actor=call.actor)
