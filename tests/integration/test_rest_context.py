"""Pins and the context pack over REST, on both databases."""

import httpx
import pytest

Client = httpx.AsyncClient


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def store(client: Client, text: str) -> str:
    reply = await client.post("/api/memories", json={"text": text, "title": "T"})
    return str(reply.json()["id"])


async def test_a_pinned_memory_is_listed_and_begins_the_pack(client: Client) -> None:
    rule, kettle = await store(client, "Never on Fridays."), await store(client, "A kettle.")
    address = f"/api/memories/{rule}"

    pinned = await client.patch(address, json={"pinned": True}, headers={"If-Match": '"1"'})
    listed = await client.get("/api/memories?pinned=true")
    pack = (await client.get("/api/context?budget=600")).json()
    both = await client.patch(address, json={"pinned": False, "text": "Never."})
    events = (await client.get(f"{address}/events")).json()["events"]

    assert (pinned.json()["pinned"], pinned.json()["version"]) == (True, 1)
    assert [memory["id"] for memory in listed.json()["memories"]] == [rule]
    assert pack["items"] == [{"id": rule, "part": "pinned"}, {"id": kettle, "part": "recent"}]
    assert (pack["ids"], pack["omitted"]) == ([rule, kettle], 0)
    assert f"- [{rule}] T: Never on Fridays. (" in pack["markdown"]
    assert ("pinned" in both.json(), both.json()["version"]) == (False, 2)
    assert {"memory_pinned", "memory_unpinned"} <= {event["type"] for event in events}


async def test_a_session_gets_the_pack_once(client: Client) -> None:
    await store(client, "Never on Fridays.")
    address = "/api/context?q=zebra&session=s"
    assert len((await client.get(address)).json()["ids"]) == 1
    again = (await client.get(address)).json()
    assert again == {"markdown": "", "ids": [], "items": [], "omitted": 0}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("q=%20", 422),
        ("q=%00", 400),
        ("budget=499", 422),
        ("budget=no", 422),
        ("session=", 422),
        ("workspace=nowhere", 404),
        ("querry=x", 422),
    ],
)
async def test_what_cannot_be_meant_is_refused(client: Client, query: str, status: int) -> None:
    assert (await client.get(f"/api/context?{query}")).status_code == status
    for wrong in ("yes", 1, None):
        reply = await client.patch(
            f"/api/memories/{await store(client, 'T')}", json={"pinned": wrong}
        )
        assert reply.status_code == 422
