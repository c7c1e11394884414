"""`store`."""

from typing import Annotated

from pydantic import ConfigDict, Field

from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Content, Memory
from memorizer.domain.metadata import Metadata as MetadataOfMemory
from memorizer.domain.secrets import kinds_in, texts_of
from memorizer.domain.validity import Times
from memorizer.mcp.arguments import (
    NO_METADATA,
    NO_WORDS,
    EndTime,
    Id,
    Ids,
    Metadata,
    Time,
    Words,
    WorkspaceArguments,
)
from memorizer.mcp.results import Result, SecretsFound, secrets_remark
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool
from memorizer.services.keyed_memories import NewItem, StoredItem, StoreOutcome

DEFAULT_TYPE = "note"
DEFAULT_RELATIONSHIP_TYPE = "related_to"


class Store(WorkspaceArguments):
    """A new memory. What the schema requires may be missing: a lost memory is worse."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "text", "source"]})

    type: Annotated[str, Field(description="Kind: note, decision, preference, how-to, …")] = ""
    text: Annotated[str, Field(description="The whole memory, verbatim")]
    source: Annotated[str, Field(description="Where it comes from")] = ""
    title: Annotated[str | None, Field(description="If omitted, a job generates one")] = None
    tags: Annotated[Words, Field(description="Words to find it by")] = NO_WORDS
    confidence: Annotated[float, Field(ge=0, le=1, description="Confidence")] = 1.0
    key: Annotated[
        str | None, Field(description="Your path for it; a known one makes its next version")
    ] = None
    metadata: Annotated[Metadata, Field(description="Facts to filter by")] = NO_METADATA
    replaces: Annotated[Ids, Field(description="Ids of outdated memories")] = NO_WORDS
    valid_from: Annotated[Time | None, Field(description="ISO date")] = None
    valid_until: Annotated[EndTime | None, Field(description="ISO date")] = None
    happened_at: Annotated[Time | None, Field(description="ISO date")] = None
    related_to: Annotated[Id | None, Field(description="Id of a memory it belongs to")] = None
    relationship_type: Annotated[str | None, Field(description="How it belongs to that")] = None


class Stored(Result):
    """What was stored."""

    id: str
    version: int
    title_job_id: str | None = None
    relationship_id: str | None = None
    duplicate_of: str | None = None
    secrets_found: SecretsFound = None


@tool("Store a memory", ToolAnnotation.ADDS, always_loaded=True, creates_workspace=True)
async def store(call: ToolContext, wanted: Store) -> Stored:
    """Remember something beyond this conversation: a decision, preference, fact, solution.

    Search first: if a memory on it exists, edit that one, or replace what no longer holds.
    """
    if wanted.related_to is not None:
        await call.services.memories.get(wanted.related_to)
    content = _content(call, wanted)
    stored = await _store(call, wanted, content)
    secrets = kinds_in(texts_of(content))
    memory = stored.require()
    memory_id = memory.id
    relationship_id, remark = await _relate(call, memory_id, wanted)
    title = " Its title is being written." if stored.title_job_id else ""
    if wanted.replaces:
        remark += f" It replaces {len(wanted.replaces)}: searches leave them out."
    if stored.duplicate_of:
        remark += f" {stored.duplicate_of} has exactly this text already: delete one of the two."
    remark += secrets_remark(secrets)
    return Stored(
        message=f"{_said(stored.outcome, memory)}{title}{remark}",
        id=memory_id,
        version=memory.version,
        title_job_id=stored.title_job_id,
        relationship_id=relationship_id,
        duplicate_of=stored.duplicate_of,
        secrets_found=list(secrets) or None,
    )


async def _store(call: ToolContext, wanted: Store, content: Content) -> StoredItem:
    if wanted.key is not None:
        item = NewItem(content, wanted.key, replaces=tuple(wanted.replaces))
        return await call.services.keyed.put(item, actor=call.actor)
    created = await call.services.memories.create(
        content, actor=call.actor, replaces=wanted.replaces
    )
    return StoredItem(
        StoreOutcome.CREATED, created.memory, created.title_job_id, created.duplicate_of
    )


def _said(outcome: StoreOutcome, memory: Memory) -> str:
    match outcome:
        case StoreOutcome.UPDATED:
            return f"{memory.id} has this key: this is version {memory.version} of it now."
        case StoreOutcome.UNCHANGED:
            return f"{memory.id} says exactly this already: no changes."
        case _:
            return f"Stored as {memory.id}."


def _content(call: ToolContext, wanted: Store) -> Content:
    return Content(
        text=wanted.text,
        type=wanted.type.strip() or DEFAULT_TYPE,
        title=wanted.title,
        source=wanted.source.strip() or call.actor,
        tags=tuple(wanted.tags),
        confidence=wanted.confidence,
        metadata=MetadataOfMemory(wanted.metadata),
        times=Times(wanted.valid_from, wanted.valid_until, happened_at=wanted.happened_at),
    )


async def _relate(call: ToolContext, memory_id: str, wanted: Store) -> tuple[str | None, str]:
    """Add the relationship; return its id and a sentence about it."""
    if wanted.related_to is None:
        return None, ""
    type_ = wanted.relationship_type or DEFAULT_RELATIONSHIP_TYPE
    try:
        relationship, _ = await call.services.relationships.add(
            memory_id, wanted.related_to, type_, actor=call.actor
        )
    except NotFound:  # deleted a moment ago; the new memory stays, so this is no failure
        return None, f" It is not related to {wanted.related_to}, which has just been deleted."
    return relationship.id, f" {type_} → {wanted.related_to}."
