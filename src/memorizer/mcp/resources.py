"""Memories as resources: one by its id, the newest as a list, with ids completed by titles."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import unquote

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from memorizer.domain.errors import InvalidField, NotFound
from memorizer.domain.memories import Filter
from memorizer.mcp.arguments import Arguments, Id, InvalidArguments, read
from memorizer.mcp.prompts import NOTHING
from memorizer.mcp.recalling import NOTES
from memorizer.mcp.response_budget import BUDGET, take_within
from memorizer.mcp.results import MemoryView, SummaryView
from memorizer.services import MemoryServices
from memorizer.services.context import ContextRequest

MARKDOWN: Final = "text/markdown"
"""Not JSON, which Anthropic's helper for resources refuses (anthropic 2.14, lib.tools.mcp)."""
RECENT: Final = 50
COMPLETIONS: Final = 20

Reference = PromptReference | ResourceTemplateReference
Complete = Callable[
    [Reference, CompletionArgument, CompletionContext | None], Awaitable[Completion | None]
]


class _Address(Arguments):
    id: Id


def add(server: MCPServer[Any], visible: Callable[[], MemoryServices]) -> None:
    """Offer them; `visible` gives what the caller of the present request may see."""

    @server.resource(
        "memory://recent",
        title="Recent memories",
        description="The newest memories: ids, titles, types, tags.",
        mime_type=MARKDOWN,
    )
    async def recent() -> str:
        service = visible().memories
        current = Filter().current_at(service.clock.now())
        memories, _ = await service.page(current, before=None, limit=RECENT)
        views = take_within([SummaryView.of(memory) for memory in memories], BUDGET)
        return "\n".join(map(_line, views)) or "There are no memories yet."

    @server.resource(
        "memory://context/{workspace}",
        title="What to know now",
        description="Pinned, open and recent memories of a workspace, given by its path or id.",
        mime_type=MARKDOWN,
    )
    async def context(workspace: str) -> str:
        try:
            services = await visible().narrowed(unquote(workspace))
        except (NotFound, InvalidField) as error:
            raise ResourceNotFoundError(str(error)) from error
        return (await NOTES.get().pack(services, ContextRequest())).markdown or NOTHING

    @server.resource(
        "memory://{id}",
        title="A memory",
        description="One memory by its id.",
        mime_type=MARKDOWN,
    )
    async def memory(id: str) -> str:  # noqa: A002 - the template's own name
        try:
            wanted = read(_Address, {"id": id}, "memory://{id}").id
            return _document(MemoryView.of(await visible().memories.get(wanted)))
        except (NotFound, InvalidArguments) as error:
            raise ResourceNotFoundError(str(error)) from error

    async def complete(
        ref: Reference,
        argument: CompletionArgument,
        _: CompletionContext | None,
    ) -> Completion | None:
        if not isinstance(ref, ResourceTemplateReference) or argument.name != "id":
            return None
        ids = await visible().search.complete_ids(argument.value, limit=COMPLETIONS)
        return Completion(values=ids, total=len(ids), has_more=len(ids) == COMPLETIONS)

    decorate: Callable[[Complete], Complete] = server.completion()  # type: ignore[no-untyped-call]  # the SDK forgot the types
    decorate(complete)


def _line(memory: SummaryView) -> str:
    about = ", ".join([memory.type, *(f"#{tag}" for tag in memory.tags), memory.created_at[:10]])
    return f"- [{memory.id}] {memory.title} ({about})"


def _document(memory: MemoryView) -> str:
    """Return the text under its title, with the other fields of the memory at the end."""
    facts = {
        "id": memory.id,
        "type": memory.type,
        "tags": ", ".join(memory.tags),
        "source": memory.source,
        "confidence": f"{memory.confidence:g}",
        "version": str(memory.version),
        "created": memory.created_at,
        "updated": memory.updated_at,
        "archived": memory.archived_at or "",
        "valid from": memory.valid_from or "",
        "valid until": memory.valid_until or "",
        "review at": memory.review_at or "",
        "happened": memory.happened_at or "",
        "replaced by": memory.superseded_by or "",
        "replaced": memory.superseded_at or "",
    }
    about = "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)
    title = f"# {memory.title}\n\n" if memory.title else ""
    return f"{title}{memory.text}\n\n---\n\n{about}\n"
