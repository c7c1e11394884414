"""Memories over REST: store, list, read, change, archive, delete."""

from typing import Any

import httpx

from support.memorizer import Memorizer

TEA = {
    "text": "Green tea wants water of 80 degrees.",
    "title": "Green tea",
    "type": "how-to",
    "tags": ["tea", "kitchen"],
    "confidence": 0.5,
    "source": "anna",
}


async def store(client: httpx.AsyncClient, **content: Any) -> dict[str, Any]:
    """A new memory; TEA unless said otherwise."""
    reply = await client.post("/api/memories", json=TEA | content)
    assert reply.status_code == 201, reply.text
    memory: dict[str, Any] = reply.json()
    return memory


async def test_a_memory_needs_only_its_text(client: httpx.AsyncClient) -> None:
    reply = await client.post("/api/memories", json={"text": "Water boils at 100 degrees."})
    memory = reply.json()
    assert reply.status_code == 201
    assert reply.headers["Location"] == f"/api/memories/{memory['id']}"
    assert reply.headers["ETag"] == '"1"'
    defaults = ("type", "source", "title", "tags", "confidence", "version")
    assert [memory[name] for name in defaults] == ["note", "api", None, [], 1.0, 1]
    assert "archivedAt" not in memory


async def test_a_memory_without_a_title_names_the_job_that_writes_it(
    client: httpx.AsyncClient,
) -> None:
    untitled = await store(client, title=None)
    job = (await client.get(f"/api/admin/jobs/{untitled['titleJobId']}")).json()
    assert (job["name"], job["memoryId"]) == ("generate-title", untitled["id"])
    assert "titleJobId" not in await store(client)


async def test_a_stored_memory_reads_the_same_with_iso_times(client: httpx.AsyncClient) -> None:
    stored = await store(client)
    reply = await client.get(f"/api/memories/{stored['id']}")
    assert (reply.status_code, reply.json()) == (200, stored)
    assert TEA.items() <= stored.items()
    assert stored["createdAt"].endswith("Z")
    assert len(stored["createdAt"]) == len("2026-11-23T09:30:00.000Z")


async def test_a_client_that_has_the_version_gets_304(client: httpx.AsyncClient) -> None:
    memory = await store(client)
    path = f"/api/memories/{memory['id']}"
    for known in ('"1"', 'W/"1"', '"7", "1"', "*"):
        reply = await client.get(path, headers={"If-None-Match": known})
        assert (reply.status_code, reply.content, reply.headers["ETag"]) == (304, b"", '"1"')
    assert (await client.get(path, headers={"If-None-Match": '"2"'})).status_code == 200


async def test_replies_are_not_for_caches_because_not_all_of_a_memory_is_versioned(
    client: httpx.AsyncClient,
) -> None:
    memory = await store(client)
    reply = await client.get(f"/api/memories/{memory['id']}")
    assert reply.headers["Cache-Control"] == "no-store"


async def test_put_replaces_all_content_and_patch_only_what_is_given(
    client: httpx.AsyncClient,
) -> None:
    path = f"/api/memories/{(await store(client))['id']}"
    patched = (await client.patch(path, json={"confidence": 0, "tags": []})).json()
    assert patched == patched | TEA | {"confidence": 0.0, "tags": [], "version": 2}
    put = (await client.put(path, json={"text": "Use 70 degrees."})).json()
    changed: dict[str, Any] = {
        "title": None,
        "type": "note",
        "tags": [],
        "confidence": 1.0,
        "source": "api",
    }
    assert put == put | changed | {"text": "Use 70 degrees.", "version": 3}


async def test_clearing_the_title_queues_a_job_that_writes_one(
    client: httpx.AsyncClient,
) -> None:
    memory = await store(client)
    reply = await client.patch(f"/api/memories/{memory['id']}", json={"title": None})
    assert reply.json()["title"] is None
    jobs = (await client.get("/api/admin/jobs", params={"queue": "title-generation"})).json()
    assert [job["memoryId"] for job in jobs["jobs"]] == [memory["id"]]


async def test_a_null_is_not_a_missing_field(client: httpx.AsyncClient) -> None:
    memory = await store(client)
    reply = await client.patch(f"/api/memories/{memory['id']}", json={"text": None})
    assert reply.status_code == 422
    assert reply.json()["details"][0]["field"] == "text"


async def test_labels_are_trimmed_and_tags_do_not_repeat(client: httpx.AsyncClient) -> None:
    memory = await store(client, type=" fact ", tags=[" Tea", "tea ", "Cup"], title=" Tea  ")
    assert (memory["type"], memory["tags"], memory["title"]) == ("fact", ["Tea", "Cup"], "Tea")


