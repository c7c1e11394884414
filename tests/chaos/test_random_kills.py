"""`kill -9` at random moments under load: what was acknowledged is there, and every job ends.

MEMORIZER_TEST_KILLS says how often.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import apsw
import httpx
import pytest

from support.browsing import serving
from support.chaos import either
from support.verifying_writer import VerifyingWriter, violations
from support.waiting import HANG_SECONDS, wait_until

KILLS = int(os.environ.get("MEMORIZER_TEST_KILLS", either(chaos=200, otherwise=8)))
MAX_ANSWERS = 40
"""Before a kill."""
UNFINISHED = ("waiting", "delayed", "active")


@pytest.mark.long
@pytest.mark.timeout(2 * HANG_SECONDS + 60 * KILLS)
async def test_nothing_acknowledged_is_lost_and_every_job_ends(tmp_path: Path) -> None:
    data_dir, writer = tmp_path / "data", VerifyingWriter(random.Random(7))  # noqa: S311 - no secret
    for _ in range(KILLS):
        async with _server(data_dir) as url:
            load = asyncio.create_task(writer.write_until_killed(url))
            await _enough(writer, writer.acknowledged + writer.rng.randrange(MAX_ANSWERS))
            assert not load.done(), load.result()
        await load
        assert _is_sound(data_dir / "memorizer.db")
    async with (
        _server(data_dir) as url,
        httpx.AsyncClient(base_url=url, timeout=HANG_SECONDS) as client,
    ):
        await writer.store_unanswered(client)
        assert await violations(writer, client) == []
        await wait_until(lambda: _no_job_is_left(client), description="all jobs end")
        assert await _titled_more_than_once(writer, client) == []
        await _assert_counted(writer, client)


@asynccontextmanager
async def _server(data_dir: Path) -> AsyncIterator[str]:
    """A `memorizer start` that is killed with -9 at the end of the block."""
    running = serving(data_dir)
    url = await asyncio.to_thread(running.__enter__)
    try:
        yield url
    finally:
        await asyncio.to_thread(running.__exit__, None, None, None)


async def _enough(writer: VerifyingWriter, answers: int) -> None:
    async def answered() -> bool:
        return writer.acknowledged > answers

    await wait_until(answered, description="writes are acknowledged")


def _is_sound(path: Path) -> bool:
    with closing(apsw.Connection(str(path))) as connection:
        return str(connection.pragma("integrity_check")) == "ok"


async def _no_job_is_left(client: httpx.AsyncClient) -> bool:
    stats = (await client.get("/api/admin/stats")).json()
    queues = (stats["titleQueue"], stats["embeddingQueue"])
    return not any(queue.get(state, 0) for queue in queues for state in UNFINISHED)


async def _titled_more_than_once(writer: VerifyingWriter, client: httpx.AsyncClient) -> list[str]:
    """Each kill may interrupt a job; none may write its title twice."""
    twice: list[str] = []
    for expected in writer.expectations.values():
        reply = await client.get(f"/api/memories/{expected.id}/events")
        if reply.status_code == 404:
            continue
        types = [event["type"] for event in reply.json()["events"]]
        if types.count("title_generated") > 1:
            twice.append(f"{expected.id}: {types}")
    return twice


async def _assert_counted(writer: VerifyingWriter, client: httpx.AsyncClient) -> None:
    """A request that was sent twice with one key stored one memory."""
    ids = [expected.id for expected in writer.expectations.values()]
    assert len(set(ids)) == len(ids)
    alive = {p.id for p in writer.expectations.values() if not p.is_deleted}
    listed: set[str] = set()
    cursor: str | None = None
    while True:
        page = (await client.get("/api/memories", params={"limit": 100, **_from(cursor)})).json()
        listed |= {memory["id"] for memory in page["memories"]}
        cursor = page.get("nextCursor")
        if cursor is None:
            break
    assert listed <= set(ids)
    assert alive - listed <= {p.id for p in writer.expectations.values() if p.may_be_deleted}


def _from(cursor: str | None) -> dict[str, str]:
    return {} if cursor is None else {"cursor": cursor}
