"""Routes and schemas for the trash: list, restore, purge, empty."""

from typing import Annotated, Self

import structlog
from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.memories import TrashCursor
from memorizer.domain.search import MAX_LIMIT
from memorizer.domain.timestamps import DAY_MS, to_iso
from memorizer.http.dependencies import Actor, MemoryId, ServicesDep, etag
from memorizer.http.errors import problems
from memorizer.http.routes.memories import ETAG
from memorizer.http.routes.memories_schemas import KEY_EXAMPLE, MEMORY_ID, Memory
from memorizer.http.schemas import ResponseModel, ScopedQuery, Timestamp, absent

Cursor = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}_[0-9a-f-]{36}$")]


CURSOR = f"1763890200000_{MEMORY_ID}"


class DeletedMemory(Memory):
    """A memory in the trash, with its text."""

    deleted_at: Timestamp
    purged_at: Timestamp = Field(
        description="When, or soon after which, it is permanently deleted."
    )

    @classmethod
    def after(cls, deleted: domain.TrashedMemory, age_ms: int) -> Self:
        """As JSON, if the trash keeps things so long."""
        return cls.of(
            deleted.memory, deleted_at=to_iso(deleted.at), purged_at=to_iso(deleted.at + age_ms)
        )


class RestoredMemory(Memory):
    """A memory that came back from the trash."""

    lost_key: str | SkipJsonSchema[None] = absent(
        description="The key that it had, if another memory has got it meanwhile.",
        examples=[KEY_EXAMPLE],
    )


class TrashPage(ResponseModel):
    """Deleted memories, most recently deleted first."""

    memories: list[DeletedMemory]
    count: int = Field(description="Number of items in this page.", examples=[1])
    total: int = Field(description="Number of memories in the trash.", examples=[1])
    days: float = Field(
        description="Days until a deleted memory is permanently deleted.", examples=[30.0]
    )
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=[CURSOR],
    )


class TrashQuery(ScopedQuery):
    """Which part of the trash to list."""

    limit: int = Field(20, ge=1, le=MAX_LIMIT, description="Page size.")
    cursor: Cursor | None = Field(None, description="`nextCursor` of the previous page.")

    @property
    def place(self) -> TrashCursor | None:
        """Where the page before ended."""
        if self.cursor is None:
            return None
        at, _, memory_id = self.cursor.partition("_")
        return TrashCursor(int(at), memory_id)


class Purged(ResponseModel):
    """Number of memories permanently deleted."""

    message: str = Field(examples=["The trash is empty"])
    count: int = Field(description="Number of memories permanently deleted.", examples=[3])


def cursor_of(place: TrashCursor | None) -> str | None:
    """Encode the cursor for `nextCursor`."""
    return None if place is None else f"{place.at}_{place.memory_id}"


log = structlog.get_logger(__name__)


router = APIRouter(prefix="/api/trash", tags=["trash"], responses=problems(400, 403, 503))


@router.get("", responses=problems(422))
async def list_trash(services: ServicesDep, wanted: Annotated[TrashQuery, Query()]) -> TrashPage:
    """List deleted memories that can be restored, most recently deleted first."""
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
) -> RestoredMemory:
    """Restore a deleted memory with its history and relationships.

    A memory that is not deleted stays unchanged. If another memory has its key now, it comes
    back without one, and `lostKey` says so.
    """
    untrashed = await services.trash.untrash(memory_id, actor=actor)
    response.headers["ETag"] = etag(untrashed.memory.version)
    return RestoredMemory.of(untrashed.memory, lost_key=untrashed.lost_key)


@router.delete("/{memoryId}", status_code=204, responses=problems(404, 422))
async def purge_memory(memory_id: MemoryId, services: ServicesDep, actor: Actor) -> None:
    """Permanently delete a memory in the trash, with its whole history."""
    await services.trash.purge(memory_id)
    log.info("memory purged", memory=memory_id, by=actor)


@router.delete("")
async def empty_trash(services: ServicesDep, actor: Actor) -> Purged:
    """Permanently delete everything in the trash."""
    count = await services.trash.empty()
    log.info("trash emptied", memories=count, by=actor)
    return Purged(message="The trash is empty", count=count)
