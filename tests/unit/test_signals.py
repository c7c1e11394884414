"""Signals reach whoever subscribed, from this process and from others."""

import asyncio
from pathlib import Path

from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.domain.jobs import NewJob, Queue
from memorizer.ports.signals import JOBS, MEMORIES, of_job
from support.clock import ManualClock
from support.waiting import HANG_SECONDS


def one(id_: str) -> NewJob:
    return NewJob(id_, Queue.TITLES, "generate-title", {})


async def test_a_commit_of_another_process_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "memorizer.db"
    here = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    there = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    async with here.signals.subscribe(JOBS) as news:
        await there.write(lambda tx: tx.jobs.enqueue([one("a")]))
        assert await news.wait(HANG_SECONDS) == {JOBS}
    await asyncio.to_thread(here.close)
    await asyncio.to_thread(there.close)


async def test_only_what_was_subscribed_to_is_told(tmp_path: Path) -> None:
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    async with database.signals.subscribe(MEMORIES) as memories:
        database.signals.publish(frozenset({JOBS}))
        database.signals.publish(frozenset({MEMORIES}))
        assert await memories.wait(HANG_SECONDS) == {MEMORIES}
    await asyncio.to_thread(database.close)


async def test_closing_wakes_everybody(tmp_path: Path) -> None:
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    async with database.signals.subscribe(MEMORIES) as memories:
        database.signals.close()
        await memories.wait(HANG_SECONDS)
    assert database.signals.closed
    await asyncio.to_thread(database.close)


async def test_it_is_known_whether_somebody_follows_a_job(tmp_path: Path) -> None:
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    async with database.signals.subscribe(MEMORIES, JOBS):
        assert not database.signals.follows_a_job
        async with database.signals.subscribe(of_job("a")):
            assert database.signals.follows_a_job
        assert not database.signals.follows_a_job
    await asyncio.to_thread(database.close)
