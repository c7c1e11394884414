"""Memories by key, with metadata and in batches, over REST and on both databases."""

import asyncio
from urllib.parse import quote

import httpx
import pytest

from memorizer.domain.memories import Filter
from memorizer.services import Services

Client = httpx.AsyncClient
KEY = "projects/billing/decisions.md"
BY_KEY = f"/api/memories/by-key/{KEY}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def put(client: Client, text: str, key: str = KEY, **more: object) -> httpx.Response:
    headers = more.pop("headers", None)
    return await client.put(
        f"/api/memories/by-key/{quote(key)}",
        json={"text": text, **more},
        headers=headers,  # type: ignore[arg-type]
    )


class TestPut:
    async def test_the_first_creates_and_the_next_is_a_version(self, client: Client) -> None:
        first = await put(client, "Pay monthly.", metadata={"ticket": "X-1"})
        again = await put(client, "Pay monthly.", metadata={"ticket": "X-1"})
        second = await put(client, "Pay yearly.", metadata={"ticket": "X-1"})
        assert [reply.status_code for reply in (first, again, second)] == [201, 200, 200]
        assert [reply.headers["ETag"] for reply in (first, again, second)] == ['"1"', '"1"', '"2"']
        assert first.headers["Location"] == f"/api/memories/{first.json()['id']}"
        assert first.json()["id"] == second.json()["id"]
        assert second.json()["key"] == KEY
        found = await client.get(BY_KEY)
        assert (found.json()["text"], found.json()["metadata"]) == (
            "Pay yearly.",
            {"ticket": "X-1"},
        )
        assert (await client.get(BY_KEY, headers={"If-None-Match": '"2"'})).status_code == 304

    async def test_a_generated_title_does_not_make_a_repetition_a_change(
        self, client: Client
    ) -> None:
        first = (await put(client, "Pay monthly.")).json()
        await client.patch(f"/api/memories/{first['id']}", json={"title": "Paying"})
        again = (await put(client, "Pay monthly.")).json()
        assert (again["version"], again["title"]) == (2, "Paying")
        assert (await put(client, "Pay monthly.", title="Else")).json()["version"] == 3

    async def test_it_can_replace_others_which_are_found_by_what_their_ids_begin_with(
        self, client: Client
    ) -> None:
        old = (await client.post("/api/memories", json={"text": "Pay weekly."})).json()["id"]
        new = (await put(client, "Pay monthly.", replaces=[old])).json()["id"]

        for given in (old, old[:-3].upper()):
            found = (await client.get("/api/memories", params={"idPrefix": given})).json()
            assert [each["id"] for each in found["memories"]] == [old]
            assert found["memories"][0]["supersededBy"] == new
        assert (await client.get("/api/memories?idPrefix=ffff")).json()["count"] == 0
        assert (await client.get("/api/memories?idPrefix=%25")).status_code == 422

    async def test_the_workspace_stands_in_the_body_or_in_the_address(self, client: Client) -> None:
        made = await client.post("/api/workspaces", json={"name": "Acme"})
        unfiled, filed = await put(client, "Here."), await put(client, "There.", workspace="acme")
        same = await client.put(f"{BY_KEY}?workspace=acme", json={"text": "There."})
        assert [reply.status_code for reply in (unfiled, filed, same)] == [201, 201, 200]
        assert same.json()["id"] == filed.json()["id"] != unfiled.json()["id"]
        assert filed.json()["workspaceId"] == made.json()["id"]
        for wrong, status in (("nope", 404), ("", 422)):
            assert (await put(client, "x", workspace=wrong)).status_code == status

    async def test_versions_can_be_expected(self, client: Client) -> None:
        assert (await put(client, "A", headers={"If-Match": '"1"'})).status_code == 404
        assert (await put(client, "A", headers={"If-None-Match": "*"})).status_code == 201
        taken = await put(client, "B", headers={"If-None-Match": "*"})
        assert (taken.status_code, taken.json()["error"]) == (409, "Key taken")
        stale = await put(client, "B", headers={"If-Match": '"7"'})
        assert (stale.status_code, stale.json()["details"]["currentVersion"]) == (409, 1)
        assert (await put(client, "B", headers={"If-Match": '"1"'})).json()["version"] == 2
        assert (await put(client, "B", headers={"If-None-Match": '"1"'})).status_code == 422
        assert (await client.delete(BY_KEY, headers={"If-Match": '"1"'})).status_code == 409
        assert (await client.delete(BY_KEY)).status_code == 204
        assert (await client.get(BY_KEY)).status_code == 404

    async def test_eight_clients_make_one_memory_with_a_version_after_the_other(
        self, client: Client, services: Services
    ) -> None:
        replies = await asyncio.gather(*(put(client, f"By {n}.", title="T") for n in range(8)))
        assert sorted(reply.status_code for reply in replies) == [200] * 7 + [201]
        [memory_id] = {reply.json()["id"] for reply in replies}
        assert sorted(reply.json()["version"] for reply in replies) == list(range(1, 9))
        versions = await services.history.versions(memory_id)
        assert [each.version for each in versions] == list(range(8, 0, -1))
        assert {each.content.text for each in versions} == {f"By {n}." for n in range(8)}
        page, _ = await services.memories.page(Filter(), before=None, limit=10)
        assert [memory.id for memory in page] == [memory_id]

    @pytest.mark.parametrize("key", ["Ä/ö ü", "a%b", "a?b#c", "versions/3", "😀", "a+b", ".x"])
    async def test_any_path_is_a_key(self, client: Client, key: str) -> None:
        assert (await put(client, "T", key)).json()["key"] == key
        address = f"/api/memories/by-key/{quote(key, safe='')}"
        assert (await client.get(address)).json()["key"] == key
        assert (await client.delete(address)).status_code == 204

    @pytest.mark.parametrize("key", ["a/", "/a", "a//b", "a/%2E%2E/b", "a%09b", "x" * 1025])
    async def test_what_is_no_path_is_refused(self, client: Client, key: str) -> None:
        for method in ("GET", "PUT", "DELETE"):
            body = {"json": {"text": "T"}} if method == "PUT" else {}
            reply = await client.request(method, f"/api/memories/by-key/{key}", **body)  # type: ignore[arg-type]
            assert (reply.status_code, "key" in reply.json()["message"]) == (422, True), key


