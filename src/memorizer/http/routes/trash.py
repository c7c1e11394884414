"""The trash: what was deleted, bringing it back, letting it go for ever."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Response

from memorizer.http.dependencies import Actor, MemoryId, ServicesDep, etag
from memorizer.http.errors import problems
from memorizer.http.routes.memories import ETAG
from memorizer.http.schemas.memories import Memory
from memorizer.http.schemas.trash import (
    DeletedMemory,
    Purged,
    TrashPage,
    TrashQuery,
    cursor_of,
)

log = structlog.get_logger(__name__)

DAY_MS = 24 * 3_600_000

router = APIRouter(prefix="/api/trash", tags=["trash"], responses=problems(400, 403, 503))


@router.get("", responses=problems(422))
async def list_trash(services: ServicesDep, wanted: Annotated[TrashQuery, Query()]) -> TrashPage:
    """List deleted memories that can be restored; deleted last comes first."""
    trash = services.trash
    page, place = await trash.page(before=wanted.place, limit=wanted.limit)
    return TrashPage(
        memories=[DeletedMemory.after(each, trash.age_ms) for each in page],
        count=len(page),
        total=await trash.count(),
        days=trash.age_ms / DAY_MS,
        next_cursor=cursor_of(place),
    )


@router.post("/{memoryId}/restore", responses={200: {"headers": ETAG}, **problems(404, 422)})
async def restore_deleted_memory(
    memory_id: MemoryId, services: ServicesDep, actor: Actor, response: Response
) -> Memory:
    """Bring a deleted memory back as it was, with its history and its relationships.

    One that is not deleted (any more) stays as it is.
    """
    memory = await services.trash.restore(memory_id, actor=actor)
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)


@router.delete("/{memoryId}", status_code=204, responses=problems(404, 422))
async def purge_memory(memory_id: MemoryId, services: ServicesDep, actor: Actor) -> None:
    """Delete a memory in the trash for ever, with its whole history."""
    await services.trash.purge(memory_id)
    log.info("memory purged", memory=memory_id, by=actor)


@router.delete("")
async def empty_trash(services: ServicesDep, actor: Actor) -> Purged:
    """Delete everything in the trash for ever."""
    count = await services.trash.empty()
    log.info("trash emptied", memories=count, by=actor)
    return Purged(message="The trash is empty", count=count)
