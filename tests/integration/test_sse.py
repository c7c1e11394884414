"""Live progress over a real connection, right in every timing."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from memorizer.adapters.sql.signals import LocalSignals
from memorizer.domain.auth import Scope
from memorizer.domain.memories import Content
from memorizer.http.routes import streams
from memorizer.services import job_progress
from memorizer.services.statistics import Statistics
from support.memorizer import Memorizer
from support.waiting import wait_until

ADMIN = "/api/admin"
Event = dict[str, Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    """All of this holds wherever the memories are."""
    return str(request.param)


async def events(reply: httpx.Response) -> AsyncIterator[Event]:
    """The events of a stream as an EventSource would give them; `#id` is their id."""
    event: Event = {}
    async for line in reply.aiter_lines():
        if line.startswith("data: "):
            event |= json.loads(line.removeprefix("data: "))
        elif line.startswith("id: "):
            event["#id"] = line.removeprefix("id: ")
        elif not line and event:
            yield event
            event = {}


async def follow(client: httpx.AsyncClient, job_id: str, last_id: str = "") -> list[Event]:
    """All events to the end of a job's stream."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", progress(job_id), headers=headers) as reply:
        assert reply.status_code == 200
        return [event async for event in events(reply)]


def progress(job_id: str) -> str:
    return f"{ADMIN}/jobs/{job_id}/progress"


async def title_job(client: httpx.AsyncClient) -> str:
    """A job that writes the title of a new memory."""
    return str((await client.post("/api/memories", json={"text": "a b c"})).json()["titleJobId"])