class TestKeys:
    async def test_a_new_key_is_an_event_and_no_version(self, client: Client) -> None:
        memory = (await put(client, "T", "a/b")).json()
        address = f"/api/memories/{memory['id']}"
        changed = await client.patch(address, json={"key": "a/c"})
        assert (changed.json()["key"], changed.json()["version"]) == ("a/c", 1)
        [event, _] = (await client.get(f"{address}/events")).json()["events"]
        assert (event["type"], event["data"]) == (
            "memory_rekeyed",
            {"changes": {"key": {"old": "a/b", "new": "a/c"}}},
        )
        both = await client.patch(address, json={"key": "a/d", "text": "U"})
        assert (both.json()["key"], both.json()["text"], both.json()["version"]) == ("a/d", "U", 2)
        assert "key" not in (await client.patch(address, json={"key": None})).json()
        assert len((await client.get(f"{address}/events")).json()["events"]) == 5

    async def test_a_taken_key_is_a_conflict_and_changes_nothing(self, client: Client) -> None:
        taken, other = (await put(client, "T", "a")).json(), (await put(client, "U", "b")).json()
        address = f"/api/memories/{other['id']}"
        reply = await client.patch(address, json={"key": "a", "text": "V"})
        assert (reply.status_code, reply.json()["details"]) == (
            409,
            {"key": "a", "memoryId": taken["id"]},
        )
        assert (await client.get(address)).json()["text"] == "U"
        again = await client.post("/api/memories", json={"text": "T", "key": "a"})
        assert (again.status_code, again.json()["error"]) == (409, "Key taken")

    async def test_a_memory_comes_back_from_the_trash_without_a_key_that_is_taken(
        self, client: Client
    ) -> None:
        old = (await put(client, "Old.")).json()
        await client.delete(BY_KEY)
        back = await client.post(f"/api/trash/{old['id']}/restore")
        assert back.json()["key"] == KEY
        await client.delete(BY_KEY)
        new = (await put(client, "New.")).json()
        assert new["id"] != old["id"]
        back = await client.post(f"/api/trash/{old['id']}/restore")
        assert (back.status_code, "key" in back.json()) == (200, False)
        assert back.json()["lostKey"] == KEY
        events = (await client.get(f"/api/memories/{old['id']}/events")).json()["events"]
        assert events[0]["data"] == {"from": "trash", "lostKey": KEY}
        assert (await client.get(BY_KEY)).json()["id"] == new["id"]

    async def test_keys_are_listed_like_a_folder(self, client: Client) -> None:
        for key in ("a/1", "a/2", "a/b/3", "a/c/d/4", "ab", "a"):
            await put(client, "T", key)
        await client.post("/api/memories", json={"text": "T"})
        whole = (await client.get("/api/memories", params={"keyPrefix": "a/"})).json()
        assert [each["key"] for each in whole["memories"]] == ["a/c/d/4", "a/b/3", "a/2", "a/1"]
        assert "folders" not in whole
        folder: dict[str, str | int] = {"keyPrefix": "a/", "depth": 1, "limit": 1}
        page = (await client.get("/api/memories", params=folder)).json()
        assert [each["key"] for each in page["memories"]] == ["a/2"]
        assert page["folders"] == [
            {"prefix": "a/b/", "count": 1},
            {"prefix": "a/c/", "count": 1},
        ]
        rest = await client.get("/api/memories", params=folder | {"cursor": page["nextCursor"]})
        assert ([e["key"] for e in rest.json()["memories"]], "folders" in rest.json()) == (
            ["a/1"],
            False,
        )
        root = (await client.get("/api/memories", params={"keyPrefix": "", "depth": 1})).json()
        assert [each["key"] for each in root["memories"]] == ["a", "ab"]
        assert root["folders"] == [{"prefix": "a/", "count": 4}]
        assert (await client.get("/api/memories", params={"depth": 1})).json() == root


