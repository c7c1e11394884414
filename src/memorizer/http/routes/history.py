"""A memory's past: versions, what changed between them, events, and going back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from memorizer.domain.auth import Scope
from memorizer.domain.memories import EventType
from memorizer.http.dependencies import (
    CURSOR,
    USUAL_PAGE,
    Actor,
    ExpectedVersion,
    IdCursor,
    IdentityDep,
    MemoryId,
    PageLimit,
    ServicesDep,
    etag,
)
from memorizer.http.errors import problems
from memorizer.http.routes.memories import CHANGES
from memorizer.http.schemas.history import (
    MOST_VERSIONS,
    Difference,
    Events,
    MemoryEvent,
    MemoryVersion,
    Reversion,
    Versions,
)
from memorizer.http.schemas.memories import Memory

router = APIRouter(
    prefix="/api/memories/{memoryId}",
    tags=["history"],
    responses=problems(400, 403, 404, 422, 503),
)

VersionPath = Annotated[
    int, Path(ge=1, le=MOST_VERSIONS, description="Versions count from 1.", examples=[1])
]
OldVersion = Annotated[
    int, Query(alias="from", ge=1, le=MOST_VERSIONS, description="The old version.", examples=[1])
]
NewVersion = Annotated[
    int, Query(alias="to", ge=1, le=MOST_VERSIONS, description="The new version.", examples=[2])
]


@router.get("/versions")
async def list_versions(
    memory_id: MemoryId,
    services: ServicesDep,
    limit: PageLimit = USUAL_PAGE,
    cursor: Annotated[int | None, Query(ge=1, le=MOST_VERSIONS, description=CURSOR)] = None,
) -> Versions:
    """List versions of a memory, newest first, each with its whole content.

    A page holds fewer than `limit` where their texts are long.
    """
    found = await services.search.versions(memory_id, before=cursor, limit=limit)
    versions = [MemoryVersion.of(each) for each in found]
    following = None
    if found:
        last = found[-1].version
        is_more = await services.search.versions(memory_id, before=last, limit=1)
        following = str(last) if is_more else None
    return Versions(versions=versions, count=len(versions), next_cursor=following)


@router.get("/versions/{version}")
async def get_version(
    memory_id: MemoryId, version: VersionPath, services: ServicesDep
) -> MemoryVersion:
    """Read one version."""
    return MemoryVersion.of(await services.search.version(memory_id, version))


@router.delete("/versions/{version}", status_code=204, responses=problems(409))
async def purge_version(
    memory_id: MemoryId, version: VersionPath, services: ServicesDep, actor: Actor
) -> None:
    """Delete for ever what an earlier version said: its text, title and tags.

    The memory and its other versions stay; so does the version's number, with a placeholder.
    The present version is refused (409): edit the memory first.
    """
    await services.purge.version(memory_id, version, actor=actor)


@router.get("/diff")
async def compare_versions(
    memory_id: MemoryId, old: OldVersion, new: NewVersion, services: ServicesDep
) -> Difference:
    """Compare two versions line by line."""
    diff = await services.search.diff(memory_id, old, new)
    return Difference.of(memory_id, old, new, diff)


@router.get("/events")
async def list_events(
    memory_id: MemoryId,
    services: ServicesDep,
    identity: IdentityDep,
    limit: PageLimit = USUAL_PAGE,
    cursor: IdCursor = None,
) -> Events:
    """List everything that happened to a memory, newest first.

    Of a deleted one, too, to whoever may write: events hold titles and tags, and who may not
    delete does not see what was deleted.
    """
    [newest] = await services.search.events(memory_id, limit=1)
    if identity is not None and newest.type is EventType.MEMORY_DELETED:
        identity.require(Scope.WRITE)
    before = None if cursor is None else str(cursor)
    found = await services.search.events(memory_id, before=before, limit=limit + 1)
    events = [MemoryEvent.of(each) for each in found[:limit]]
    following = events[-1].id if len(found) > limit else None
    return Events(events=events, count=len(events), next_cursor=following)


@router.post("/revert", responses=CHANGES)
async def revert_memory(
    *,
    memory_id: MemoryId,
    body: Reversion,
    services: ServicesDep,
    actor: Actor,
    response: Response,
    expected: ExpectedVersion,
) -> Memory:
    """Write an old version's content as the newest version; nothing is lost."""
    reverted = await services.revise.revert(memory_id, body.version, actor=actor, expected=expected)
    memory = reverted.memory
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)
