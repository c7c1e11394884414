"""Routes and schemas for a memory's history: versions, diffs, events, reverting."""

from dataclasses import asdict
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain.auth import Scope
from memorizer.domain.diff import Diff, LineKind
from memorizer.domain.memories import MAX_VERSION, EventType
from memorizer.domain.timestamps import to_iso
from memorizer.http.dependencies import (
    CURSOR_DESCRIPTION,
    DEFAULT_PAGE_LIMIT,
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
from memorizer.http.routes.memories_schemas import (
    HAPPENED_AT,
    MEMORY_ID,
    REVIEW_AT,
    VALID_FROM,
    VALID_UNTIL,
    Memory,
)
from memorizer.http.schemas import (
    MetadataObject,
    RequestModel,
    ResponseModel,
    Timestamp,
    Whole,
    absent,
)


class MemoryVersion(ResponseModel):
    """The full content of a memory at one version."""

    memory_id: str = Field(examples=[MEMORY_ID])
    version: int = Field(examples=[1])
    type: str = Field(examples=["note"])
    title: str | None = Field(examples=["Machine learning"])
    text: str = Field(examples=["Machine learning is a subset of artificial intelligence."])
    source: str = Field(examples=["api"])
    tags: list[str] = Field(examples=[["ai"]])
    confidence: float = Field(examples=[1.0])
    metadata: MetadataObject | SkipJsonSchema[None] = absent(description="Omitted if it is empty.")
    valid_from: Timestamp | SkipJsonSchema[None] = absent(description=VALID_FROM)
    valid_until: Timestamp | SkipJsonSchema[None] = absent(description=VALID_UNTIL)
    review_at: Timestamp | SkipJsonSchema[None] = absent(description=REVIEW_AT)
    happened_at: Timestamp | SkipJsonSchema[None] = absent(description=HAPPENED_AT)
    created_at: Timestamp
    purged_at: Timestamp | SkipJsonSchema[None] = absent(
        description="When its text, title and tags were permanently deleted."
    )

    @classmethod
    def of(cls, version: domain.MemoryVersion) -> Self:
        content = version.content
        times = {
            name: None if at is None else to_iso(at) for name, at in asdict(content.times).items()
        }
        return cls(
            memory_id=version.memory_id,
            version=version.version,
            type=content.type,
            title=content.title,
            text=content.text,
            source=content.source,
            tags=list(content.tags),
            confidence=content.confidence,
            metadata=dict(content.metadata) or None,
            **times,
            created_at=to_iso(version.at),
            purged_at=None if version.purged_at is None else to_iso(version.purged_at),
        )


class Versions(ResponseModel):
    """Versions of a memory, newest first."""

    versions: list[MemoryVersion]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=["12"],
    )


class MemoryEvent(ResponseModel):
    """One line of a memory's history."""

    id: str = Field(examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e12"])
    type: EventType = Field(examples=[EventType.TITLE_GENERATED])
    version: int = Field(description="The memory's version after the event.", examples=[2])
    data: dict[str, JsonValue] = Field(
        description="Details that depend on the event type.",
        examples=[{"title": "Machine learning"}],
    )
    actor: str = Field(
        description="The token name, interface or component that caused it.", examples=["api"]
    )
    at: Timestamp

    @classmethod
    def of(cls, event: domain.MemoryEvent) -> Self:
        return cls.model_validate(
            {
                "id": event.id,
                "type": event.type,
                "version": event.version,
                "data": event.data,
                "actor": event.actor,
                "at": to_iso(event.at),
            }
        )


class Events(ResponseModel):
    """The history of a memory, newest first."""

    events: list[MemoryEvent]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=["01936f5e-8a00-7c3e-9d41-2f6b8a7c5e12"],
    )


class DiffLine(ResponseModel):
    """One line of either text."""

    kind: LineKind = Field(examples=[LineKind.ADDED])
    text: str = Field(examples=["It learns from data."])
    old: int | None = Field(description="Its number in the old text.", examples=[None])
    new: int | None = Field(description="Its number in the new text.", examples=[2])


class Change(ResponseModel):
    """A field other than the text, before and after."""

    field: str = Field(examples=["title"])
    old: JsonValue = Field(examples=["ML"])
    new: JsonValue = Field(examples=["Machine learning"])