class TestPrefixes:
    async def test_a_search_below_a_prefix_finds_nothing_else(self, client: Client) -> None:
        for key in ("tea/green", "tea/black/1", "teapot", "Ä_%/x"):
            await put(client, f"Green tea: {key}.", key)
        await client.post("/api/memories", json={"text": "Green tea without a key."})

        async def found(prefix: str) -> set[str]:
            body = {"query": "green tea", "keyPrefix": prefix}
            reply = await client.post("/api/search", json=body)
            return {each["memory"]["key"] for each in reply.json()["results"]}

        assert await found("tea/") == {"tea/green", "tea/black/1"}
        assert await found("A\u0308_%") == {"Ä_%/x"}
        assert await found("") == {"tea/green", "tea/black/1", "teapot", "Ä_%/x"}
        refused = await client.post("/api/search", json={"query": "x", "keyPrefix": "a\n"})
        assert (refused.status_code, "keyPrefix" in refused.json()["message"]) == (422, True)


class TestMetadata:
    async def test_it_is_part_of_every_version(self, client: Client) -> None:
        given = {"ticket": "X-1", "priority": 2, "open": True, "owner": None, "size": 1.5}
        memory = (await client.post("/api/memories", json={"text": "T", "metadata": given})).json()
        address = f"/api/memories/{memory['id']}"
        assert memory["metadata"] == given
        await client.patch(address, json={"metadata": {"ticket": "X-2"}})
        await client.patch(address, json={"tags": ["a"]})
        assert (await client.get(address)).json()["metadata"] == {"ticket": "X-2"}
        diff = (await client.get(f"{address}/diff", params={"from": 1, "to": 2})).json()
        assert diff["changes"] == [{"field": "metadata", "old": given, "new": {"ticket": "X-2"}}]
        assert (await client.get(f"{address}/versions/1")).json()["metadata"] == given
        event = (await client.get(f"{address}/events")).json()["events"][1]
        assert event["data"]["changes"]["metadata"]["new"] == {"ticket": "X-2"}
        await client.post(f"{address}/revert", json={"version": 1})
        assert (await client.get(address)).json()["metadata"] == given
        cleared = await client.patch(address, json={"metadata": {}})
        assert ("metadata" in cleared.json(), cleared.json()["version"]) == (False, 5)
        same = await client.patch(address, json={"metadata": {}})
        assert same.json()["version"] == 5
        await client.delete(f"{address}/versions/1")
        assert "metadata" not in (await client.get(f"{address}/versions/1")).json()

    async def test_lists_and_searches_are_filtered_by_it(self, client: Client) -> None:
        for number, ticket in enumerate(["X-1", "X-2", "X-1"]):
            body = {"text": "Green tea.", "metadata": {"ticket": ticket, "n": number, "v": "2"}}
            await client.post("/api/memories", json=body)
        await client.post("/api/memories", json={"text": "Green tea."})

        async def listed(query: str) -> list[int]:
            page = await client.get(f"/api/memories?{query}")
            assert page.status_code == 200, page.text
            return [each.get("metadata", {}).get("n") for each in page.json()["memories"]]

        assert await listed("metadata.ticket=X-1") == [2, 0]
        assert await listed("metadata[ticket]=X-1") == [2, 0]
        assert await listed("metadata.n=1") == [1]
        assert await listed("metadata.v=2") == [2, 1, 0]
        assert await listed("metadata.n.$gte=1") == await listed("metadata[n][$gte]=1") == [2, 1]
        assert await listed("metadata.n=0&metadata.n=1") == [1, 0]
        assert await listed("metadata.n=1&metadata.ticket=X-1") == []
        assert await listed("metadata.ticket.$ne=X-1") == [None, 1]

        async def found(conditions: dict[str, object]) -> list[int]:
            body = {"query": "green tea", "limit": 1, "metadata": conditions}
            reply = await client.post("/api/search", json=body)
            return [each["memory"]["metadata"]["n"] for each in reply.json()["results"]]

        assert await found({"ticket": "X-2"}) == [1]
        assert await found({"n": {"$lt": 1}}) == [0]
        assert await found({"n": {"$in": [0, "1"]}}) == [0]
        assert await found({"n": "1"}) == []

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("metadata.n.$like=1", "$like is no operator"),
            ("metadata.$or=1", "operators"),
            ("metadata=1", "metadata"),
            ("metadata.=1", "metadata."),
        ],
    )
    async def test_a_wrong_condition_never_widens_a_list(
        self, client: Client, query: str, said: str
    ) -> None:
        reply = await client.get(f"/api/memories?{query}")
        assert (reply.status_code, said in reply.json()["message"]) == (422, True), reply.text

    async def test_an_idempotency_key_belongs_to_metadata_and_key_too(self, client: Client) -> None:
        headers = {"Idempotency-Key": "one"}
        body = {"text": "T", "metadata": {"a": 1}, "key": "k"}
        first = await client.post("/api/memories", json=body, headers=headers)
        again = await client.post("/api/memories", json=body, headers=headers)
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["Idempotency-Replayed"] == "true"
        for other in ({"text": "T"}, body | {"metadata": {"a": True}}, body | {"key": "l"}):
            reply = await client.post("/api/memories", json=other, headers=headers)
            assert reply.json()["error"] == "Idempotency key reused"


