"""What is replaced or does not hold, over REST, MCP and on the command line."""

import re
from typing import Any

import httpx
import pytest

from memorizer.services import Services
from support.agents import agent

Client = httpx.AsyncClient
UNKNOWN = "01936f5e-0000-7000-8000-000000000000"
OLD = "We deploy the payment service on Thursdays."
NEW = "Since the audit the payment service is deployed on Tuesdays, no longer on Thursdays."
QUERY = "when is the payment service deployed"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def store(client: Client, text: str = OLD, **more: Any) -> dict[str, Any]:
    reply = await client.post("/api/memories", json={"text": text, "title": text[:20], **more})
    assert reply.status_code == 201, reply.text
    stored: dict[str, Any] = reply.json()
    return stored


async def search(client: Client, **more: Any) -> list[dict[str, Any]]:
    reply = await client.post("/api/search", json={"query": QUERY, **more})
    assert reply.status_code == 200, reply.text
    return [hit["memory"] for hit in reply.json()["results"]]


def ids(memories: list[dict[str, Any]]) -> list[str]:
    return [memory["id"] for memory in memories]


async def test_a_new_memory_replaces_an_old_one(client: Client) -> None:
    old = await store(client)
    replaced = await client.post(f"/api/memories/{old['id']}/replace", json={"text": NEW})
    new = replaced.json()
    assert replaced.status_code == 201
    assert replaced.headers["Location"] == f"/api/memories/{new['id']}"
    assert ids(await search(client)) == [new["id"]]
    assert set(ids(await search(client, includeSuperseded=True))) == {old["id"], new["id"]}

    marked = (await client.get(f"/api/memories/{old['id']}")).json()
    assert marked["supersededBy"] == new["id"]
    assert re.fullmatch(r"20.*Z", marked["supersededAt"])
    listed = (await client.get("/api/memories")).json()["memories"]
    assert [memory.get("supersededBy") for memory in listed] == [None, new["id"]]
    only = (await client.get("/api/memories?validity=superseded")).json()["memories"]
    assert ids(only) == [old["id"]]
    current = (await client.get("/api/memories?validity=current")).json()["memories"]
    assert ids(current) == [new["id"]]

    restored = (await client.post(f"/api/memories/{old['id']}/restore")).json()
    assert "supersededBy" not in restored
    events = (await client.get(f"/api/memories/{old['id']}/events")).json()["events"]
    assert [event["type"] for event in events if "memory" in event["type"]] == [
        "memory_reinstated",
        "memory_superseded",
        "memory_created",
    ]


async def test_a_stored_memory_replaces_others(client: Client) -> None:
    old, older, new = [await store(client, f"{OLD} {n}") for n in range(3)]
    path = f"/api/memories/{old['id']}/replace"
    assert (await client.post(path, json={"by": new["id"]})).status_code == 200
    edited = await client.patch(f"/api/memories/{new['id']}", json={"replaces": [older["id"]]})
    assert (edited.status_code, edited.json()["version"]) == (200, 1)
    assert ids(await search(client)) == [new["id"]]


async def test_what_cannot_be_replaced_is_refused_and_nothing_is_stored(client: Client) -> None:
    old = await store(client)
    path = f"/api/memories/{old['id']}/replace"
    for body in ({}, {"by": old["id"], "text": NEW}, {"by": UNKNOWN, "key": "k"}, {"by": None}):
        assert (await client.post(path, json=body)).status_code == 422
    own = await client.post(path, json={"by": old["id"]})
    assert (own.status_code, own.json()["message"]) == (
        422,
        "replaces: a memory cannot replace itself",
    )
    for other, body in (
        ("/api/memories", {"text": NEW, "replaces": [UNKNOWN]}),
        (f"/api/memories/{UNKNOWN}/replace", {"text": NEW}),
        (path, {"by": UNKNOWN}),
    ):
        reply = await client.post(other, json=body)
        assert (reply.status_code, UNKNOWN in reply.text) == (404, True)
    assert (await client.get("/api/memories")).json()["count"] == 1


