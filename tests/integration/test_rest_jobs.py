"""The admin API: paths, fields and values exactly as its users know them."""

from typing import Any

import httpx
import pytest

from support.memorizer import Memorizer
from support.waiting import wait_until

ADMIN = "/api/admin"
UNKNOWN = "01936f5e-0000-7000-8000-000000000000"


async def store(client: httpx.AsyncClient, text: str, title: str | None = None) -> str:
    """The id of a new memory."""
    reply = await client.post("/api/memories", json={"text": text, "title": title})
    return str(reply.json()["id"])


async def finished(client: httpx.AsyncClient, job_id: str) -> dict[str, Any]:
    """The job, once it has ended."""

    async def ended() -> dict[str, Any]:
        job: dict[str, Any] = (await client.get(f"{ADMIN}/jobs/{job_id}")).json()
        return job if job["finishedOn"] else {}

    return await wait_until(ended, description=f"job {job_id} ends")


async def test_stats_count_all_queues_and_only_these(client: httpx.AsyncClient) -> None:
    await store(client, "untitled")
    none = {"waiting": 0, "active": 0, "completed": 0, "failed": 0}
    more = {"delayed": 0, "cancelled": 0, "paused": False}
    assert (await client.get(f"{ADMIN}/stats")).json() == {
        "titleQueue": none | more | {"waiting": 1},
        "embeddingQueue": none | more,
        "documentQueue": none | more,
    }


async def test_titles_are_written_where_there_is_none(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    untitled = await store(client, "a b c")
    await store(client, "has one", title="A title")
    reply = await client.post(f"{ADMIN}/jobs/title-generation", json={})
    [job_id] = reply.json()["jobIds"]
    assert (reply.status_code, reply.json()) == (
        202,
        {"message": "Title generation jobs queued", "count": 1, "jobIds": [job_id]},
    )
    await memorizer.start_worker()
    assert (await finished(client, job_id))["returnvalue"]["title"] == "a b c"
    assert (await client.get(f"/api/memories/{untitled}")).json()["title"] == "a b c"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"memoryIds": null}'])
async def test_with_nothing_to_do_nothing_is_queued(client: httpx.AsyncClient, body: bytes) -> None:
    reply = await client.post(
        f"{ADMIN}/jobs/title-generation",
        content=body,
        headers={"Content-Type": "application/json"},
    )
    assert reply.status_code == 200
    assert reply.json() == {"message": "No memories need title generation", "count": 0}