class TestBatch:
    async def test_every_item_has_its_outcome(self, client: Client, services: Services) -> None:
        await put(client, "Known.", "a", title="T")
        same = {"text": "Known.", "key": "a"}
        items = [
            {"text": "New.", "title": "N"},
            same,
            same | {"text": "Changed."},
            same | {"text": "Never.", "expectedVersion": 1},
            {"text": "Never.", "key": "b", "expectedVersion": 3},
            {"text": "Only new.", "key": "a", "expectedVersion": 0},
            {"text": "By key.", "key": "c", "metadata": {"n": 1}},
            {"text": "By key.", "key": "c", "metadata": {"n": 1}},
            {"text": "No key.", "expectedVersion": 1},
        ]
        reply = (await client.post("/api/memories/batch", json={"memories": items})).json()
        outcomes = [each["outcome"] for each in reply["results"]]
        assert outcomes == [
            *("created", "unchanged", "updated", "failed", "failed", "failed"),
            *("created", "unchanged", "failed"),
        ]
        assert [reply[name] for name in ("created", "updated", "unchanged", "failed")] == [
            *(2, 1, 2, 4)
        ]
        errors = [each["error"]["error"] for each in reply["results"] if "error" in each]
        assert errors == ["Version conflict", "Not found", "Key taken", "Invalid field"]
        assert reply["results"][3]["error"]["details"] == {
            "expectedVersion": 1,
            "currentVersion": 2,
        }
        assert reply["results"][6]["memory"]["metadata"] == {"n": 1}
        jobs, _ = await services.jobs.page(limit=50)
        bulk = [job for job in jobs if job.id.startswith("bulk-")]
        changed = [reply["results"][number]["memory"]["id"] for number in (0, 2, 6)]
        assert [job.data["memoryIds"] for job in bulk] == [changed]

    async def test_a_wrong_item_refuses_the_batch(self, client: Client, services: Services) -> None:
        good = {"text": "Good."}
        for bad, field in (
            ({"text": ""}, "memories.1.text"),
            ({"content": "T"}, "memories.1.content"),
            (good | {"key": "a//b"}, "memories.1.key"),
            (good | {"metadata": {"$a": 1}}, "memories.1.metadata"),
            (good | {"expectedVersion": -1}, "memories.1.expectedVersion"),
        ):
            reply = await client.post("/api/memories/batch", json={"memories": [good, bad]})
            assert reply.status_code == 422
            assert field in reply.json()["message"]
        for items in ([], [good] * 501):
            body = {"memories": items}
            assert (await client.post("/api/memories/batch", json=body)).status_code == 422
        assert not (await services.memories.page(Filter(), before=None, limit=1))[0]

    async def test_it_is_no_id(self, client: Client) -> None:
        for method in ("GET", "PUT", "DELETE"):
            reply = await client.request(method, "/api/memories/batch")
            assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")

    async def test_a_batch_that_is_sent_again_stores_nothing(
        self, client: Client, services: Services
    ) -> None:
        items = [{"text": "A", "title": "A"}, {"text": "B", "key": "b"}]
        for attempt in range(2):
            reply = await client.post(
                "/api/memories/batch", json={"memories": items}, headers={"Idempotency-Key": "x"}
            )
            expected = ["created", "unchanged"][attempt]
            assert [each["outcome"] for each in reply.json()["results"]] == [expected] * 2
        page, _ = await services.memories.page(Filter(), before=None, limit=9)
        assert len(page) == 2
