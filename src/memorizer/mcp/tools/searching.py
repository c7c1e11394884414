"""`search_memories`."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field, WithJsonSchema

from memorizer.domain.memories import Filter
from memorizer.domain.metadata import parse_conditions
from memorizer.domain.relevance import Match
from memorizer.domain.search import MAX_LIMIT, Answer, Query, Sort
from memorizer.domain.validity import held_at
from memorizer.mcp.arguments import (
    NO_METADATA,
    NO_WORDS,
    Cursor,
    EndTime,
    Metadata,
    Time,
    Words,
    WorkspaceArguments,
    position,
)
from memorizer.mcp.recalling import NOTES
from memorizer.mcp.response_budget import BUDGET, BYTES_PER_ID, ENVELOPE, size, take_within
from memorizer.mcp.results import HitView, Result, quoted
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool

STEP_DOWN = 0.1


class Search(WorkspaceArguments):
    """A search."""

    query: Annotated[str, Field(description="Words or question")]
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Maximum hits")] = 10
    min_similarity: Annotated[float | None, Field(ge=0, le=1, description="Least cosine")] = None
    include_weaker: Annotated[bool, Field(description="Weak hits too")] = False
    filter_tags: Annotated[Words, Field(description="Required tags")] = NO_WORDS
    metadata: Annotated[
        Metadata, Field(description='Required: {"ticket": "X-1", "n": {"$gte": 2}}')
    ] = NO_METADATA
    created_after: Annotated[Time | None, Field(description="ISO date")] = None
    created_before: Annotated[Time | None, Field(description="ISO date")] = None
    as_of: Annotated[EndTime | None, Field(description="What held then")] = None
    include_superseded: Annotated[bool, Field(description="Outdated hits too")] = False
    sort: Annotated[
        Sort,
        Field(description="Order"),
        WithJsonSchema({"type": "string", "enum": list(Sort)}),
    ] = Sort.RELEVANCE
    cursor: Cursor = None


class Found(Result):
    """Hits, best first; `weaker`: how many that hardly match are left out."""

    results: list[HitView]
    count: int
    weaker: int | None = None
    degraded: str | None = None
    read_as: str | None = None
    next_cursor: str | None = None


@tool("Search memories", ToolAnnotation.READS, always_loaded=True)
async def search_memories(call: ToolContext, wanted: Search) -> Found:
    """Find memories by meaning and words, best first. Use it before answering what may be known."""
    start = position(wanted.cursor)
    answer, remark = await _search(call, wanted)
    if answer.read_as and not any(hit.time_bonus for hit in answer.hits):
        remark += f"Nothing like it is of {answer.read_as}. "
    # who says how similar is enough has drawn the line already
    is_all = wanted.include_weaker or wanted.min_similarity is not None
    hits = [hit for hit in answer.hits if is_all or hit.match is not Match.WEAK]
    weaker = len(answer.hits) - len(hits)
    rest = [HitView.of(hit, answer.query.text) for hit in hits[start:]]
    room = BUDGET - ENVELOPE - size(answer.degraded or "") - len(remark)
    costs = room - BYTES_PER_ID * min(len(rest), MAX_LIMIT)
    shown = take_within(rest, costs)
    if not start:  # the next page of an answer is no other recall
        NOTES.get().answer(call.services, answer, hits[: len(shown)])
    end = start + len(shown)
    return Found(
        message=remark if remark and not hits else remark + _found(shown, start, len(hits), weaker),
        results=shown,
        count=len(hits),
        weaker=weaker or None,
        degraded=answer.degraded,
        read_as=answer.read_as,
        next_cursor=str(end) if end < len(hits) else None,
    )


async def _search(call: ToolContext, wanted: Search) -> tuple[Answer, str]:
    """Search; if nothing is similar enough, search with a lower threshold and say so."""
    conditions = parse_conditions(wanted.metadata)
    filter_ = Filter(
        tags=tuple(wanted.filter_tags),
        metadata=conditions,
        created_after=wanted.created_after,
        created_before=wanted.created_before,
        validity=held_at(wanted.as_of),
    )
    query = Query(
        wanted.query,
        wanted.limit,
        wanted.min_similarity,
        filter_,
        include_superseded=wanted.include_superseded,
        sort=wanted.sort,
    )
    answer = await call.services.search.search(query)
    if answer.hits or not query.threshold:
        return answer, ""
    lower = round(max(query.threshold - STEP_DOWN, 0.0), 2)
    again = await call.services.search.search(replace(query, threshold=lower))
    at = f"No results at {query.threshold:g}"
    if not again.hits:
        return again, f"{at}, nor at {lower:g}. "
    return again, f"{at}, but found {len(again.hits)} at {lower:g}. "


def _found(shown: list[HitView], start: int, count: int, weaker: int) -> str:
    more = f"{weaker} weaker: includeWeaker shows them." if weaker else ""
    if not count:
        return f"Nothing relevant is stored. {more or 'Try other words, or fewer filters.'}"
    if not shown:
        return "No more results."
    which = f"Results {start + 1} to {start + len(shown)} of {count}."
    read = f"To read them, use get_many with IDs: {quoted([h.id for h in shown])}"
    return " ".join(filter(None, (which, read, more)))