async def test_a_write_to_an_outdated_version_is_409_and_says_the_current_one(
    client: httpx.AsyncClient,
) -> None:
    path = f"/api/memories/{(await store(client))['id']}"
    fresh = await client.patch(path, json={"type": "b"}, headers={"If-Match": '"1"'})
    assert (fresh.status_code, fresh.headers["ETag"]) == (200, '"2"')
    stale = {"If-Match": '"1"'}
    for refused in (
        await client.patch(path, json={"type": "c"}, headers=stale),
        await client.put(path, json=TEA, headers=stale),
        await client.post(f"{path}/revert", json={"version": 1}, headers=stale),
        await client.delete(path, headers=stale),
    ):
        assert refused.status_code == 409
        assert refused.json()["error"] == "Version conflict"
        assert refused.json()["details"] == {"expectedVersion": 1, "currentVersion": 2}
    assert (await client.get(path)).json()["version"] == 2


async def test_if_match_is_read_in_every_usual_form(client: httpx.AsyncClient) -> None:
    path = f"/api/memories/{(await store(client))['id']}"
    for version, form in enumerate(('"1"', "2", 'W/"3"', "*", ' "5" '), start=1):
        change = {"text": f"Text of version {version + 1}."}
        reply = await client.patch(path, json=change, headers={"If-Match": form})
        assert (reply.status_code, reply.json()["version"]) == (200, version + 1), form
    for malformed in ("one", '"1", "2"', "-1", "", '"1', "1.0", "9" * 40):
        reply = await client.patch(path, json={"type": "x"}, headers={"If-Match": malformed})
        assert reply.status_code == 422, malformed
        assert reply.json()["details"]["field"] == "If-Match"


