"""Memories as resources: one by its id, the newest as a list, with ids completed by titles."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp_types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Filter
from memorizer.mcp.arguments import Arguments, Id, InvalidArguments, read
from memorizer.mcp.response_budget import BUDGET, compact, take_within
from memorizer.mcp.results import MemoryView, SummaryView
from memorizer.services import Services

JSON: Final = "application/json"
RECENT: Final = 50
COMPLETIONS: Final = 20

Reference = PromptReference | ResourceTemplateReference
Complete = Callable[
    [Reference, CompletionArgument, CompletionContext | None], Awaitable[Completion | None]
]


class _Address(Arguments):
    id: Id


def add(server: MCPServer[Any], services: Services) -> None:
    """Offer them."""

    @server.resource(
        "memory://recent",
        title="Recent memories",
        description="The newest memories: ids, titles, types, tags.",
        mime_type=JSON,
    )
    async def recent() -> str:
        memories, _ = await services.memories.page(Filter(), before=None, limit=RECENT)
        views = take_within([SummaryView.of(memory) for memory in memories], BUDGET)
        return compact({"memories": [view.plain() for view in views], "count": len(views)})

    @server.resource(
        "memory://{id}",
        title="A memory",
        description="One memory by its id, as JSON.",
        mime_type=JSON,
    )
    async def memory(id: str) -> str:  # noqa: A002 - the template's own name
        try:
            wanted = read(_Address, {"id": id}, "memory://{id}").id
            return compact(MemoryView.of(await services.memories.get(wanted)).plain())
        except (NotFound, InvalidArguments) as error:
            raise ResourceNotFoundError(str(error)) from error

    async def complete(
        ref: Reference,
        argument: CompletionArgument,
        _: CompletionContext | None,
    ) -> Completion | None:
        if not isinstance(ref, ResourceTemplateReference) or argument.name != "id":
            return None
        ids = await services.search.complete_ids(argument.value, limit=COMPLETIONS)
        return Completion(values=ids, total=len(ids), has_more=len(ids) == COMPLETIONS)

    decorate: Callable[[Complete], Complete] = server.completion()  # type: ignore[no-untyped-call]  # the SDK forgot the types
    decorate(complete)
