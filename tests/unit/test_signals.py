"""Signals reach whoever subscribed, from this process and from others."""

import asyncio
from itertools import count
from pathlib import Path

import pytest

from memorizer.adapters.sql.signals import LocalSignals
from memorizer.adapters.sqlite.change_poller import ChangePoller
from memorizer.adapters.sqlite.connection import open_connection
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.jobs import NewJob, Queue, WorkerRecord
from memorizer.domain.topics import JOBS, MEMORIES, of_job
from memorizer.supervision import Supervisor
from support.clock import ManualClock
from support.waiting import HANG_SECONDS, wait_until

BEATS = count()


def beating() -> WorkerRecord:
    """With another time than before: SQLite writes nothing where nothing changes."""
    return WorkerRecord("w", "host", 1, (Queue.TITLES,), 0, next(BEATS))


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


async def test_a_change_of_our_own_is_not_told_again(tmp_path: Path) -> None:
    """Else the worker's heartbeat makes every open page read everything again, for ever."""
    path = tmp_path / "memorizer.db"
    database = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    others, asked = 1, 0

    def ask() -> int:
        nonlocal asked
        asked += 1
        return others

    signals = LocalSignals()
    watch = ChangePoller(lambda: open_connection(path, read_only=True), ask, signals, Supervisor())

    async def one_is_noticed() -> None:
        before = asked
        await database.write(lambda tx: tx.workers.heartbeat(beating()))

        async def is_noticed() -> bool:
            return asked > before

        await wait_until(is_noticed, description="the file is seen to have changed")

    async with signals.subscribe(JOBS) as news:
        for _ in range(3):  # when the next one is noticed, the one before has been dealt with
            await one_is_noticed()
        assert await news.wait(0) == frozenset()
        others += 1
        await one_is_noticed()
        assert await news.wait(HANG_SECONDS) == {JOBS}
    await asyncio.to_thread(watch.stop)
    await asyncio.to_thread(database.close)


async def test_a_heartbeat_of_another_process_is_not_told(tmp_path: Path) -> None:
    path = tmp_path / "memorizer.db"
    here = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    there = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    poller = here._poller

    async def beat() -> None:
        seen = poller._last_version
        await there.write(lambda tx: tx.workers.heartbeat(beating()))

        async def is_noticed() -> bool:
            return poller._last_version not in {seen, None}

        await wait_until(is_noticed, description="the file is seen to have changed")

    async with here.signals.subscribe(JOBS, MEMORIES) as news:
        await beat()
        await beat()
        assert await news.wait(0) == frozenset()
        await there.write(lambda tx: tx.jobs.enqueue([one("a")]))
        assert await news.wait(HANG_SECONDS) == {JOBS, MEMORIES}
    await asyncio.to_thread(here.close)
    await asyncio.to_thread(there.close)


async def test_who_writes_knows_what_others_changed(tmp_path: Path) -> None:
    path = tmp_path / "memorizer.db"
    here = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    there = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    seen = await asyncio.to_thread(here._writer.external_changes)
    await here.write(lambda tx: tx.jobs.enqueue([one("a")]))
    await there.write(lambda tx: tx.workers.heartbeat(beating()))
    assert await asyncio.to_thread(here._writer.external_changes) == seen
    await there.write(lambda tx: tx.jobs.enqueue([one("b")]))
    await here.write(lambda tx: tx.jobs.enqueue([one("c")]))
    assert await asyncio.to_thread(here._writer.external_changes) == seen + 1
    await asyncio.to_thread(there.close)
    await asyncio.to_thread(here.close)
    with pytest.raises(StorageUnavailable):
        await asyncio.to_thread(here._writer.external_changes)


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
        assert not database.signals.has_job_subscriber
        async with database.signals.subscribe(of_job("a")):
            assert database.signals.has_job_subscriber
        assert not database.signals.has_job_subscriber
    await asyncio.to_thread(database.close)
