"""Routes and schemas for memories by key, and for batches of memories."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Header, Path, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_VERSION, Content
from memorizer.http.dependencies import (
    Actor,
    Caller,
    ExpectedVersion,
    ServicesDep,
    etag,
    matches_etag,
)
from memorizer.http.errors import problem_name, problems
from memorizer.http.routes.memories import (
    ETAG,
    LOCATION,
    IdempotencyKey,
    IfNoneMatch,
    location_of,
    secrets_in,
)
from memorizer.http.routes.memories_schemas import (
    EXAMPLE_TEXT,
    KEY,
    KEY_EXAMPLE,
    Memory,
    NewMemory,
    PlacedContent,
    StoredMemory,
)
from memorizer.http.schemas import AsWhole, Key, Problem, RequestModel, ResponseModel, absent
from memorizer.services.keyed_memories import MAX_BATCH, NewItem, StoredItem, StoreOutcome

KeyPath = Annotated[Key, Path(description=KEY, examples=[KEY_EXAMPLE])]
MustNotExist = Annotated[
    Literal["*"] | None,
    Header(
        alias="If-None-Match",
        description="`*`: only create, a memory with the key is a conflict (409).",
    ),
]


ItemVersion = Annotated[int, Field(strict=True, ge=0, le=MAX_VERSION), AsWhole]


class BatchItem(NewMemory):
    """A memory to store; with a `key` that is known, its next version."""

    expected_version: ItemVersion | None = Field(
        None,
        description="Only with a `key`: the version the memory must have; 0: it must not exist.",
        examples=[1],
    )

    def item(self) -> NewItem:
        """Convert to a domain item. Raises InvalidField."""
        replaces = tuple(map(str, self.replaces))
        return NewItem(self.content(), self.key, self.expected_version, self.workspace, replaces)


class KeyedContent(PlacedContent):
    """The content of a memory that has a key. Only `text` is required."""


class Batch(RequestModel):
    """Memories to store together."""

    memories: list[BatchItem] = Field(
        min_length=1,
        max_length=MAX_BATCH,
        examples=[[{"text": EXAMPLE_TEXT, "key": KEY_EXAMPLE}]],
    )


class BatchOutcome(ResponseModel):
    """What became of an item."""

    outcome: StoreOutcome = Field(examples=[StoreOutcome.CREATED])
    memory: StoredMemory | SkipJsonSchema[None] = absent(
        description="The memory as it is now; omitted if the outcome is `failed`."
    )
    error: Problem | SkipJsonSchema[None] = absent(
        description="Why the outcome is `failed`, as the same request alone would say it."
    )

    @classmethod
    def of(cls, stored: StoredItem, sent: Content) -> Self:
        if stored.error is not None:
            error = Problem(
                error=problem_name(stored.error),
                message=str(stored.error),
                details=dict(stored.error.details) or None,
            )
            return cls(outcome=stored.outcome, error=error)
        return cls(outcome=stored.outcome, memory=_stored(stored, sent))


class BatchOutcomes(ResponseModel):
    """The outcomes, in the order of the items, and how often there is each."""

    results: list[BatchOutcome]
    created: int = Field(examples=[1])
    updated: int = Field(examples=[0])
    unchanged: int = Field(examples=[0])
    failed: int = Field(examples=[0])


def _stored(stored: StoredItem, sent: Content) -> StoredMemory:
    return StoredMemory.of(
        stored.require(),
        title_job_id=stored.title_job_id,
        duplicate_of=stored.duplicate_of,
        secrets_found=secrets_in(sent),
    )


router = APIRouter(prefix="/api/memories", tags=["memories"], responses=problems(400, 403, 503))


@router.post("/batch", responses=problems(413, 415, 422))
async def store_batch(
    *,
    body: Batch,
    services: ServicesDep,
    actor: Actor,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> BatchOutcomes:
    """Store up to 500 memories in one transaction, with an outcome for each.

    An invalid item refuses the whole batch (422), and nothing is stored; one that conflicts with
    what is stored fails alone. One background job embeds them all; they are found by their words
    at once.
    """
    items = [_item(number, each) for number, each in enumerate(body.memories)]
    stored = await services.keyed.store_all(
        items, actor=actor, idempotency_key=idempotency_key, caller=caller
    )
    outcomes = [each.outcome for each in stored]
    return BatchOutcomes(
        results=[
            BatchOutcome.of(each, item.content) for each, item in zip(stored, items, strict=True)
        ],
        **{str(outcome): outcomes.count(outcome) for outcome in StoreOutcome},
    )


def _item(number: int, item: BatchItem) -> NewItem:
    """Return an item to store. Raises InvalidField that names the item."""
    try:
        return item.item()
    except InvalidField as error:
        raise InvalidField(f"memories.{number}.{error.field}", error.problem) from error


@router.put(
    "/by-key/{key:path}",
    responses={
        200: {"headers": ETAG},
        201: {"model": StoredMemory, "headers": ETAG | LOCATION},
        **problems(404, 409, 413, 415, 422),
    },
)
async def put_memory_by_key(
    *,
    key: KeyPath,
    body: KeyedContent,
    services: ServicesDep,
    actor: Actor,
    request: Request,
    response: Response,
    expected: ExpectedVersion,
    must_not_exist: MustNotExist = None,
) -> StoredMemory:
    """Create the memory with this key (201), or write its next version (200).

    Content that is equal changes nothing, so a request can be repeated at will. Omitted fields
    get their defaults; an omitted title stays while the text is the same.
    """
    replaces = tuple(map(str, body.replaces))
    version = 0 if must_not_exist else expected
    item = NewItem(body.content(), key, version, body.workspace, replaces)
    stored = await services.keyed.put(item, actor=actor)
    memory = stored.require()
    response.headers["ETag"] = etag(memory.version)
    if stored.outcome is StoreOutcome.CREATED:
        response.status_code = 201
        response.headers["Location"] = location_of(request, memory.id)
    return _stored(stored, item.content)


@router.get(
    "/by-key/{key:path}",
    response_model=Memory,
    responses={
        200: {"headers": ETAG},
        304: {"description": "The client already has this version.", "headers": ETAG},
        **problems(404, 422),
    },
)
async def get_memory_by_key(
    key: KeyPath, services: ServicesDep, response: Response, if_none_match: IfNoneMatch = None
) -> Memory | Response:
    """Return the memory with this key."""
    memory = await services.keyed.get(key)
    if matches_etag(memory.version, if_none_match):
        return Response(status_code=304, headers={"ETag": etag(memory.version)})
    response.headers["ETag"] = etag(memory.version)
    return Memory.of(memory)


@router.delete("/by-key/{key:path}", status_code=204, responses=problems(404, 409, 422))
async def delete_memory_by_key(
    key: KeyPath, services: ServicesDep, actor: Actor, expected: ExpectedVersion
) -> None:
    """Move the memory with this key to the trash; the key is free for another one then."""
    await services.keyed.delete(key, actor=actor, expected=expected)
