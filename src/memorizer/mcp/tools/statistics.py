"""`statistics`."""

from memorizer.mcp.arguments import WorkspaceArguments
from memorizer.mcp.results import Result, View
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool

MAX_SHARES = 20


class Statistics(WorkspaceArguments):
    """Nothing."""


class Share(View):
    """A tag or type and the number of live memories that have it."""

    name: str
    count: int


class Figures(Result):
    """The store in figures."""

    memories: int
    archived: int
    untitled: int
    relationships: int
    types: list[Share]
    tags: list[Share]
    embedding_model: str | None = None


@tool("Statistics", ToolAnnotation.READS)
async def statistics(call: ToolContext, _: Statistics) -> Figures:
    """Count what is in the store: memories, types and tags in use."""
    figures = await call.services.statistics.totals()
    return Figures(
        message=figures.mismatch or _counted(figures.memories),
        memories=figures.memories,
        archived=figures.archived,
        untitled=figures.untitled,
        relationships=figures.relationships,
        types=_most_used(figures.types),
        tags=_most_used(figures.tags),
        embedding_model=figures.model.name if figures.model else None,
    )


def _most_used(counts: list[tuple[str, int]]) -> list[Share]:
    return [Share(name=name, count=count) for name, count in counts[:MAX_SHARES]]


def _counted(memories: int) -> str:
    return "1 memory." if memories == 1 else f"{memories} memories."