async def test_the_same_idempotency_key_gives_the_first_reply_again(
    client: httpx.AsyncClient,
) -> None:
    key = {"Idempotency-Key": "import-17"}
    untitled = TEA | {"title": None}
    first = await client.post("/api/memories", json=untitled, headers=key)
    path = f"/api/memories/{first.json()['id']}"
    await client.patch(path, json={"text": "Changed since."})
    again = await client.post("/api/memories", json=untitled, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert (await client.get("/api/memories")).json()["count"] == 1


async def test_an_idempotency_key_belongs_to_one_request(client: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "import-17"}
    await client.post("/api/memories", json=TEA, headers=key)
    other = await client.post("/api/memories", json={"text": "Else."}, headers=key)
    assert (other.status_code, other.json()["error"]) == (422, "Idempotency key reused")


async def test_an_idempotency_key_is_visible_and_not_too_long(client: httpx.AsyncClient) -> None:
    for bad in (b"", b"two words", b"x" * 256, b"tab\t", "ümlaut".encode()):
        key = {b"Idempotency-Key": bad}
        reply = await client.post("/api/memories", json=TEA, headers=key)
        assert reply.status_code == 422, bad
        assert reply.json()["details"][0]["field"] == "Idempotency-Key"
    assert (await client.get("/api/memories")).json()["count"] == 0


async def test_a_list_is_read_page_by_page_newest_first(client: httpx.AsyncClient) -> None:
    ids = [(await store(client, text=f"Memory {n}."))["id"] for n in range(5)]
    found, params = [], {"limit": "2"}
    while True:
        page = (await client.get("/api/memories", params=params)).json()
        assert page["count"] == len(page["memories"])
        found += [memory["id"] for memory in page["memories"]]
        if "nextCursor" not in page:
            break
        params["cursor"] = page["nextCursor"]
    assert found == ids[::-1]


async def test_a_list_can_be_narrowed_and_every_condition_holds(
    client: httpx.AsyncClient,
) -> None:
    both = await store(client, type="fact", tags=["a", "b"])
    one = await store(client, type="note", tags=["a"])
    await store(client, type="idea", tags=["c"])

    async def ids(**params: Any) -> list[str]:
        reply = await client.get("/api/memories", params=params)
        return [memory["id"] for memory in reply.json()["memories"]]

    assert await ids(tag="a") == [one["id"], both["id"]]
    assert await ids(tag=["a", "B"]) == [both["id"]]
    assert await ids(type=["fact", "note"], tag="a") == [one["id"], both["id"]]
    assert await ids(createdAfter=both["createdAt"], type="fact") == []
    assert await ids(createdBefore="2020-01-01") == []
    assert len(await ids(createdAfter="2020-01-01T00:00:00+02:00")) == 3
    for zone in ("+02:00", "+0200"):  # as it stands, where others escape the plus
        reply = await client.get(f"/api/memories?createdAfter=2020-01-01T00:00:00.5{zone}")
        assert reply.json()["count"] == 3


async def test_an_archived_memory_shows_when_asked_for(client: httpx.AsyncClient) -> None:
    kept, hidden = await store(client), await store(client)
    path = f"/api/memories/{hidden['id']}"
    archived = (await client.post(f"{path}/archive")).json()
    assert archived["archivedAt"].endswith("Z")
    assert (await client.post(f"{path}/archive")).json() == archived

    async def ids(which: str) -> list[str]:
        reply = await client.get("/api/memories", params={"archived": which})
        return [memory["id"] for memory in reply.json()["memories"]]

    assert await ids("false") == [kept["id"]]
    assert await ids("true") == [hidden["id"]]
    assert await ids("all") == [hidden["id"], kept["id"]]
    assert "archivedAt" not in (await client.post(f"{path}/restore")).json()
    assert await ids("true") == []


async def test_a_deleted_memory_is_gone_but_its_events_remain(client: httpx.AsyncClient) -> None:
    path = f"/api/memories/{(await store(client))['id']}"
    deleted = await client.delete(path, headers={"If-Match": '"1"'})
    assert (deleted.status_code, deleted.content) == (204, b"")
    for call in (client.get(path), client.delete(path), client.patch(path, json={"type": "x"})):
        gone = await call
        assert (gone.status_code, gone.json()["error"]) == (404, "Not found")
    events = (await client.get(f"{path}/events")).json()["events"]
    assert [event["type"] for event in events] == ["memory_deleted", "memory_created"]
    assert {event["actor"] for event in events} == {"api"}


async def test_an_embedder_that_is_down_keeps_nobody_from_storing(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    memorizer.embedder.is_down = True
    memory = await store(client)
    assert memory["embeddingStatus"] == "pending"


async def test_the_store_is_counted_with_its_tags_and_types(client: httpx.AsyncClient) -> None:
    await store(client, tags=["a", "b"])
    await store(client, tags=["a"], type="note")
    stats = (await client.get("/api/stats")).json()
    assert stats == stats | {"memories": 2, "archived": 0, "untitled": 0, "versions": 2}
    assert stats["embeddings"] == {"pending": 0, "ready": 2, "failed": 0}
    tags = (await client.get("/api/tags")).json()
    assert tags == {"tags": [{"name": "a", "count": 2}, {"name": "b", "count": 1}], "count": 2}
    types = (await client.get("/api/types")).json()
    assert types["count"] == 2
    assert stats["types"] == types["types"]


async def test_facets_count_what_each_choice_would_leave(client: httpx.AsyncClient) -> None:
    for name, parent in (("Acme", None), ("API", "acme")):
        await client.post("/api/workspaces", json={"name": name, "parent": parent})
    await store(client, tags=["a", "b"], source="agent", workspace="acme")
    await store(client, tags=["a"], type="note", source="agent", workspace="acme/api")
    await store(client, type="note", tags=[])
    asked = {"tag": "a", "type": "note", "since": ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00Z"]}
    found = (await client.get("/api/memories/facets", params=asked)).json()
    assert [found["total"], [each["count"] for each in found["since"]]] == [1, [1, 0]]
    assert found["workspaces"] == [{"name": path, "count": 1} for path in ("acme", "acme/api")]
    assert [each["count"] for each in found["types"]] == [1, 1]
    assert found["tags"] == [{"name": "a", "count": 1}]
    assert found["sources"] == [{"name": "agent", "count": 1}]
    whole = (await client.get("/api/memories/facets")).json()
    assert whole["workspaces"][0] == {"name": "acme", "count": 2}
    assert {"name": "unfiled", "count": 1} in whole["workspaces"]
    assert [each["count"] for each in whole["sources"]] == [2, 1]


async def test_lists_and_searches_take_sources(client: httpx.AsyncClient) -> None:
    one = await store(client, source="agent one")
    await store(client, source="agent two")
    listed = (await client.get("/api/memories", params={"source": "agent one"})).json()
    assert [memory["id"] for memory in listed["memories"]] == [one["id"]]
    wanted = {"query": one["text"], "sources": ["agent one"]}
    found = (await client.post("/api/search", json=wanted)).json()
    assert [hit["memory"]["id"] for hit in found["results"]] == [one["id"]]
