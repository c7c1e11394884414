"""Requests by the names of other memory programs: the error says what Memorizer calls the thing."""

import httpx
import pytest

from memorizer.domain.foreign_names import FIELDS, advice_for_field
from memorizer.mcp.tools import GROUPS
from support.agents import agent
from support.memorizer import Memorizer

Client = httpx.AsyncClient


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"content": "T"}, "text"),
        ({"content": {"text": "T"}}, "text"),
        ({"messages": [{"role": "user", "content": "T"}]}, "text"),
        ({"text": "T", "memory_type": "note"}, "type"),
        ({"text": "T", "memoryType": "note"}, "type"),
        ({"text": "T", "labels": ["a"]}, "tags"),
        ({"text": "T", "name": "N"}, "title"),
    ],
)
async def test_a_store_in_other_words_says_ours(
    client: Client, given: dict[str, object], ours: str
) -> None:
    reply = await client.post("/api/memories", json=given)
    problems = {each["field"]: each["problem"] for each in reply.json()["details"]}
    assert reply.status_code == 422
    assert f"it is called `{ours}` here" in problems.values()


@pytest.mark.parametrize(
    ("given", "ours"),
    [
        ({"q": "tea"}, "query"),
        ({"query": "tea", "top_k": 3}, "limit"),
        ({"query": "tea", "n_results": 3}, "limit"),
        ({"query": "tea", "similarity_threshold": 0.5}, "threshold"),
        ({"query": "tea", "filter_tags": ["a"]}, "tags"),
    ],
)
async def test_a_search_in_other_words_says_ours(
    client: Client, given: dict[str, object], ours: str
) -> None:
    reply = await client.post("/api/search", json=given)
    assert reply.status_code == 422
    assert f"it is called `{ours}` here" in reply.json()["message"]


async def test_pages_by_number_are_told_of_cursors(client: Client) -> None:
    for name in ("offset", "page", "skip"):
        reply = await client.get("/api/memories", params={name: "1"})
        assert (
            "it is called `cursor` here, and its value is `nextCursor`" in reply.json()["message"]
        )
    reply = await client.get("/api/memories", params={"pageSize": "5"})
    assert reply.json()["message"] == "pageSize: it is called `limit` here"


async def test_a_name_that_nobody_has_is_refused_as_ever(client: Client) -> None:
    reply = await client.post("/api/memories", json={"text": "T", "frobnicate": 1})
    assert reply.json()["message"] == "frobnicate: Extra inputs are not permitted"


@pytest.mark.parametrize(
    ("method", "path", "ours"),
    [
        ("POST", "/api/memories/search", "/api/search"),
        ("GET", "/api/memories/search", "/api/search"),
        ("POST", "/memories/search", "/api/search"),
        ("POST", "/search", "/api/search"),
        ("POST", "/v1/memories/search", "/api/search"),
        ("GET", "/api/memory", "/api/memories"),
        ("POST", "/api/memory", "/api/memories"),
        ("GET", "/api/memory/7", "/api/memories"),
        ("POST", "/memories", "/api/memories"),
        ("GET", "/v3/documents", "/api/memories"),
        ("POST", "/sse", "/mcp"),
    ],
)
async def test_another_programs_address_names_ours(
    client: Client, method: str, path: str, ours: str
) -> None:
    reply = await client.request(method, path)
    assert reply.status_code in {404, 405}
    assert f"There is no {method} {path}" in reply.json()["message"]
    assert f"{ours}" in reply.json()["message"].partition(path)[2]


async def test_our_own_addresses_are_not_explained(client: Client) -> None:
    for path in ("/api/search", "/api/memories/x/y"):
        assert "Search with" not in (await client.delete(path)).json()["message"]
    assert "this address knows POST" in (await client.get("/api/search")).json()["message"]


@pytest.mark.parametrize(
    ("tool", "given", "ours"),
    [
        ("store", {"content": "T"}, "text"),
        ("store", {"text": "T", "memory_type": "note"}, "type"),
        ("search_memories", {"q": "tea"}, "query"),
        ("search_memories", {"query": "tea", "top_k": 3}, "limit"),
        ("search_memories", {"query": "tea", "tags": ["a"]}, "filterTags"),
        ("search_memories", {"query": "tea", "similarity_threshold": 0.5}, "minSimilarity"),
        ("get", {"memory_id": "7"}, "id"),
    ],
)
async def test_a_tool_called_in_other_words_says_ours(
    memorizer: Memorizer, tool: str, given: dict[str, object], ours: str
) -> None:
    async with agent(memorizer.services) as ours_agent:
        said = await ours_agent.refused(tool, **given)
    assert f": it is called `{ours}` here" in said
    assert f"{tool} accepts:" in said


def test_no_argument_of_ours_is_explained_by_another() -> None:
    """What a tool takes under a name of the table is never called otherwise by it."""
    for tool in GROUPS["all"]:
        known = set(tool.input_schema["properties"])
        assert all(name == name.lower() for name in FIELDS)
        assert not {name for name in known if advice_for_field(name, {name}) is not None}
