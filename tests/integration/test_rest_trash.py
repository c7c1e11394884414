"""The trash over REST and MCP; and that what is in it shows nowhere else."""

import json
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from mcp_types import ResourceTemplateReference

from memorizer.mcp.tool import ToolAnnotation
from memorizer.mcp.tools import GROUPS
from support.agents import Agent, agent, text_of
from support.memorizer import Memorizer

MARKS = ("quxword", "Zorktitle", "plughtag", "frobtype", "xyzzysource")
SECRET = {
    "text": "The quxword opens the kettle.",
    "title": "Zorktitle",
    "tags": ["plughtag"],
    "type": "frobtype",
    "source": "xyzzysource",
}
TEA = {"text": "Green tea wants water of 80 degrees.", "title": "Green tea"}
NOWHERE = "0198c2f0-5b7e-7cc3-98c4-dc0c0c07398f"
HISTORY = "/api/memories/{memoryId}/events"
"""Says to whoever knows the id what became of the memory: the one place beside the trash."""
EXPORT = "/api/export"
"""Holds the histories of live memories, whose events name the ids of others."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def store(client: httpx.AsyncClient, content: dict[str, Any]) -> str:
    reply = await client.post("/api/memories", json=content)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["id"])


async def deleted(client: httpx.AsyncClient, content: dict[str, Any]) -> str:
    id_ = await store(client, content)
    assert (await client.delete(f"/api/memories/{id_}")).status_code == 204
    return id_


async def test_the_trash_lists_what_was_deleted_and_when_it_goes(
    client: httpx.AsyncClient,
) -> None:
    ids = [await deleted(client, TEA | {"title": f"Tea {n}"}) for n in range(3)]

    first = (await client.get("/api/trash", params={"limit": 2})).json()
    rest = (
        await client.get("/api/trash", params={"limit": 2, "cursor": first["nextCursor"]})
    ).json()

    assert [m["id"] for m in first["memories"] + rest["memories"]] == ids[::-1]
    assert (first["count"], first["total"], first["days"]) == (2, 3, 30)
    assert "nextCursor" not in rest
    [memory, *_] = first["memories"]
    assert memory["text"] == TEA["text"]
    assert memory["deletedAt"] < memory["purgedAt"]


async def test_a_deleted_memory_is_restored_once_and_for_all(client: httpx.AsyncClient) -> None:
    id_ = await deleted(client, TEA)

    replies = [await client.post(f"/api/trash/{id_}/restore") for _ in range(2)]

    assert [reply.status_code for reply in replies] == [200, 200]
    assert replies[0].headers["ETag"] == '"1"'
    assert (await client.get(f"/api/memories/{id_}")).json()["text"] == TEA["text"]
    assert (await client.get("/api/trash")).json()["memories"] == []


async def test_one_is_deleted_for_ever_or_all_are(client: httpx.AsyncClient) -> None:
    one, other = await deleted(client, TEA), await deleted(client, TEA)

    assert (await client.delete(f"/api/trash/{one}")).status_code == 204
    assert (await client.delete(f"/api/trash/{one}")).status_code == 404
    assert (await client.get(f"/api/memories/{one}/events")).status_code == 404
    emptied = await client.delete("/api/trash")
    assert emptied.json() == {"message": "The trash is empty", "count": 1}
    assert (await client.post(f"/api/trash/{other}/restore")).status_code == 404


async def test_a_live_memory_is_not_in_the_trash(client: httpx.AsyncClient) -> None:
    id_ = await store(client, TEA)
    reply = await client.delete(f"/api/trash/{id_}")
    assert reply.status_code == 404
    assert (await client.get(f"/api/memories/{id_}")).status_code == 200


@pytest.mark.parametrize("cursor", ["", "yesterday", "1_2", f"99999999999999999_{NOWHERE}"])
async def test_a_cursor_of_somebodys_own_making_is_refused(
    client: httpx.AsyncClient, cursor: str
) -> None:
    reply = await client.get("/api/trash", params={"cursor": cursor})
    assert reply.status_code == 422


async def test_storing_the_same_text_names_the_memory_that_has_it(
    client: httpx.AsyncClient,
) -> None:
    id_ = await store(client, TEA)
    again = (await client.post("/api/memories", json=TEA)).json()
    other = (await client.post("/api/memories", json={"text": "Other."})).json()
    assert again["duplicateOf"] == id_
    assert "duplicateOf" not in other


async def test_near_duplicates_are_listed_in_pairs(client: httpx.AsyncClient) -> None:
    older = await store(client, TEA)
    newer = await store(client, TEA)

    found = (await client.get("/api/duplicates", params={"threshold": 0.95})).json()

    [pair] = found["pairs"]
    assert (pair["memory"]["id"], pair["older"]["id"]) == (newer, older)
    assert pair["similarity"] == pytest.approx(1, abs=1e-3)
    assert (found["count"], found["examined"]) == (1, 2)
    refused = await client.get("/api/duplicates", params={"threshold": 0.1})
    assert refused.status_code == 422


async def test_no_read_route_shows_what_is_in_the_trash(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    live = await store(client, TEA)
    gone = await store(client, SECRET)
    link = {"fromMemoryId": live, "toMemoryId": gone, "type": "needs"}
    assert (await client.post("/api/relationships", json=link)).status_code == 201
    assert (await client.delete(f"/api/memories/{gone}")).status_code == 204

    asked = 0
    for path, methods in app.openapi()["paths"].items():
        if "get" not in methods or path.startswith("/api/trash"):
            continue
        if "text/event-stream" in methods["get"]["responses"]["200"].get("content", {}):
            continue  # says that something changed, never what
        for memory_id in {live, gone}:
            reply = await client.get(_address(path, memory_id), params=_wanted(path))
            _assert_hidden(reply.text, path, HISTORY)
            if "{" not in path and path != EXPORT:
                assert gone not in reply.text, path
            asked += 1
    for word in (*MARKS, "kettle"):
        reply = await client.post("/api/search", json={"query": word, "explain": True})
        assert gone not in reply.text
    assert asked > 40


def _address(path: str, memory_id: str) -> str:
    filled = path.replace("{memoryId}", memory_id).replace("{version}", "1")
    return filled.replace("{jobId}", NOWHERE).replace("{number}", "1")


def _wanted(path: str) -> dict[str, str]:
    """What a route cannot be asked without."""
    return {"from": "1", "to": "1"} if path.endswith("/diff") else {}


def _assert_hidden(answer: str, where: str, *excepted: str) -> None:
    if where not in excepted:
        assert not [mark for mark in MARKS if mark in answer], where


async def test_no_tool_resource_or_completion_shows_what_is_in_the_trash(
    memorizer: Memorizer,
) -> None:
    async with agent(memorizer.services, tools="all") as ours:
        live = await ours.store(TEA["text"], title=TEA["title"])
        named = {key: value for key, value in SECRET.items() if key not in ("text", "source")}
        gone = str((await ours.call("store", text=SECRET["text"], source="x", **named))["id"])
        await ours.call("create_relationship", from_id=live, to_id=gone, type="needs")
        await ours.call("delete", id=gone)

        for tool in GROUPS["all"]:
            if tool.effect is ToolAnnotation.READS:
                for arguments in _questions(live, gone):
                    _assert_hidden(text_of(await ours.result(tool.name, arguments)), tool.name)
        recent = await ours.client.read_resource("memory://recent")
        assert gone not in recent.model_dump_json()
        assert await _completions(ours, gone[:24]) == await _completions(ours, "zzzz")
        assert await _completions(ours, "Zorktitle") == []


def _questions(live: str, gone: str) -> list[dict[str, object]]:
    """Arguments for every tool; each takes those that it knows and refuses the others."""
    around = {"includeVersionHistory": True, "includeSimilar": True}
    ids: list[dict[str, object]] = [{"id": id_} for id_ in (live, gone)]
    words: list[dict[str, object]] = [{"query": word} for word in MARKS]
    return [*ids, *({**each, **around} for each in ids), {"ids": [live, gone]}, *words, {}]


async def _completions(ours: Agent, typed: str) -> list[str]:
    template = ResourceTemplateReference(type="ref/resource", uri="memory://{id}")
    found = await ours.client.complete(template, {"name": "id", "value": typed})
    return list(found.completion.values)


async def test_the_restore_tool_brings_back_from_archive_and_trash(memorizer: Memorizer) -> None:
    async with agent(memorizer.services, tools="all") as ours:
        id_ = await ours.store(TEA["text"], title=TEA["title"])
        await ours.call("archive", id=id_)
        said = await ours.call("delete", id=id_)
        restored = await ours.call("restore", id=id_)
        [hit] = (await ours.call("search_memories", query="green tea"))["results"]

    assert "restored" in said["message"]
    assert restored["archived"] is False
    assert hit["id"] == id_


async def test_the_store_tool_says_who_has_the_text_already(memorizer: Memorizer) -> None:
    async with agent(memorizer.services) as ours:
        first = await ours.store(TEA["text"])
        again = await ours.call("store", type="note", text=TEA["text"], source="test")

    assert again["duplicateOf"] == first
    assert first in json.dumps(again["message"])