async def test_with_ids_a_title_is_written_anew_for_exactly_these(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    titled = await store(client, "a b c", title="Old")
    await store(client, "other")
    ids = {"memoryIds": [titled, titled]}
    reply = await client.post(f"{ADMIN}/jobs/title-generation", json=ids)
    [job_id] = reply.json()["jobIds"]
    again = await client.post(f"{ADMIN}/jobs/title-generation", json=ids)
    assert again.json()["jobIds"] == [job_id]
    await memorizer.start_worker()
    await finished(client, job_id)
    memory = (await client.get(f"/api/memories/{titled}")).json()
    assert (memory["title"], memory["version"]) == ("a b c", 2)


async def test_a_job_reads_as_its_users_know_it(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    memory_id = await store(client, "a b c")
    [job_id] = (await client.post(f"{ADMIN}/jobs/title-generation")).json()["jobIds"]
    await memorizer.start_worker()
    await finished(client, job_id)
    path = f"{ADMIN}/jobs/{job_id}"
    job = (await client.get(path, params={"queue": "title-generation"})).json()
    assert job == (await client.get(path)).json()
    known = {"id": job_id, "name": "generate-title", "progress": 100, "state": "completed"}
    assert known.items() <= job.items()
    data = {"memoryId": memory_id, "text": "a b c", "type": "note"}
    assert data.items() <= job["data"].items()
    assert job["returnvalue"]["title"] == "a b c"
    times = [job["timestamp"], job["processedOn"], job["finishedOn"]]
    assert all(isinstance(time, int) for time in times)
    assert times == sorted(times)
    ours = {"queue": "title-generation", "attemptsMade": 1, "maxAttempts": 3, "rescues": 0}
    ours |= {"failedReason": None, "cancelRequested": False, "actions": ["remove"]}
    assert (ours | {"memoryId": memory_id}).items() <= job.items()
    assert not {"items", "parentId"} & set(job)


async def test_a_job_is_looked_for_in_its_queue_and_the_queue_must_exist(
    client: httpx.AsyncClient,
) -> None:
    await store(client, "untitled")
    [job_id] = (await client.post(f"{ADMIN}/jobs/title-generation")).json()["jobIds"]
    path = f"{ADMIN}/jobs/{job_id}"
    elsewhere = await client.get(path, params={"queue": "embedding-regeneration"})
    assert elsewhere.status_code == 404
    for queue in ("titles", "", "embedding-slices", "title-generation'--"):
        for url in (path, f"{path}/progress", f"{ADMIN}/jobs"):
            reply = await client.get(url, params={"queue": queue})
            assert reply.status_code == 400, url
            assert '"title-generation" or "embedding-regeneration"' in reply.json()["message"]


@pytest.mark.parametrize("job_id", ["abc123", "39' OR '1'='1", "💥", "x" * 5_000, "..", "%25"])
async def test_an_unknown_job_is_404_whatever_its_id_looks_like(
    client: httpx.AsyncClient, job_id: str
) -> None:
    path = httpx.URL("http://localhost").copy_with(path=f"{ADMIN}/jobs/{job_id}")
    for missing in (
        await client.get(path),
        await client.get(f"{path}/progress"),
        await client.get(f"{path}/failures"),
        await client.post(f"{path}/cancel"),
        await client.post(f"{path}/retry"),
        await client.delete(path),
    ):
        assert missing.status_code == 404
        assert missing.json()["error"] == "Not found"


async def test_one_memory_makes_a_single_job_and_more_make_a_bulk_job(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    ids = [await store(client, f"memory {n}", title="t") for n in range(3)]

    async def regenerate(body: dict[str, Any]) -> dict[str, Any]:
        reply = await client.post(f"{ADMIN}/jobs/embedding-regeneration", json=body)
        assert reply.status_code == 202
        assert reply.json()["message"] == "Embedding regeneration job queued"
        await memorizer.start_worker()
        return await finished(client, reply.json()["jobId"])

    single = await regenerate({"memoryIds": ids[:1]})
    assert (single["name"], single["memoryId"]) == ("regenerate-embedding", ids[0])
    some = await regenerate({"memoryIds": ids[:2]})
    assert some["name"] == "bulk-regenerate-embeddings"
    assert some["items"] == {"total": 2, "done": 2, "failed": 0}
    everything = await regenerate({})
    assert everything["id"].startswith("bulk-")
    assert everything["items"] == {"total": 3, "done": 3, "failed": 0}


async def test_everything_is_re_embedded_by_one_job_at_a_time(
    client: httpx.AsyncClient,
) -> None:
    await store(client, "one", title="t")
    first = await client.post(f"{ADMIN}/jobs/embedding-regeneration")
    second = await client.post(f"{ADMIN}/jobs/embedding-regeneration")
    assert (second.status_code, second.json()["error"]) == (409, "Already running")
    assert second.json()["details"] == {"jobId": first.json()["jobId"]}


@pytest.mark.parametrize("kind", ["title-generation", "embedding-regeneration"])
async def test_the_ids_must_be_ids_of_memories(client: httpx.AsyncClient, kind: str) -> None:
    async def answer(ids: object) -> tuple[int, str]:
        reply = await client.post(f"{ADMIN}/jobs/{kind}", json={"memoryIds": ids})
        return reply.status_code, reply.text

    for wrong in ([], ["39' OR '1'='1"], [7], "all", [None], [UNKNOWN] * 10_001):
        status, text = await answer(wrong)
        assert (status, "memoryIds" in text) == (422, True)
    status, text = await answer([UNKNOWN])
    assert (status, UNKNOWN in text) == (404, True)
    assert (await client.get(f"{ADMIN}/jobs")).json() == {"jobs": [], "count": 0}


async def test_jobs_are_listed_newest_first_page_by_page(client: httpx.AsyncClient) -> None:
    memories = [await store(client, f"memory {n}") for n in range(5)]
    found, params = [], {"limit": "2", "queue": "title-generation", "state": "waiting"}
    while True:
        page = (await client.get(f"{ADMIN}/jobs", params=params)).json()
        found += [job["memoryId"] for job in page["jobs"]]
        if "nextCursor" not in page:
            break
        params["cursor"] = page["nextCursor"]
    assert found == memories[::-1]
    completed = await client.get(f"{ADMIN}/jobs", params={"state": "completed"})
    assert completed.json() == {"jobs": [], "count": 0}


async def test_a_waiting_job_can_be_cancelled_then_retried(client: httpx.AsyncClient) -> None:
    await store(client, "untitled")
    [job_id] = (await client.post(f"{ADMIN}/jobs/title-generation")).json()["jobIds"]
    path = f"{ADMIN}/jobs/{job_id}"
    refused = await client.post(f"{path}/retry")
    assert (refused.status_code, refused.json()["error"]) == (409, "Action not allowed")
    cancelled = (await client.post(f"{path}/cancel")).json()
    assert (cancelled["state"], cancelled["actions"]) == ("cancelled", ["remove", "retry"])
    assert (await client.post(f"{path}/cancel")).status_code == 409
    assert (await client.post(f"{path}/retry")).json()["state"] == "waiting"


async def test_a_job_can_be_removed_once_it_has_ended(client: httpx.AsyncClient) -> None:
    await store(client, "untitled")
    [job_id] = (await client.post(f"{ADMIN}/jobs/title-generation")).json()["jobIds"]
    path = f"{ADMIN}/jobs/{job_id}"
    assert (await client.delete(path)).status_code == 409
    await client.post(f"{path}/cancel")
    assert (await client.delete(path)).status_code == 204
    assert (await client.delete(path)).status_code == (await client.get(path)).status_code == 404


async def test_failures_come_in_pages(client: httpx.AsyncClient, memorizer: Memorizer) -> None:
    ids = [await store(client, f"memory {n}", title="t") for n in range(5)]
    memorizer.embedder.rejects = "memory"
    await memorizer.start_worker()
    started = await client.post(f"{ADMIN}/jobs/embedding-regeneration", json={"memoryIds": ids})
    job = await finished(client, started.json()["jobId"])
    path = f"{ADMIN}/jobs/{job['id']}/failures"

    first = (await client.get(path, params={"limit": 3})).json()
    rest = (await client.get(path, params={"limit": 3, "cursor": first["nextCursor"]})).json()

    assert (first["count"], rest["count"], "nextCursor" in rest) == (3, 2, False)
    assert [f["itemId"] for f in first["failures"] + rest["failures"]] == sorted(ids)


async def test_failures_are_kept_per_item_and_retried_together(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    ids = [await store(client, f"memory {n}", title="t") for n in range(3)]
    memorizer.embedder.rejects = "memory 1"
    await memorizer.start_worker()
    started = await client.post(f"{ADMIN}/jobs/embedding-regeneration", json={"memoryIds": ids})
    job = await finished(client, started.json()["jobId"])
    assert (job["state"], job["items"]) == ("failed", {"total": 3, "done": 2, "failed": 1})
    assert job["failedReason"]
    failures = (await client.get(f"{ADMIN}/jobs/{job['id']}/failures")).json()
    assert failures["count"] == 1
    assert failures["failures"][0]["itemId"] == ids[1]
    assert "cannot read" in failures["failures"][0]["error"]
    memorizer.embedder.rejects = None
    retried = await client.post(f"{ADMIN}/jobs/retry-failed", json={"queue": job["queue"]})
    assert retried.json() == {
        "message": "Failed jobs queued again",
        "count": 1,
        "jobIds": [job["id"]],
    }
    assert (await finished(client, job["id"]))["state"] == "completed"
    assert (await client.post(f"{ADMIN}/jobs/retry-failed")).json()["count"] == 0


async def test_cleaning_removes_what_ended_long_enough_ago(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    await store(client, "a b c")
    [job_id] = (await client.post(f"{ADMIN}/jobs/title-generation")).json()["jobIds"]
    await memorizer.start_worker()
    await finished(client, job_id)
    kept = await client.post(f"{ADMIN}/jobs/clean")
    assert kept.json() == {"message": "Jobs cleaned successfully", "removed": 0}
    elsewhere = {"olderThanHours": 0, "queue": "embedding-regeneration"}
    assert (await client.post(f"{ADMIN}/jobs/clean", json=elsewhere)).json()["removed"] == 0

    async def cleaned() -> bool:  # "longer ago than 0" begins a millisecond later
        reply = await client.post(f"{ADMIN}/jobs/clean", json={"olderThanHours": 0})
        return bool(reply.json()["removed"] == 1)

    await wait_until(cleaned, description="the job is removed")
    assert (await client.get(f"{ADMIN}/jobs/{job_id}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"olderThanHours": -1}, 422),
        ({"olderThanHours": "24"}, 422),
        ({"olderThanHours": 1e99}, 422),
        ({"queue": "titles"}, 400),
        ({"queue": 7}, 422),
        ({"hours": 1}, 422),
    ],
)
async def test_a_wrong_wish_to_clean_names_the_field(
    client: httpx.AsyncClient, body: dict[str, Any], status: int
) -> None:
    reply = await client.post(f"{ADMIN}/jobs/clean", json=body)
    assert (reply.status_code, next(iter(body)) in reply.text) == (status, True)


async def test_a_paused_queue_holds_its_jobs_until_it_is_resumed(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    queue = f"{ADMIN}/queues/title-generation"
    paused = await client.post(f"{queue}/pause")
    assert paused.json() == {"queue": "title-generation", "paused": True}
    assert (await client.get(f"{ADMIN}/stats")).json()["titleQueue"]["paused"]
    await store(client, "a b c")
    [job_id] = (await client.post(f"{ADMIN}/jobs/title-generation")).json()["jobIds"]
    await memorizer.start_worker()
    assert (await client.get(f"{ADMIN}/jobs/{job_id}")).json()["state"] == "waiting"
    assert (await client.post(f"{queue}/resume")).json()["paused"] is False
    assert (await finished(client, job_id))["state"] == "completed"
    assert (await client.post(f"{ADMIN}/queues/titles/pause")).status_code == 400


async def test_workers_show_while_they_are_alive(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    await memorizer.start_worker()

    async def workers() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.get(f"{ADMIN}/workers")).json()["workers"]
        return found

    [worker] = await wait_until(workers, description="a worker shows")
    assert {"title-generation", "embedding-regeneration"} <= set(worker["queues"])
    assert isinstance(worker["heartbeatAt"], int)
    assert worker["currentJobs"] == []


async def test_the_lifecycle_says_what_may_be_done_in_each_state(
    client: httpx.AsyncClient,
) -> None:
    lifecycle = (await client.get(f"{ADMIN}/lifecycle")).json()
    assert list(lifecycle) == [
        "waiting",
        "delayed",
        "active",
        "completed",
        "failed",
        "cancelled",
    ]
    assert lifecycle["failed"]["actions"] == ["remove", "retry"]
    assert [state for state, rule in lifecycle.items() if rule["final"]] == [
        "completed",
        "failed",
        "cancelled",
    ]