async def test_times_of_validity(client: Client) -> None:
    past = await store(client, f"{OLD} 1", validUntil="2026-03-31")
    future = await store(client, f"{OLD} 2", validFrom="9000-01-01T00:00:00Z")
    now = await store(client, f"{OLD} 3", reviewAt="2026-01-01", happenedAt="2026-02-01T10:00:00Z")

    assert past["validUntil"] == "2026-04-01T00:00:00.000Z"  # the day is included
    assert (now["reviewAt"], now["happenedAt"]) == (
        "2026-01-01T00:00:00.000Z",
        "2026-02-01T10:00:00.000Z",
    )
    assert ids(await search(client)) == [now["id"]]
    assert ids(await search(client, asOf="9000-06-01")) == [now["id"], future["id"]]
    assert len(await search(client, includeSuperseded=True)) == 3
    for validity, wanted in (("expired", past), ("review", now)):
        listed = (await client.get(f"/api/memories?validity={validity}")).json()["memories"]
        assert ids(listed) == [wanted["id"]]

    path = f"/api/memories/{past['id']}"
    longer = (await client.patch(path, json={"validUntil": None})).json()
    assert (longer["version"], "validUntil" in longer) == (2, False)
    backwards = {"validFrom": "2026-03-01", "validUntil": "2026-02-01"}
    refused = await client.patch(path, json=backwards)
    assert refused.status_code == 422
    assert "validUntil: must be later than validFrom" in refused.json()["message"]


async def test_the_newest_hits_can_come_first(client: Client) -> None:
    stored = [await store(client, f"{OLD} {n}") for n in range(3)]
    newest_first = [memory["id"] for memory in reversed(stored)]
    assert ids(await search(client, sort="newest")) == newest_first
    after = {"createdAfter": stored[0]["createdAt"], "sort": "newest"}
    found = ids(await search(client, **after))
    assert found == newest_first[: len(found)]


async def test_agents_replace_and_are_told_what_to_read_instead(services: Services) -> None:
    async with agent(services) as ours:
        old = await ours.call("store", text=OLD, type="fact", source="s")
        newer = await ours.call("store", text=NEW, type="fact", source="s", replaces=[old["id"]])
        newest = await ours.call(
            "store", text=f"{NEW} Really.", type="fact", source="s", replaces=f'["{newer["id"]}"]'
        )
        found = await ours.call("search_memories", query=QUERY, sort="newest")
        every = await ours.call("search_memories", query=QUERY, includeSuperseded=True)
        then = await ours.call("search_memories", query=QUERY, asOf="2020-01-01")
        got = await ours.call("get", id=old["id"])
        recent = await ours.call("recent")
        none = await ours.call("recent", since="9000-01-01")
        refused = await ours.refused("recent", since="last week or so")

    assert "It replaces 1" in newest["message"]
    assert [hit["id"] for hit in found["results"]] == [newest["id"]]
    marks = {hit["id"]: hit.get("supersededBy") for hit in every["results"]}
    assert marks == {old["id"]: newer["id"], newer["id"]: newest["id"], newest["id"]: None}
    assert then["results"] == []
    assert re.match(rf"Replaced on 20\S+: read {newest['id']} ", got["message"])
    assert got["memory"]["supersededBy"] == newer["id"]
    assert [memory["id"] for memory in recent["memories"]] == [newest["id"]]
    assert none["message"] == "Nothing was stored since 9000-01-01."
    assert "should be a date or a time in ISO 8601" in refused


async def test_agents_say_until_when_a_memory_holds(services: Services) -> None:
    async with agent(services) as ours:
        stored = await ours.call(
            "store", text=OLD, type="fact", source="s", happenedAt="2026-03-02", validUntil=""
        )
        changed = await ours.call("update_metadata", id=stored["id"], validUntil="2026-03-31")
        got = await ours.call("get", id=stored["id"])
        found = await ours.call("search_memories", query=QUERY)
        await ours.call("update_metadata", id=stored["id"], clear=["validUntil"])
        again = await ours.call("search_memories", query=QUERY)

    assert changed["message"] == "Changed validUntil; now version 2."
    assert got["message"].startswith("Expired on 2026-04-01. ")
    assert got["memory"]["happenedAt"] == "2026-03-02T00:00:00.000Z"
    assert (found["count"], again["count"]) == (0, 1)