class Difference(ResponseModel):
    """What changed from one version to another."""

    memory_id: str = Field(examples=[MEMORY_ID])
    from_: int = Field(alias="from", examples=[1])
    to: int = Field(examples=[2])
    added: int = Field(description="Lines only in the new text.", examples=[1])
    removed: int = Field(description="Lines only in the old text.", examples=[0])
    lines: list[DiffLine] = Field(description="Both texts, line by line, in reading order.")
    changes: list[Change]

    @classmethod
    def of(cls, memory_id: str, old: int, new: int, diff: Diff) -> Self:
        lines = [
            DiffLine(kind=line.kind, text=line.text, old=line.old, new=line.new)
            for line in diff.lines
        ]
        changes = [
            {"field": c.field, "old": _json(c.old), "new": _json(c.new)} for c in diff.changes
        ]
        return cls.model_validate(
            {
                "memory_id": memory_id,
                "from": old,
                "to": new,
                "added": diff.added,
                "removed": diff.removed,
                "lines": lines,
                "changes": changes,
            }
        )


class Reversion(RequestModel):
    """The version to revert to."""

    version: Whole = Field(
        ge=1,
        le=MAX_VERSION,
        description="A new version gets its content; nothing is lost.",
        examples=[1],
    )


def _json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


router = APIRouter(
    prefix="/api/memories/{memoryId}",
    tags=["history"],
    responses=problems(400, 403, 404, 422, 503),
)


VersionCursor = Annotated[int | None, Query(ge=1, le=MAX_VERSION, description=CURSOR_DESCRIPTION)]
VersionPath = Annotated[
    int, Path(ge=1, le=MAX_VERSION, description="Version number, from 1.", examples=[1])
]


OldVersion = Annotated[
    int, Query(alias="from", ge=1, le=MAX_VERSION, description="The old version.", examples=[1])
]


NewVersion = Annotated[
    int, Query(alias="to", ge=1, le=MAX_VERSION, description="The new version.", examples=[2])
]


@router.get("/versions")
async def list_versions(
    memory_id: MemoryId,
    services: ServicesDep,
    limit: PageLimit = DEFAULT_PAGE_LIMIT,
    cursor: Annotated[
        int | None, Query(ge=1, le=MAX_VERSION, description=CURSOR_DESCRIPTION)
    ] = None,
) -> Versions:
    """List versions of a memory, newest first, each with its full content.

    A page contains fewer than `limit` versions if their texts are long.
    """
    found = await services.history.versions(memory_id, before=cursor, limit=limit)
    versions = [MemoryVersion.of(each) for each in found]
    following = None
    if found:
        last = found[-1].version
        is_more = await services.history.versions(memory_id, before=last, limit=1)
        following = str(last) if is_more else None
    return Versions(versions=versions, count=len(versions), next_cursor=following)


@router.get("/versions/{version}")
async def get_version(
    memory_id: MemoryId, version: VersionPath, services: ServicesDep
) -> MemoryVersion:
    """Return one version."""
    return MemoryVersion.of(await services.history.version(memory_id, version))


@router.delete("/versions/{version}", status_code=204, responses=problems(409))
async def purge_version(
    memory_id: MemoryId, version: VersionPath, services: ServicesDep, actor: Actor
) -> None:
    """Permanently delete the text, title and tags of an earlier version.

    The memory and its other versions stay; the version's number stays with a placeholder.
    The current version is refused (409): edit the memory first.
    """
    await services.history.purge(memory_id, version, actor=actor)


@router.get("/diff")
async def compare_versions(
    memory_id: MemoryId, old: OldVersion, new: NewVersion, services: ServicesDep
) -> Difference:
    """Compare two versions line by line."""
    diff = await services.history.diff(memory_id, old, new)
    return Difference.of(memory_id, old, new, diff)


@router.get("/events")
async def list_events(
    memory_id: MemoryId,
    services: ServicesDep,
    identity: IdentityDep,
    limit: PageLimit = DEFAULT_PAGE_LIMIT,
    cursor: IdCursor = None,
) -> Events:
    """List everything that happened to a memory, newest first.

    Events contain titles and tags, so those of a deleted memory require the scope `write`.
    """
    [newest] = await services.history.events(memory_id, limit=1)
    if identity is not None and newest.type is EventType.MEMORY_DELETED:
        identity.require(Scope.WRITE)
    before = None if cursor is None else str(cursor)
    found = await services.history.events(memory_id, before=before, limit=limit + 1)
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
    """Create a new version with the content of an old one; nothing is lost."""
    reverted = await services.memories.revert(
        memory_id, body.version, actor=actor, expected=expected
    )
    memory = reverted.memory
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)
