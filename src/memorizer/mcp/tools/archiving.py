"""`archive` and `restore`."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

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
    untrashed = await call.services.trash.untrash(wanted.id, actor=call.actor)
    memory = untrashed.memory
    if memory.archived_at is not None:
        memory = await call.services.memories.unarchive(memory.id, actor=call.actor)
    lost = untrashed.lost_key
    remark = f" Another memory has its key {lost} now, so it has none." if lost else ""
    return Archived(message=f"{memory.id} is live again.{remark}", id=memory.id, archived=False)


archive_memory = replace(
    archive,
    name="archive_memory",
    description="Hide a memory from searches without losing it: the same as archive.",
)
restore_memory = replace(
    restore,
    name="restore_memory",
    description="Bring a memory back from the archive or the trash: the same as restore.",
)
"""Under the names that the parent system gives them."""
