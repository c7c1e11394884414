"""Reads on SQLite: they end in time, long ones are apart, and the log shrinks after them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from threading import Event

import apsw
import pytest
import structlog

from memorizer.adapters.sqlite import connection, deadline, wal_size
from memorizer.adapters.sqlite.database import MAX_READERS, SqliteDatabase
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.adapters.sqlite.wal_size import WalSizeMonitor
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.jobs import NewJob, Queue
from support.clock import ManualClock
from support.waiting import HANG_SECONDS

ENDLESS = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    yield database
    await asyncio.to_thread(database.close)


def one_statement(tx: SqliteTransaction) -> None:
    tx.workers._execute(ENDLESS).fetchall()


def many_statements(tx: SqliteTransaction) -> None:
    while True:
        tx.memories.get_many([])
        tx.job_reader.counts()


@pytest.mark.parametrize("work", [one_statement, many_statements])
async def test_a_read_without_end_ends_by_its_deadline_and_holds_nobody_up(
    database: SqliteDatabase,
    monkeypatch: pytest.MonkeyPatch,
    work: Callable[[SqliteTransaction], None],
) -> None:
    with monkeypatch.context() as hasty:
        hasty.setattr(deadline, "READ_TIMEOUT_SECONDS", 0.05)
        reads = [database.read(work) for _ in range(MAX_READERS)]
        outcomes = await asyncio.wait_for(
            asyncio.gather(*reads, return_exceptions=True), HANG_SECONDS
        )
    assert [type(outcome) for outcome in outcomes] == [StorageUnavailable] * MAX_READERS
    assert "took too long" in str(outcomes[0])
    assert await database.read(lambda tx: tx.job_reader.workers()) == []


async def test_a_long_read_has_no_deadline_and_waits_for_no_other(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Event()
    reads = [
        asyncio.ensure_future(database.read(lambda _: gate.wait(HANG_SECONDS)))
        for _ in range(MAX_READERS)
    ]
    monkeypatch.setattr(deadline, "READ_TIMEOUT_SECONDS", -1.0)
    counts = await asyncio.wait_for(
        database.read_long(lambda tx: tx.job_reader.counts()), HANG_SECONDS
    )
    gate.set()
    assert all(await asyncio.gather(*reads))
    assert len(counts) > 0


async def write_much(database: SqliteDatabase, name: str) -> None:
    for number in range(20):
        one = NewJob(f"{name} {number}", Queue.TITLES, "x", {"text": "word " * 4_000})
        await database.write(lambda tx, one=one: tx.jobs.enqueue([one]))  # type: ignore[misc]


async def test_the_log_shrinks_after_the_reader_that_held_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "WAL_LIMIT_BYTES", 100_000)
    path, log = tmp_path / "memorizer.db", tmp_path / "memorizer.db-wal"
    database = await asyncio.to_thread(SqliteDatabase, path, ManualClock())
    with closing(apsw.Connection(str(path))) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchall()
        for turn in range(20):
            await write_much(database, f"during {turn}")
        assert log.stat().st_size > 5_000_000
    for turn in range(20):
        await write_much(database, f"after {turn}")
        if log.stat().st_size < 5_000_000:
            break
    await asyncio.to_thread(database.close)
    assert turn < 19


def test_a_large_log_is_said_once_and_once_that_it_shrank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wal_size, "CHECK_INTERVAL_SECONDS", 0.0)
    monkeypatch.setattr(wal_size, "LARGE_WAL_BYTES", 1_000)
    log = tmp_path / "memorizer.db-wal"
    size = WalSizeMonitor(tmp_path / "memorizer.db")
    with structlog.testing.capture_logs() as said:
        size.check()
        log.write_bytes(b"x" * 1_001)
        size.check()
        size.check()
        log.write_bytes(b"")
        size.check()
    assert [entry["log_level"] for entry in said] == ["warning", "info"]
    assert said[0]["file"] == str(log)
