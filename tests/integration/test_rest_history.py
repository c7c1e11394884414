"""A memory's past over REST: versions, differences, events, going back."""

import httpx
import pytest

OLD = {"text": "one\ntwo\nthree", "title": "Numbers", "tags": ["a"]}
NEW = {"text": "one\n2\nthree\nfour", "title": "Numbers", "tags": ["b"]}


@pytest.fixture
async def path(client: httpx.AsyncClient) -> str:
    """A memory with two versions."""
    path = (await client.post("/api/memories", json=OLD)).headers["Location"]
    await client.put(path, json=NEW)
    return path


async def test_versions_are_whole_snapshots_newest_first(
    client: httpx.AsyncClient, path: str
) -> None:
    reply = (await client.get(f"{path}/versions")).json()
    assert reply["count"] == 2
    assert [v["version"] for v in reply["versions"]] == [2, 1]
    assert [v["text"] for v in reply["versions"]] == [NEW["text"], OLD["text"]]
    one = (await client.get(f"{path}/versions/1")).json()
    assert one == reply["versions"][1]
    assert one["createdAt"].endswith("Z")


async def test_a_version_that_never_was_is_404(client: httpx.AsyncClient, path: str) -> None:
    for missing in (
        await client.get(f"{path}/versions/3"),
        await client.get(f"{path}/diff", params={"from": 1, "to": 3}),
        await client.post(f"{path}/revert", json={"version": 3}),
    ):
        assert missing.status_code == 404
        assert "version" in missing.json()["message"]


async def test_an_earlier_version_is_purged_and_the_present_one_is_not(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.delete(f"{path}/versions/1")).status_code == 204
    assert (await client.delete(f"{path}/versions/1")).status_code == 204
    present = await client.delete(f"{path}/versions/2")
    back = await client.post(f"{path}/revert", json={"version": 1})
    purged = (await client.get(f"{path}/versions/1")).json()

    assert (purged["text"], purged["title"], purged["tags"]) == ("[purged]", None, [])
    assert purged["purgedAt"].endswith("Z")
    assert "purgedAt" not in (await client.get(f"{path}/versions/2")).json()
    assert (present.status_code, back.status_code) == (409, 409)
    assert "edit the memory first" in present.json()["message"]
    assert "Choose another version" in back.json()["message"]
    assert (await client.delete(f"{path}/versions/3")).status_code == 404


async def test_a_difference_tells_lines_and_fields(client: httpx.AsyncClient, path: str) -> None:
    diff = (await client.get(f"{path}/diff", params={"from": 1, "to": 2})).json()
    assert (diff["from"], diff["to"], diff["added"], diff["removed"]) == (1, 2, 2, 1)
    assert [(line["kind"], line["text"]) for line in diff["lines"]] == [
        ("equal", "one"),
        ("removed", "two"),
        ("added", "2"),
        ("equal", "three"),
        ("added", "four"),
    ]
    assert diff["lines"][1] == {"kind": "removed", "text": "two", "old": 2, "new": None}
    assert diff["changes"] == [{"field": "tags", "old": ["a"], "new": ["b"]}]


async def test_reverting_makes_a_new_version(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.post(f"{path}/revert", json={"version": 1})
    assert (reply.status_code, reply.headers["ETag"]) == (200, '"3"')
    assert reply.json() == reply.json() | OLD | {"version": 3}


async def test_events_tell_the_story_newest_first(client: httpx.AsyncClient, path: str) -> None:
    await client.post(f"{path}/revert", json={"version": 1})
    reply = (await client.get(f"{path}/events")).json()
    assert reply["count"] == 3
    assert [(e["type"], e["version"]) for e in reply["events"]] == [
        ("memory_reverted", 3),
        ("content_updated", 2),
        ("memory_created", 1),
    ]
    assert reply["events"][0]["data"] == {"from": 2, "to": 1}
    assert {e["actor"] for e in reply["events"]} == {"api"}
    assert set(reply["events"][0]) == {"id", "type", "version", "data", "actor", "at"}


@pytest.mark.parametrize("version", [0, -1, "one", 2**31, 10**30, 1.5, True, None])
async def test_a_version_is_a_positive_number(
    client: httpx.AsyncClient, path: str, version: object
) -> None:
    reply = await client.post(f"{path}/revert", json={"version": version})
    assert reply.status_code == 422
    assert reply.json()["details"][0]["field"] == "version"
    assert (await client.get(f"{path}/versions/{version}")).status_code == 422