async def test_a_title_job_is_told_as_the_contract_has_it(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    job_id = await title_job(online)
    await memorizer.start_worker()
    reply = await online.get(progress(job_id), params={"queue": "title-generation"})
    assert reply.headers["Content-Type"].split(";")[0] == "text/event-stream"
    assert reply.headers["Cache-Control"] == "no-cache"
    assert reply.headers["X-Accel-Buffering"] == "no"
    first, *steps = [part for part in reply.text.split("\n\n") if part]
    assert first == f'data: {{"type":"connected","jobId":"{job_id}"}}'
    starts = [step.split("\n")[1].split(',"attempt"')[0] for step in steps if "active" in step]
    assert starts == [
        f'data: {{"type":"progress","jobId":"{job_id}","progress":{n},"status":"active"}}'[:-1]
        for n in (10, 30, 70)
    ]
    last = f'data: {{"type":"progress","jobId":"{job_id}","progress":100,"status":"completed",'
    assert steps[-1].split("\n")[1].startswith(last + '"result":{"title":"a b c"')
    assert all(step.startswith("id: ") for step in steps)


async def test_every_viewer_sees_the_same_end_whenever_it_comes(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    memorizer.writer.gate.clear()
    job_id = await title_job(online)
    early = [asyncio.create_task(follow(online, job_id)) for _ in range(10)]
    await memorizer.start_worker()
    async with online.stream("GET", progress(job_id)) as reply:  # comes in the middle
        middle = events(reply)
        seen = [await anext(middle)]
        while seen[-1].get("progress") != 30:
            seen.append(await anext(middle))
        memorizer.writer.gate.set()
        seen += [event async for event in middle]
    after = await follow(online, job_id)
    for told in (*(await asyncio.gather(*early)), seen, after):
        assert [e["progress"] for e in told if e.get("status") == "active"] == [10, 30, 70]
        assert told[-1] == after[-1]
    assert after[-1]["result"]["title"] == "a b c"
    assert {"status": "completed", "progress": 100, "attempt": 1}.items() <= after[-1].items()


async def test_who_comes_back_is_told_only_what_is_new(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    job_id = await title_job(online)
    await memorizer.start_worker()
    complete = await follow(online, job_id)
    thirty = next(event for event in complete if event.get("progress") == 30)
    _, *again = await follow(online, job_id, last_id=thirty["#id"])
    assert [event["progress"] for event in again] == [70, 100]
    assert again[-1] == complete[-1]
    assert all(int(event["#id"]) > int(thirty["#id"]) for event in again)


async def test_who_has_seen_the_end_need_not_come_again(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    job_id = await title_job(online)
    await memorizer.start_worker()
    final = (await follow(online, job_id))[-1]["#id"]
    for seen in (final, str(int(final) + 1)):
        reply = await online.get(progress(job_id), headers={"Last-Event-ID": seen})
        assert (reply.status_code, reply.content) == (204, b"")


@pytest.mark.parametrize("database_engine", ["sqlite"])
@pytest.mark.parametrize("strange", ["one", "-1", "1.5", "9" * 300, "0x10", "٣"])
async def test_a_last_event_id_that_is_not_ours_is_ignored(
    online: httpx.AsyncClient, memorizer: Memorizer, strange: str
) -> None:
    job_id = await title_job(online)
    await memorizer.start_worker()
    await follow(online, job_id)
    headers = {b"Last-Event-ID": strange.encode()}
    async with online.stream("GET", progress(job_id), headers=headers) as reply:
        _, *told = [event async for event in events(reply)]
    assert [event["progress"] for event in told] == [10, 30, 70, 100]


async def test_an_id_from_the_future_does_not_silence_a_running_job(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    memorizer.writer.gate.clear()
    job_id = await title_job(online)
    headers = {"Last-Event-ID": "999"}
    async with online.stream("GET", progress(job_id), headers=headers) as reply:
        told = events(reply)
        assert (await anext(told))["type"] == "connected"
        await memorizer.start_worker()
        memorizer.writer.gate.set()
        assert [event async for event in told][-1]["status"] == "completed"


async def test_a_failed_job_ends_with_its_error(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    memory = await online.post("/api/memories", json={"text": "poison", "title": "t"})
    memorizer.embedder.rejects = "poison"
    job = await online.post(
        f"{ADMIN}/jobs/embedding-regeneration", json={"memoryIds": [memory.json()["id"]]}
    )
    await memorizer.start_worker()
    final = (await follow(online, job.json()["jobId"]))[-1]
    assert (final["status"], "poison" in final["error"]) == ("failed", True)
    assert "result" not in final


async def test_a_cancelled_job_ends_with_cancelled(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    memorizer.writer.gate.clear()
    job_id = await title_job(online)
    await memorizer.start_worker()
    async with online.stream("GET", progress(job_id)) as reply:
        told = events(reply)
        while (await anext(told)).get("progress") != 30:
            pass
        cancelling = (await online.post(f"{ADMIN}/jobs/{job_id}/cancel")).json()
        assert cancelling["cancelRequested"] or cancelling["state"] == "cancelled"
        final = [event async for event in told][-1]
    assert final["status"] == "cancelled"
    assert not {"result", "error"} & set(final)


async def test_a_bulk_job_tells_its_items(online: httpx.AsyncClient, memorizer: Memorizer) -> None:
    for n in range(40):
        await online.post("/api/memories", json={"text": f"memory {n}", "title": "t"})
    job = await online.post(f"{ADMIN}/jobs/embedding-regeneration")
    viewer = asyncio.create_task(follow(online, job.json()["jobId"]))
    await memorizer.start_worker()
    _, *told = await viewer
    assert told[-1]["items"] == {"total": 40, "done": 40, "failed": 0}
    steps = [event["progress"] for event in told]
    assert steps == sorted(steps)
    assert (steps[-1], told[-1]["status"]) == (100, "completed")


async def test_what_cannot_be_followed_is_said_before_the_stream_begins(
    online: httpx.AsyncClient,
) -> None:
    missing = await online.get(progress("abc123"))
    assert (missing.status_code, missing.json()["error"]) == (404, "Not found")
    wrong = await online.get(progress("abc123"), params={"queue": "titles"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "Bad request")


async def test_a_silent_stream_is_kept_alive_by_comments(
    online: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_progress, "KEEP_ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(streams, "KEEP_ALIVE_SECONDS", 0.05)
    for path in (progress(await title_job(online)), f"{ADMIN}/events"):
        async with online.stream("GET", path) as reply:
            lines = reply.aiter_lines()
            while await anext(lines) != ": keep-alive":
                pass


async def test_a_job_that_is_cleaned_away_ends_its_stream(online: httpx.AsyncClient) -> None:
    job_id = await title_job(online)
    async with online.stream("GET", progress(job_id)) as reply:
        told = events(reply)
        assert (await anext(told))["type"] == "connected"
        await online.post(f"{ADMIN}/jobs/{job_id}/cancel")
        await online.post(f"{ADMIN}/jobs/clean", json={"olderThanHours": 0})
        assert {event["status"] async for event in told} <= {"waiting", "cancelled"}


async def test_streams_end_when_the_server_stops(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    job_id = await title_job(online)
    async with (
        online.stream("GET", progress(job_id)) as one,
        online.stream("GET", f"{ADMIN}/events") as all_,
    ):
        told, changes = events(one), events(all_)
        assert (await anext(told))["type"] == (await anext(changes))["type"] == "connected"
        memorizer.services.signals.close()
        assert [event["type"] async for event in changes] == []
        assert {event["status"] async for event in told} <= {"waiting"}


async def test_a_viewer_that_leaves_leaves_nothing_behind(
    online: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    signals = memorizer.container.adapters.database.signals
    assert isinstance(signals, LocalSignals)
    before = len(signals._subscriptions)
    for path in (progress(await title_job(online)), f"{ADMIN}/events"):
        async with online.stream("GET", path) as reply:
            await anext(events(reply))
            assert len(signals._subscriptions) == before + 1

        async def forgotten() -> bool:
            return len(signals._subscriptions) == before

        await wait_until(forgotten, description="the subscription ends")


async def test_one_stream_says_that_something_changed(online: httpx.AsyncClient) -> None:
    async with online.stream("GET", f"{ADMIN}/events") as reply:
        told = events(reply)
        assert await anext(told) == {"type": "connected"}
        await online.post("/api/memories", json={"text": "a", "title": "t"})
        change = await anext(told)
        assert (change["type"], "memories" in change["topics"]) == ("changed", True)
        await title_job(online)
        topics: set[str] = set()
        while "jobs" not in topics:
            topics |= set((await anext(told))["topics"])
        assert topics <= {"jobs", "memories"}


async def test_a_bound_token_hears_nothing_of_what_is_hidden(
    online: httpx.AsyncClient, memorizer: Memorizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two changes, each looked at alone, it hears of the one that it may see."""
    looked: list[object] = []
    look = Statistics.fingerprint

    async def counted(self: Statistics) -> object:
        found = await look(self)
        looked.append(found)
        return found

    monkeypatch.setattr(Statistics, "fingerprint", counted)
    monkeypatch.setattr(streams, "MIN_INTERVAL_SECONDS", 0.0)
    services = memorizer.services
    for path in ("acme", "hidden"):
        await services.workspaces.create(path, actor="me")
    grants = await services.workspaces.grants([("acme", Scope.READ)])
    _, token = await services.auth.create("bound", Scope.READ, grants=grants)
    headers = {"Authorization": f"Bearer {token}"}

    async def store(workspace: str) -> None:
        content, before = Content(f"In {workspace}.", title="t"), len(looked)
        await services.memories.create(content, actor="me", workspace=workspace)

        async def is_looked_at() -> bool:
            return len(looked) > before

        await wait_until(is_looked_at, description="the stream looks at the change")

    async with online.stream("GET", f"{ADMIN}/events", headers=headers) as reply:
        told = events(reply)
        assert await anext(told) == {"type": "connected"}
        await store("hidden")
        await store("acme")
        services.signals.close()
        assert [event async for event in told] == [{"type": "changed", "topics": ["memories"]}]


async def test_a_storm_of_changes_is_told_calmly(
    online: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MIN_INTERVAL_SECONDS", 3_600.0)
    async with online.stream("GET", f"{ADMIN}/events") as reply:
        told = events(reply)
        await anext(told)
        await online.post("/api/memories", json={"text": "the first"})
        await anext(told)
        another = asyncio.ensure_future(anext(told))
        for n in range(30):
            await online.post("/api/memories", json={"text": f"memory {n}"})
        assert not another.done()
        another.cancel()
