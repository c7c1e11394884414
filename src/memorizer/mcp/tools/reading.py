"""`get` and `get_many`."""

from typing import Annotated

from pydantic import Field

from memorizer.domain.memories import Memory
from memorizer.domain.timestamps import to_iso
from memorizer.mcp.arguments import Arguments, Cursor, Id, Ids, InvalidArguments, position
from memorizer.mcp.response_budget import (
    BUDGET,
    BYTES_PER_ID,
    ENVELOPE,
    size,
    take_within,
    truncate,
)
from memorizer.mcp.results import (
    MemoryView,
    RelationshipView,
    Result,
    SimilarView,
    label,
    quoted,
)
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool
from memorizer.mcp.tools.history import VersionView, history, page_of, snapshot

MAX_IDS = 100
ROOM_FOR_RELATIONSHIPS = 2_000
MAX_RELATIONSHIPS = 50
"""How many are read: more than ROOM_FOR_RELATIONSHIPS takes."""
ROOM_FOR_SIMILAR = 1_200
ROOM_FOR_VERSIONS = 2_000


class Get(Arguments):
    """One memory, with its relationships and similar memories."""

    id: Annotated[Id, Field(description="The memory's id")]
    include_version_history: Annotated[bool, Field(description="List versions")] = False
    version_number: Annotated[
        int | None, Field(ge=0, description="Show this version; 0: the newest")
    ] = None
    version_limit: Annotated[int, Field(ge=1, le=20, description="Maximum versions")] = 5
    include_similar: Annotated[bool, Field(description="List similar ones")] = True
    similarity_threshold: Annotated[float, Field(ge=0, le=1, description="Minimum similarity")] = (
        0.75
    )
    similar_limit: Annotated[int, Field(ge=1, le=10, description="Maximum similar ones")] = 5
    cursor: Annotated[str | None, Field(description="textCursor, for the rest of the text")] = None


class Got(Result):
    """A memory; its relationships are stated, similar memories were found."""

    memory: MemoryView
    relationships: list[RelationshipView] | None = None
    similar: list[SimilarView] | None = None
    versions: list[VersionView] | None = None


@tool("Read a memory", ToolAnnotation.READS)
async def get(call: ToolContext, wanted: Get) -> Got:
    """Read one memory with its relationships, similar memories and, if asked, its versions."""
    memory = await call.services.memories.get(wanted.id)
    if wanted.cursor is not None:
        return await _rest_of_text(call, memory, wanted.cursor)
    got = await _surroundings(call, memory, wanted)
    view = MemoryView.of(memory)
    if wanted.version_number is not None:
        view = await snapshot(call, memory, wanted.version_number)
        got.message = f"Version {view.version} of {memory.version}. {got.message}"
    around = size(got.model_dump(mode="json", exclude={"memory"}, exclude_none=True))
    got.memory = truncate(view, BUDGET - ENVELOPE - around)
    if got.memory.text_cursor:
        got.message = f"{_goes_on(got.memory)} {got.message}"
    got.message = f"{await _outdated(call, memory)}{got.message}"
    return got


async def _outdated(call: ToolContext, memory: Memory) -> str:
    """Say first what is to be read instead."""
    now = call.services.memories.clock.now()
    until = memory.content.times.valid_until
    if memory.is_superseded(now) and memory.supersession is not None:
        on = to_iso(memory.supersession.at)[:10]
        newest = await call.services.memories.newest(memory)
        if newest is None:
            return f"Replaced on {on}. "
        return f'Replaced on {on}: read {newest.id} "{label(newest)}" instead. '
    if until is not None and until <= now:
        return f"Expired on {to_iso(until)[:10]}. "
    return ""


