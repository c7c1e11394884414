"""Routes and schemas for the log of recalls."""

from typing import Annotated, Literal, Self

from fastapi import APIRouter, Query
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain import memories as domain
from memorizer.domain import recalls
from memorizer.domain.recalls import NEVER_DAYS, Door
from memorizer.domain.timestamps import to_iso
from memorizer.http.dependencies import (
    CURSOR_DESCRIPTION,
    IdCursor,
    MemoryId,
    ServicesDep,
)
from memorizer.http.errors import problems
from memorizer.http.routes.memories_schemas import MEMORY_ID, MemoryOutline
from memorizer.http.schemas import ResponseModel, Timestamp, absent

RECALL_ID = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e13"
Limit = Annotated[int, Query(ge=1, le=100, description="Page size.")]


class ShownMemory(ResponseModel):
    """A memory that was shown."""

    id: str = Field(examples=[MEMORY_ID])
    title: str | None = Field(description="Null if it has none.", examples=["Machine learning"])
    rank: int = Field(description="From 1.", examples=[1])
    relevance: float | SkipJsonSchema[None] = absent(
        description="The estimated probability that it answers the query; absent where nothing was "
        "asked, as of a pinned memory.",
        examples=[0.91],
    )
    weak: Literal[True] | SkipJsonSchema[None] = absent(
        description="It was probably only the nearest there is."
    )


class RecallOutline(ResponseModel):
    """When, by whom and with which words memories were recalled."""

    id: str = Field(examples=[RECALL_ID])
    at: Timestamp
    door: Door = Field(
        description="context: a context pack, mostly of a hook; page: the web page.",
        examples=[Door.MCP],
    )
    actor: str = Field(description="The token's name, or the interface.", examples=["laptop"])
    client: str = Field(description="The program, as it calls itself.", examples=["claude-code"])
    query: str | SkipJsonSchema[None] = absent(
        description="Absent if there was none, or if `MEMORIZER_RECALL_QUERIES` is off.",
        examples=["How do we deploy?"],
    )
    workspace_id: str | SkipJsonSchema[None] = absent(
        description="The workspace that was searched; absent if it was several, or everything."
    )
    took_ms: int = Field(description="Milliseconds.", examples=[12])
    degraded: Literal[True] | SkipJsonSchema[None] = absent(
        description="A part of the search was unavailable."
    )


class Recall(RecallOutline):
    """What was shown at one time."""

    answered: int = Field(
        description="How many were no weak matches; 0: an empty recall.", examples=[1]
    )
    shown: list[ShownMemory] = Field(
        description="In the order in which they were shown; those that are gone are left out."
    )

    @classmethod
    def of(cls, recall: recalls.Recall, memories: dict[str, domain.Memory]) -> Self:
        shown = [
            ShownMemory(
                id=each.memory_id,
                title=memories[each.memory_id].content.title,
                rank=each.rank,
                relevance=each.relevance,
                weak=each.is_weak or None,
            )
            for each in recall.shown
            if each.memory_id in memories
        ]
        return cls(**_outline(recall).model_dump(), answered=recall.answered, shown=shown)


class Recalls(ResponseModel):
    """Recalls, newest first."""

    recalls: list[Recall]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=[RECALL_ID],
    )


class RecallOfMemory(RecallOutline):
    """A recall that showed the memory."""

    rank: int = Field(description="At which rank, from 1.", examples=[1])
    relevance: float | SkipJsonSchema[None] = absent(
        description="How relevant it was; absent where nothing was asked.", examples=[0.91]
    )

    @classmethod
    def of(cls, recall: recalls.Recall) -> Self:
        [shown] = recall.shown
        rank, relevance = shown.rank, shown.relevance
        return cls(**_outline(recall).model_dump(), rank=rank, relevance=relevance)


class MemoryRecalls(ResponseModel):
    """How often a memory was shown."""

    count: int = Field(description="Since the log began.", examples=[14])
    last_at: Timestamp | SkipJsonSchema[None] = absent(description="When it was shown last.")
    recent: list[RecallOfMemory] = Field(description="At most 20, newest first.")


class NeverRecalled(ResponseModel):
    """Live memories that nobody was shown for a long time."""

    memories: list[MemoryOutline]
    total: int = Field(examples=[0])
    days: int = Field(description="For how many days.", examples=[NEVER_DAYS])
    since: Timestamp = Field(
        description="When the log began; while it is younger than `days`, nothing is listed."
    )
    next_cursor: str | SkipJsonSchema[None] = absent(description=CURSOR_DESCRIPTION)


def _outline(recall: recalls.Recall) -> RecallOutline:
    return RecallOutline(
        id=recall.id,
        at=to_iso(recall.at),
        door=recall.by.door,
        actor=recall.by.actor,
        client=recall.by.client,
        query=recall.query,
        workspace_id=recall.workspace_id,
        took_ms=recall.took_ms,
        degraded=recall.is_degraded or None,
    )


router = APIRouter(prefix="/api", tags=["recalls"], responses=problems(400, 403, 422, 503))


@router.get("/recalls", responses=problems(404))
async def list_recalls(
    *,
    services: ServicesDep,
    empty: Annotated[
        bool | None, Query(description="Only those that found nothing, or only others.")
    ] = None,
    door: Annotated[
        list[Door], Query(default_factory=list, description="Only those that came by one of these.")
    ],
    limit: Limit = 20,
    cursor: IdCursor = None,
) -> Recalls:
    """List what searches and context packs showed to whom, newest first.

    They are kept for `MEMORIZER_RECALL_DAYS`, and appear some seconds after the search. A token
    that is bound to workspaces sees those in its workspaces.
    """
    before = None if cursor is None else str(cursor)
    page = await services.recalls.page(empty=empty, doors=door, before=before, limit=limit)
    listed = [Recall.of(recall, page.memories) for recall in page.recalls]
    last = listed[-1].id if len(listed) == limit else None
    return Recalls(recalls=listed, count=len(listed), next_cursor=last)


@router.get("/recalls/never", responses=problems(404))
async def list_never_recalled(
    services: ServicesDep, limit: Limit = 20, cursor: IdCursor = None
) -> NeverRecalled:
    """List live memories that nobody was shown for 90 days, newest first."""
    before = None if cursor is None else str(cursor)
    figures, memories = await services.recalls.never_recalled(before=before, limit=limit)
    return NeverRecalled(
        memories=[MemoryOutline.of(memory) for memory in memories],
        total=figures.count,
        days=figures.days,
        since=to_iso(figures.since),
        next_cursor=memories[-1].id if len(memories) == limit else None,
    )


@router.get("/memories/{memoryId}/recalls", responses=problems(404))
async def list_recalls_of_memory(memory_id: MemoryId, services: ServicesDep) -> MemoryRecalls:
    """Say how often a memory was shown, when last, and by which recalls."""
    summary, recent = await services.recalls.of_memory(memory_id)
    return MemoryRecalls(
        count=summary.count,
        last_at=None if summary.last_at is None else to_iso(summary.last_at),
        recent=[RecallOfMemory.of(recall) for recall in recent],
    )
