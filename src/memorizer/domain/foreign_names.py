"""What other memory programs call what has another name here: fields, arguments and addresses.

A name is never taken for another one, because programs mean different things by the same name;
the error says what to send instead. Sources: the APIs of mem0, supermemory, Hindsight,
basic-memory, mcp-memory-service, LangGraph and Petabridge's Memorizer.
"""

import re
from collections.abc import Container, Mapping
from typing import Final

LIMIT: Final = ("limit",)
CURSOR: Final = ("cursor",)
QUERY: Final = ("query",)
TEXT: Final = ("text", "query")
TAGS: Final = ("tags", "tag", "filterTags")
THRESHOLD: Final = ("threshold", "minSimilarity", "similarityThreshold")
PLACE: Final = ("workspace",)
KEY: Final = ("key",)
METADATA: Final = ("metadata",)

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("content", "memory", "body", "data", "note", "value", "document", "messages", "message"),
        TEXT,
    ),
    **dict.fromkeys(("pagecontent", "observation", "observations", "fact", "input"), TEXT),
    **dict.fromkeys(("memorytype", "kind", "category", "types"), ("type", "types")),
    **dict.fromkeys(("type",), ("types",)),
    **dict.fromkeys(("name", "subject", "heading"), ("title",)),
    **dict.fromkeys(("origin", "provenance"), ("source",)),
    **dict.fromkeys(("label", "labels", "keywords", "topics", "categories"), TAGS),
    **dict.fromkeys(("tag", "tags", "filtertags"), TAGS),
    **dict.fromkeys(("nresults", "topk", "k", "count", "maxresults", "numresults"), LIMIT),
    **dict.fromkeys(("pagesize", "perpage", "size", "num", "first"), LIMIT),
    **dict.fromkeys(("offset", "page", "skip", "pagetoken", "nexttoken", "nextcursor"), CURSOR),
    **dict.fromkeys(("q", "question", "search", "searchquery", "querytext"), QUERY),
    **dict.fromkeys(("similaritythreshold", "scorethreshold", "minscore"), THRESHOLD),
    **dict.fromkeys(("threshold", "minsimilarity"), THRESHOLD),
    **dict.fromkeys(("userid", "agentid", "runid", "appid", "groupid", "sessionid"), PLACE),
    **dict.fromkeys(("containertag", "containertags", "namespace", "space", "bank"), PLACE),
    **dict.fromkeys(("bankid", "project", "projectid", "workspaceid", "collection"), PLACE),
    **dict.fromkeys(("customid", "documentid", "topickey", "externalid", "permalink"), KEY),
    **dict.fromkeys(("filter", "filters", "where", "meta", "attributes"), METADATA),
    **dict.fromkeys(("memoryid", "uuid"), ("id",)),
    **dict.fromkeys(("includearchived",), ("archived",)),
    **dict.fromkeys(("after", "since"), ("createdAfter",)),
    **dict.fromkeys(("before", "until"), ("createdBefore",)),
}
"""By the name in lower case without `_` and `-`; the first name that a request knows is told."""

_REMARKS: Final[Mapping[str, str]] = {
    "cursor": ", and its value is `nextCursor` of the previous page",
    "workspace": ", and its value is a workspace's id or path",
    "metadata": ", and its value is an object of names and values",
}
_SEARCH: Final = re.compile(
    r"(/api)?(/v\d+)?/((memories|memory|documents)/)?(search|recall|query)(/|$)"
)
_MEMORIES: Final = re.compile(r"(/api)?(/v\d+)?/(memories|memory|documents)(/|$)")
_MCP: Final = re.compile(r"/(sse|messages|mcp/sse)(/|$)")


def advice_for_field(name: str, known: Container[str]) -> str | None:
    """Return what a field that a request does not know is called here; None if that is not known.

    `known`: the names that the request knows.
    """
    candidates = FIELDS.get(re.sub("[_-]", "", name).lower(), ())
    ours = next((each for each in candidates if each in known and each != name), None)
    return None if ours is None else f"it is called `{ours}` here{_REMARKS.get(ours, '')}"


def advice_for_path(path: str) -> str | None:
    """Return what another program's address is here; None if that is not known."""
    if _SEARCH.match(path):
        return None if path == "/api/search" else "Search with POST /api/search."
    if _MEMORIES.match(path):
        ours = path.startswith("/api/memories")
        return None if ours else "Memories are at /api/memories, one of them at its id below that."
    return "MCP is at /mcp." if _MCP.match(path) else None