async def _surroundings(call: ToolContext, memory: Memory, wanted: Get) -> Got:
    """Return the memory with its relationships, as far as they fit, and what to do next."""
    relationships = await _relationships(call, memory)
    got = Got(
        message="",
        memory=MemoryView.of(memory),
        relationships=take_within(relationships, ROOM_FOR_RELATIONSHIPS),
    )
    if wanted.include_similar:
        found = await call.services.search.similar(
            memory.id, limit=wanted.similar_limit, threshold=wanted.similarity_threshold
        )
        got.similar = take_within([SimilarView.of(each) for each in found], ROOM_FOR_SIMILAR)
    if wanted.include_version_history:
        versions = await history(call, memory, wanted.version_limit)
        got.versions = take_within(versions, ROOM_FOR_VERSIONS)
    total = len(relationships)
    if total == MAX_RELATIONSHIPS:
        total = await call.services.relationships.count(memory.id)
    got.message = _advice(got, total)
    return got


async def _relationships(call: ToolContext, memory: Memory) -> list[RelationshipView]:
    links = await call.services.relationships.list(memory.id, limit=MAX_RELATIONSHIPS)
    ends = {link.to_id for link in links} | {link.from_id for link in links}
    others = {each.id: each for each in await call.services.memories.get_many(sorted(ends))}
    return [RelationshipView.of(link, seen_from=memory.id, others=others) for link in links]


def _advice(got: Got, relationships: int) -> str:
    near = [each.memory_id for each in got.relationships or ()]
    near += [each.id for each in got.similar or ()]
    if not near:
        return "That is all of it."
    shown = len(got.relationships or ())
    more = f"The newest {shown} of {relationships} relationships are shown. "
    ids = quoted(list(dict.fromkeys(near)))
    advice = f"To read related and similar memories, use get_many with IDs: {ids}"
    return f"{more if shown < relationships else ''}{advice}"


def _goes_on(view: MemoryView) -> str:
    return f'The text goes on: use get with cursor "{view.text_cursor}".'


async def _rest_of_text(call: ToolContext, memory: Memory, cursor: str) -> Got:
    """From where the last answer stopped, in the version that it showed."""
    version, start = page_of(cursor)
    view = MemoryView.of(memory)
    if version != memory.version:
        view = await snapshot(call, memory, version)
    if start >= len(view.text):
        raise InvalidArguments(f"cursor {cursor!r} is beyond the end of the text.")
    view = truncate(view, BUDGET - ENVELOPE, start=start)
    more = f" {_goes_on(view)}" if view.text_cursor else ""
    end = start + len(view.text)
    return Got(message=f"Characters {start + 1} to {end} of the text.{more}", memory=view)


class GetMany(Arguments):
    """Several memories."""

    ids: Annotated[Ids, Field(max_length=MAX_IDS, description="The memories' ids")]
    cursor: Cursor = None


class GotMany(Result):
    """Memories in the order that was asked for."""

    memories: list[MemoryView]
    missing: list[str] | None = None
    next_cursor: str | None = None


@tool("Read several memories", ToolAnnotation.READS)
async def get_many(call: ToolContext, wanted: GetMany) -> GotMany:
    """Read several memories in full by their ids, as search_memories gives them."""
    if not wanted.ids:
        raise InvalidArguments("ids is empty: search_memories finds ids.")
    ids, start = list(dict.fromkeys(wanted.ids)), position(wanted.cursor)
    found = await call.services.memories.get_many(ids)
    known = {memory.id for memory in found}
    missing = [id_ for id_ in ids if id_ not in known]
    room = BUDGET - ENVELOPE - BYTES_PER_ID * len(missing)
    shown = take_within([MemoryView.of(memory) for memory in found[start:]], room)
    shown[:1] = [truncate(view, room) for view in shown[:1]]
    end = start + len(shown)
    more = str(end) if end < len(found) else None
    return GotMany(
        message=_read(shown, len(found), missing, more),
        memories=shown,
        missing=missing or None,
        next_cursor=more,
    )


def _read(shown: list[MemoryView], found: int, missing: list[str], more: str | None) -> str:
    said = [f"{len(shown)} of {found} memories."]
    if missing:
        said.append(f"{len(missing)} do not exist or were deleted.")
    if more:
        said.append(f'For the others, send the same ids with cursor "{more}".')
    if shown and shown[0].text_cursor:
        said.append(f'The text of {shown[0].id} goes on: use get with "{shown[0].text_cursor}".')
    return " ".join(said)
