"""`search` and `fetch`, in the shape that ChatGPT's connectors and deep research require.

Names, arguments and fields are OpenAI's (developers.openai.com/apps-sdk, "company knowledge"): a
search answers `{results: [{id, title, url}]}`, a fetch `{id, title, text, url, metadata}`, each in
one text and as structured content.
"""

from typing import Annotated, Final

from pydantic import Field

from memorizer.domain.memories import Memory
from memorizer.domain.search import Query
from memorizer.domain.timestamps import to_iso
from memorizer.mcp.arguments import Arguments, Id
from memorizer.mcp.recalling import NOTES
from memorizer.mcp.results import View, label
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool

MAX_RESULTS: Final = 10


class SearchQuery(Arguments):
    """A search."""

    query: Annotated[str, Field(description="Words or a question")]


class FetchId(Arguments):
    """A memory to read."""

    id: Annotated[Id, Field(description="The id of a result")]


class SearchResult(View):
    """What may be cited of a memory."""

    id: str
    title: str
    url: str


class SearchResults(View):
    """Hits, best first."""

    results: list[SearchResult]


class Document(View):
    """A memory, whole."""

    id: str
    title: str
    text: str
    url: str
    metadata: dict[str, str]


@tool("Search", ToolAnnotation.READS)
async def search(call: ToolContext, wanted: SearchQuery) -> SearchResults:
    """Search memories by meaning and words, best first; read them with fetch."""
    answer = await call.services.search.search(Query(wanted.query, MAX_RESULTS))
    NOTES.get().answer(call.services, answer, answer.hits)
    memories = [hit.memory for hit in answer.hits]
    return SearchResults(
        results=[SearchResult(id=m.id, title=label(m), url=_url(call, m)) for m in memories]
    )


@tool("Fetch", ToolAnnotation.READS)
async def fetch(call: ToolContext, wanted: FetchId) -> Document:
    """Read a memory, whole, by the id of a search result."""
    memory = await call.services.memories.get(wanted.id)
    content = memory.content
    return Document(
        id=memory.id,
        title=label(memory),
        text=content.text,
        url=_url(call, memory),
        metadata={
            "type": content.type,
            "source": content.source,
            "tags": ", ".join(content.tags),
            "updatedAt": to_iso(memory.updated_at),
        },
    )


def _url(call: ToolContext, memory: Memory) -> str:
    """Return the memory's address on the page."""
    return f"{call.page_url}/memories/{memory.id}"
