"""Relationships over REST."""

from typing import Any

import httpx
import pytest

UNKNOWN = "01936f5e-0000-7000-8000-000000000000"


@pytest.fixture
async def two(client: httpx.AsyncClient) -> tuple[str, str]:
    """Two memories."""
    one = await client.post("/api/memories", json={"text": "Kettle", "title": "Kettle"})
    other = await client.post("/api/memories", json={"text": "Tea", "title": "Tea"})
    return one.json()["id"], other.json()["id"]


def link(from_id: str, to_id: str, **more: Any) -> dict[str, Any]:
    return {"fromMemoryId": from_id, "toMemoryId": to_id, "type": "needed-for", **more}


async def test_a_relationship_is_new_once_and_then_the_same(
    client: httpx.AsyncClient, two: tuple[str, str]
) -> None:
    first = await client.post("/api/relationships", json=link(*two, score=0))
    again = await client.post("/api/relationships", json=link(*two, score=1))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    made = first.json()
    assert made == made | link(*two, score=0.0)
    assert made["createdAt"].endswith("Z")


async def test_a_relationship_is_seen_from_both_ends(
    client: httpx.AsyncClient, two: tuple[str, str]
) -> None:
    made = (await client.post("/api/relationships", json=link(*two))).json()
    assert "score" not in made

    async def of(memory_id: str, direction: str) -> list[Any]:
        path = f"/api/memories/{memory_id}/relationships"
        reply = (await client.get(path, params={"direction": direction})).json()
        assert reply["count"] == len(reply["relationships"])
        found: list[Any] = reply["relationships"]
        return found

    assert await of(two[0], "both") == await of(two[1], "both") == [made]
    assert await of(two[0], "outgoing") == await of(two[1], "incoming") == [made]
    assert await of(two[0], "incoming") == await of(two[1], "outgoing") == []


async def test_a_relationship_can_be_removed(
    client: httpx.AsyncClient, two: tuple[str, str]
) -> None:
    made = (await client.post("/api/relationships", json=link(*two))).json()
    path = f"/api/relationships/{made['id']}"
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == 404
    assert (await client.get(f"/api/memories/{two[0]}/relationships")).json()["count"] == 0


async def test_both_ends_must_exist_and_differ(
    client: httpx.AsyncClient, two: tuple[str, str]
) -> None:
    for ends in ((two[0], UNKNOWN), (UNKNOWN, two[0])):
        missing = await client.post("/api/relationships", json=link(*ends))
        assert missing.status_code == 404
        assert UNKNOWN in missing.json()["message"]
    itself = await client.post("/api/relationships", json=link(two[0], two[0]))
    assert itself.status_code == 422
    assert itself.json()["details"]["field"] == "toMemoryId"


@pytest.mark.parametrize(
    ("field", "value"),
    [("fromMemoryId", "39' OR '1'='1"), ("type", " "), ("score", 1.1), ("score", "1"), ("x", 1)],
)
async def test_a_wrong_field_is_named(
    client: httpx.AsyncClient, two: tuple[str, str], field: str, value: object
) -> None:
    reply = await client.post("/api/relationships", json=link(*two) | {field: value})
    assert reply.status_code == 422
    assert reply.json()["details"][0]["field"] == field
