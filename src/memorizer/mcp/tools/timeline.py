"""`recent`."""

from typing import Annotated

from pydantic import Field

from memorizer.domain.memories import Filter
from memorizer.domain.timestamps import DAY_MS, to_iso
from memorizer.mcp.arguments import Id, Time, WorkspaceArguments
from memorizer.mcp.response_budget import BUDGET, BYTES_PER_ID, ENVELOPE, take_within
from memorizer.mcp.results import Result, SummaryView, quoted
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool

DEFAULT_DAYS = 7
MAX_RECENT = 50


class Recent(WorkspaceArguments):
    """Since when."""

    since: Annotated[Time | None, Field(description="ISO date; default: 7 days ago")] = None
    cursor: Annotated[Id | None, Field(description="nextCursor")] = None


class RecentMemories(Result):
    """What was stored, the newest first."""

    memories: list[SummaryView]
    next_cursor: str | None = None


@tool("List recent memories", ToolAnnotation.READS)
async def recent(call: ToolContext, wanted: Recent) -> RecentMemories:
    """List what was stored since a time, newest first."""
    service = call.services.memories
    now = service.clock.now()
    since = now - DEFAULT_DAYS * DAY_MS if wanted.since is None else wanted.since
    # not earlier than `since`, as people mean it
    filter_ = Filter(created_after=since - 1).current_at(now)
    page, _ = await service.page(filter_, before=wanted.cursor, limit=MAX_RECENT + 1)
    views = [SummaryView.of(memory) for memory in page[:MAX_RECENT]]
    shown = take_within(views, BUDGET - ENVELOPE - BYTES_PER_ID * len(views))
    is_more = len(shown) < len(page)
    day = to_iso(since)[:10]
    message = f"{len(shown)} since {day}."
    if shown:
        message += f" To read them, use get_many with IDs: {quoted([m.id for m in shown])}"
    elif wanted.cursor is None:
        message = f"Nothing was stored since {day}."
    return RecentMemories(
        message=message,
        memories=shown,
        next_cursor=shown[-1].id if shown and is_more else None,
    )
