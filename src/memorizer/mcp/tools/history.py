"""What a memory was: its versions, as the reading tools show them."""

import re
from dataclasses import replace

from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Memory
from memorizer.domain.timestamps import to_iso
from memorizer.mcp.arguments import InvalidArguments
from memorizer.mcp.results import MemoryView, View, beginning
from memorizer.mcp.tool import ToolContext

EXCERPT = 120


class VersionView(View):
    """A version in a list; `get` with its number shows all of it."""

    version: int
    at: str
    change: str | None = None
    actor: str | None = None
    title: str | None = None
    text_start: str


async def history(call: ToolContext, memory: Memory, limit: int) -> list[VersionView]:
    """Return the newest versions, with the change and the actor of each."""
    return [
        VersionView(
            version=version.version,
            at=to_iso(version.at),
            change=made.type if made else None,
            actor=made.actor if made else None,
            title=version.content.title,
            text_start=beginning(version.content.text, EXCERPT),
        )
        for version, made in await call.services.history.changes(memory.id, limit=limit)
    ]


async def snapshot(call: ToolContext, memory: Memory, version: int) -> MemoryView:
    """Return the memory as it was in a version. Raises InvalidArguments."""
    try:
        past = await call.services.history.version(memory.id, version)
    except NotFound as error:
        raise no_version(memory, version) from error
    return MemoryView.of(
        replace(memory, content=past.content, version=past.version, updated_at=past.at)
    )


def no_version(memory: Memory, version: int) -> InvalidArguments:
    """Return the error for a version that does not exist."""
    return InvalidArguments(
        f"Memory {memory.id} has no version {version}; its versions are 1 to {memory.version}. "
        "get with includeVersionHistory=true lists them."
    )


def page_of(cursor: str) -> tuple[int, int]:
    """Which version a cursor means, and from where on."""
    if not re.fullmatch(r"\d{1,9}\.\d{1,9}", cursor):
        raise InvalidArguments(f"cursor is {cursor!r}; send textCursor of the previous answer.")
    version, _, start = cursor.partition(".")
    return int(version), int(start)
