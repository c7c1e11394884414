"""What the Admin page reads beyond single jobs: groups, throughput, search, system, growth."""

import httpx

from memorizer import __version__
from support.memorizer import Memorizer
from support.waiting import wait_until

ADMIN = "/api/admin"


async def store(client: httpx.AsyncClient, *texts: str) -> None:
    for text in texts:
        await client.post("/api/memories", json={"text": text, "title": "to be replaced"})


async def ask_for_titles(client: httpx.AsyncClient) -> list[str]:
    """A request for titles of all memories; the ids of its jobs."""
    memories = (await client.get("/api/memories")).json()["memories"]
    body = {"memoryIds": [memory["id"] for memory in memories]}
    reply = await client.post(f"{ADMIN}/jobs/title-generation", json=body)
    job_ids: list[str] = reply.json()["jobIds"]
    return job_ids


async def test_the_jobs_of_one_request_are_a_group(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    await store(client, "one", "two", "three")
    job_ids = await ask_for_titles(client)
    [group] = (await client.get(f"{ADMIN}/groups")).json()["groups"]
    assert (group["name"], group["total"], group["finishedAt"]) == ("generate-title", 3, None)
    assert group["states"]["waiting"] == 3
    job = (await client.get(f"{ADMIN}/jobs/{job_ids[0]}")).json()
    assert job["groupId"] == group["id"]

    await memorizer.start_worker()

    async def over() -> bool:
        [now] = (await client.get(f"{ADMIN}/groups")).json()["groups"]
        return (now["finishedAt"] is None, now["states"]["completed"]) == (False, 3)

    await wait_until(over, description="the group to end")


async def test_a_group_is_cancelled_as_one(client: httpx.AsyncClient) -> None:
    await store(client, "one", "two")
    await ask_for_titles(client)
    [group] = (await client.get(f"{ADMIN}/groups")).json()["groups"]
    reply = await client.post(f"{ADMIN}/groups/{group['id']}/cancel")
    assert (reply.status_code, reply.json()) == (200, {"message": "Jobs cancelled", "count": 2})
    [after] = (await client.get(f"{ADMIN}/groups")).json()["groups"]
    assert (after["states"]["cancelled"], after["finishedAt"] is None) == (2, False)
    assert (await client.post(f"{ADMIN}/groups/{group['id']}/cancel")).json()["count"] == 0


async def test_an_unknown_group_is_not_found(client: httpx.AsyncClient) -> None:
    reply = await client.post(f"{ADMIN}/groups/titles-none/cancel")
    assert (reply.status_code, reply.json()["error"]) == (404, "Not found")


async def test_throughput_tells_every_minute_of_both_queues(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    await store(client, "one", "two")
    await ask_for_titles(client)
    await memorizer.start_worker()

    async def counted() -> bool:
        figures = (await client.get(f"{ADMIN}/throughput", params={"minutes": 5})).json()
        assert [len(figures["titleQueue"]), len(figures["embeddingQueue"])] == [5, 5]
        return bool(sum(minute["completed"] for minute in figures["titleQueue"]) == 2)

    await wait_until(counted, description="two jobs in the throughput")
    assert (await client.get(f"{ADMIN}/throughput", params={"minutes": 0})).status_code == 422


async def test_jobs_are_found_by_words_of_their_text_and_by_id(client: httpx.AsyncClient) -> None:
    await store(client, "about Tea", "about coffee")
    await ask_for_titles(client)
    [tea] = (await client.get(f"{ADMIN}/jobs", params={"q": "TEA"})).json()["jobs"]
    assert tea["data"]["text"] == "about Tea"
    by_id = (await client.get(f"{ADMIN}/jobs", params={"q": tea["id"]})).json()
    assert [job["id"] for job in by_id["jobs"]] == [tea["id"]]
    none = {"q": "tea", "state": "failed"}
    assert (await client.get(f"{ADMIN}/jobs", params=none)).json() == {"jobs": [], "count": 0}


async def test_a_search_goes_on_where_it_stopped(client: httpx.AsyncClient) -> None:
    await store(client, *(f"tea {n}" for n in range(5)))
    await ask_for_titles(client)
    first = (await client.get(f"{ADMIN}/jobs", params={"q": "tea", "limit": 2})).json()
    after = {"q": "tea", "limit": 2, "cursor": first["nextCursor"]}
    second = (await client.get(f"{ADMIN}/jobs", params=after)).json()
    texts = [job["data"]["text"] for job in first["jobs"] + second["jobs"]]
    assert texts == ["tea 0", "tea 1", "tea 2", "tea 3"]


async def test_the_system_says_what_it_is_made_of(client: httpx.AsyncClient) -> None:
    system = (await client.get(f"{ADMIN}/system")).json()
    assert system.pop("startedAt") > 0
    assert system == {
        "version": __version__,
        "queueEngine": "database",
        "databaseEngine": "sqlite",
        "titleWriter": "first-words",
        "titleModel": "five words",
        "worker": True,
    }


async def test_growth_counts_the_memories_of_each_day(client: httpx.AsyncClient) -> None:
    assert (await client.get("/api/stats/growth")).json() == {"days": [], "count": 0}
    await store(client, "one", "two")
    days = (await client.get("/api/stats/growth")).json()["days"]
    assert sum(day["count"] for day in days) == 2
    assert all(day["at"] % 86_400_000 == 0 for day in days)
