"""Routes for memories: create, list, read, change, archive, delete."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from pydantic import Field

from memorizer.domain.memories import Content
from memorizer.domain.secrets import kinds_in, texts_of
from memorizer.domain.workspaces import UNFILED
from memorizer.http.app_state import state_of
from memorizer.http.dependencies import (
    Actor,
    Caller,
    ExpectedVersion,
    MemoryId,
    ServicesDep,
    etag,
    matches_etag,
)
from memorizer.http.errors import problems
from memorizer.http.routes.memories_filter import FacetQuery, MemoryFilter
from memorizer.http.routes.memories_schemas import (
    MEMORY_ID,
    OUTSIDE_VERSIONS,
    KeyFolder,
    Memory,
    MemoryChange,
    MemoryContent,
    MemoryPage,
    MemoryReplacement,
    NewMemory,
    StoredMemory,
    WrittenMemory,
)
from memorizer.http.routes.statistics import Facets
from memorizer.http.schemas import RequestModel, ResponseModel, milliseconds


class MemoryMove(RequestModel):
    """Memories to move into another workspace."""

    ids: list[UUID] = Field(min_length=1, max_length=500, examples=[[MEMORY_ID]])
    workspace: str = Field(
        max_length=1_000,
        description="The id or path of the workspace, or `unfiled`.",
        examples=["acme/billing-api"],
    )


class MovedMemories(ResponseModel):
    """The memories after the move, in the order in which they were named."""

    memories: list[Memory]
    count: int = Field(examples=[1])


router = APIRouter(prefix="/api/memories", tags=["memories"], responses=problems(400, 403, 503))

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="Any new key, without blanks. Sending the same request again with the same "
        "key and token stores nothing and gives the first reply again.",
        examples=["9f0c2a77-import-17"],
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match", description="Responds with 304 if this is still the current version."
    ),
]
ETAG: dict[str, Any] = {
    "ETag": {"description": "The version, in quotes.", "schema": {"type": "string"}}
}
LOCATION: dict[str, Any] = {
    "Location": {"description": "The URL of the memory.", "schema": {"type": "string"}}
}
REPLAYED: dict[str, Any] = {
    "Idempotency-Replayed": {
        "description": "`true` if this repeats the response to an earlier request.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
CHANGES: dict[int | str, dict[str, Any]] = {
    200: {"headers": ETAG},
    **problems(404, 409, 413, 415, 422),
}


def secrets_in(content: Content) -> list[str] | None:
    """Return the kinds of secrets in a content, None if there are none."""
    return list(kinds_in(texts_of(content))) or None


def _secrets_of(change: MemoryChange) -> list[str] | None:
    """Return the kinds of secrets in the fields that are given, None if there are none."""
    given = change.model_dump(exclude_unset=True, exclude=OUTSIDE_VERSIONS)
    values = [*given.values(), *(given.get("tags") or ()), *(given.get("metadata") or {}).values()]
    return list(kinds_in(each for each in values if isinstance(each, str))) or None


def location_of(request: Request, memory_id: str) -> str:
    """Return the address of a memory."""
    return f"{state_of(request.app).root_path}/api/memories/{memory_id}"


@router.post(
    "",
    status_code=201,
    responses={201: {"headers": ETAG | LOCATION | REPLAYED}, **problems(404, 409, 413, 415, 422)},
)
async def create_memory(
    *,
    body: NewMemory,
    services: ServicesDep,
    actor: Actor,
    caller: Caller,
    request: Request,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> StoredMemory:
    """Store a memory. It is durable when the response arrives, and found by its words at once.

    Without a title, a background job generates one; the response does not wait for it.
    """
    content = body.content()
    stored = await services.memories.create(
        content,
        actor=actor,
        idempotency_key=idempotency_key,
        caller=caller,
        key=body.key,
        workspace=body.workspace,
        replaces=list(map(str, body.replaces)),
    )
    response.headers["Location"] = location_of(request, stored.memory.id)
    response.headers["ETag"] = etag(stored.memory.version)
    if stored.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return StoredMemory.of(
        stored.memory,
        title_job_id=stored.title_job_id,
        duplicate_of=stored.duplicate_of,
        secrets_found=secrets_in(content),
    )


@router.get("", responses=problems(422))
async def list_memories(
    services: ServicesDep, wanted: Annotated[MemoryFilter, Query()]
) -> MemoryPage:
    """List memories, newest first."""
    before = None if wanted.cursor is None else str(wanted.cursor)
    filter_ = wanted.filter(services.memories.clock.now())
    page, cursor = await services.memories.page(filter_, before=before, limit=wanted.limit)
    memories = [Memory.of(memory) for memory in page]
    folders = None
    if filter_.is_direct and before is None:
        found = await services.keyed.folders(replace(filter_, is_direct=False))
        folders = [KeyFolder(prefix=prefix, count=count) for prefix, count in found]
    return MemoryPage(memories=memories, count=len(memories), next_cursor=cursor, folders=folders)


@router.get("/facets", responses=problems(422))
async def get_facets(services: ServicesDep, wanted: Annotated[FacetQuery, Query()]) -> Facets:
    """Count memories by workspace, type, tag, source and time, most frequent first.

    Types are counted as if no type were asked for, sources and times likewise: each count says
    how many memories that choice alone would leave. At most 100 of each kind are counted.
    """
    since = [at for moment in wanted.since if (at := milliseconds(moment)) is not None]
    filter_ = wanted.filter(services.memories.clock.now())
    return Facets.of(await services.statistics.facets(filter_, since=since))


@router.post("/move", responses=problems(404, 413, 415, 422))
async def move_memories(body: MemoryMove, services: ServicesDep, actor: Actor) -> MovedMemories:
    """Move memories into another workspace: all of them, or none if one cannot be moved."""
    moved = await services.workspaces.move_memories(
        [str(memory_id) for memory_id in body.ids], body.workspace, actor=actor
    )
    memories = [Memory.of(memory) for memory in moved]
    return MovedMemories(memories=memories, count=len(memories))


@router.get(
    "/{memoryId}",
    response_model=Memory,
    responses={
        200: {"headers": ETAG},
        304: {"description": "The client already has this version.", "headers": ETAG},
        **problems(404, 422),
    },
)
async def get_memory(
    memory_id: MemoryId,
    services: ServicesDep,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> Memory | Response:
    """Return one memory."""
    memory = await services.memories.get(memory_id)
    if matches_etag(memory.version, if_none_match):
        return Response(status_code=304, headers={"ETag": etag(memory.version)})
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)


@router.put("/{memoryId}", responses=CHANGES)
async def replace_memory(
    *,
    memory_id: MemoryId,
    body: MemoryContent,
    services: ServicesDep,
    actor: Actor,
    response: Response,
    expected: ExpectedVersion,
) -> WrittenMemory:
    """Replace all content of a memory in a new version; omitted fields get their defaults.

    Identical content changes nothing. Without a title, a background job generates one.
    """
    content = body.content()
    memory = await services.memories.update(
        memory_id, lambda _: content, actor=actor, expected=expected
    )
    response.headers["ETag"] = etag(memory.version)
    return WrittenMemory.of(memory, secrets_found=secrets_in(content))


@router.patch("/{memoryId}", responses=CHANGES)
async def update_memory(
    *,
    memory_id: MemoryId,
    body: MemoryChange,
    services: ServicesDep,
    actor: Actor,
    response: Response,
    expected: ExpectedVersion,
) -> WrittenMemory:
    """Change the given fields in a new version; all others stay unchanged.

    `workspace` moves the memory, before anything else is changed. A new `key` alone, or
    `pinned`, makes no version, only an event.
    """
    if "workspace" in body.model_fields_set:
        await services.workspaces.move_memories(
            [memory_id], body.workspace, actor=actor, expected=expected
        )
    memory = await services.memories.update(
        memory_id,
        body.apply,
        actor=actor,
        expected=expected,
        key=body.rekey(),
        replaces=list(map(str, body.replaces)),
        pinned=body.pin(),
    )
    response.headers["ETag"] = etag(memory.version)
    return WrittenMemory.of(memory, secrets_found=_secrets_of(body))


@router.post(
    "/{memoryId}/replace",
    status_code=201,
    responses={
        200: {"model": StoredMemory, "description": "`by` replaces it.", "headers": ETAG},
        201: {"headers": ETAG | LOCATION},
        **problems(404, 409, 413, 415, 422),
    },
)
async def replace_with(
    *,
    memory_id: MemoryId,
    body: MemoryReplacement,
    services: ServicesDep,
    actor: Actor,
    request: Request,
    response: Response,
) -> StoredMemory:
    """Replace a memory by a new one (201), or by one that is stored already (`by`, 200).

    The replaced memory stays as it is: searches leave it out and `restore` brings it back.
    Without a `workspace`, the new memory goes where the replaced one is.
    """
    if body.by is not None:
        memory = await services.memories.update(
            str(body.by), lambda content: content, actor=actor, replaces=[memory_id]
        )
        response.status_code = 200
        response.headers["ETag"] = etag(memory.version)
        return StoredMemory.of(memory)
    replaced = await services.memories.get(memory_id)
    content = body.content()
    stored = await services.memories.create(
        content,
        actor=actor,
        key=body.key,
        workspace=body.workspace or replaced.workspace_id or UNFILED,
        replaces=[memory_id, *map(str, body.replaces)],
    )
    response.headers["Location"] = location_of(request, stored.memory.id)
    response.headers["ETag"] = etag(stored.memory.version)
    return StoredMemory.of(
        stored.memory,
        title_job_id=stored.title_job_id,
        duplicate_of=stored.duplicate_of,
        secrets_found=secrets_in(content),
    )


@router.delete("/{memoryId}", status_code=204, responses=problems(404, 409, 422))
async def delete_memory(
    memory_id: MemoryId, services: ServicesDep, actor: Actor, expected: ExpectedVersion
) -> None:
    """Move a memory to the trash, from which it can be restored. Its events stay readable."""
    await services.memories.delete(memory_id, actor=actor, expected=expected)


@router.post("/{memoryId}/archive", responses={200: {"headers": ETAG}, **problems(404, 422)})
async def archive_memory(
    memory_id: MemoryId, services: ServicesDep, actor: Actor, response: Response
) -> Memory:
    """Archive a memory: lists and searches omit it unless archived memories are requested."""
    memory = await services.memories.archive(memory_id, actor=actor)
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)


@router.post("/{memoryId}/restore", responses={200: {"headers": ETAG}, **problems(404, 422)})
async def restore_memory(
    memory_id: MemoryId, services: ServicesDep, actor: Actor, response: Response
) -> Memory:
    """Restore a memory from the archive, or, if it is replaced, take that back."""
    memory = await services.memories.unarchive(memory_id, actor=actor)
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)
