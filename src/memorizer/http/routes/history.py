"""A memory's past: versions, what changed between them, events, and going back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from memorizer.domain.access import Scope
from memorizer.domain.memories import EventType
from memorizer.http.dependencies import (
    Actor,
    ExpectedVersion,
    IdentityDep,
    MemoryId,
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
async def list_versions(memory_id: MemoryId, services: ServicesDep) -> Versions:
    """List all versions of a memory, newest first, each with its whole content."""
    versions = [MemoryVersion.of(each) for each in await services.recall.versions(memory_id)]
    return Versions(versions=versions, count=len(versions))


@router.get("/versions/{version}")
async def get_version(
    memory_id: MemoryId, version: VersionPath, services: ServicesDep
) -> MemoryVersion:
    """Read one version."""
    return MemoryVersion.of(await services.recall.version(memory_id, version))


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
    diff = await services.recall.diff(memory_id, old, new)
    return Difference.of(memory_id, old, new, diff)


@router.get("/events")
async def list_events(memory_id: MemoryId, services: ServicesDep, identity: IdentityDep) -> Events:
    """List everything that happened to a memory, newest first.

    Of a deleted one, too, to whoever may write: events hold titles and tags, and who may not
    delete does not see what was deleted.
    """
    found = await services.recall.events(memory_id)
    if identity is not None and found[0].type is EventType.MEMORY_DELETED:
        identity.require(Scope.WRITE)
    events = [MemoryEvent.of(each) for each in found]
    return Events(events=events, count=len(events))


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
    memory = await services.revise.revert(memory_id, body.version, actor=actor, expected=expected)
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)
