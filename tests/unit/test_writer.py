"""The writer: commits shared, failures apart."""

import asyncio
from pathlib import Path

import apsw
import pytest

from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.jobs import NewJob, Queue
from support.clock import ManualClock


async def opened(tmp_path: Path) -> SqliteDatabase:
    return await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())


def enqueue(tx: SqliteTransaction, id_: str) -> None:
    tx.jobs.enqueue([NewJob(id_, Queue.TITLES, "generate-title", {})])


async def count(database: SqliteDatabase) -> int:
    jobs, _ = await database.read(lambda tx: tx.insights.page(None, None, None, 1_000))
    return len(jobs)


async def test_one_work_that_fails_does_not_undo_its_neighbours(tmp_path: Path) -> None:
    database = await opened(tmp_path)

    def work(tx: SqliteTransaction, number: int) -> None:
        enqueue(tx, f"j{number}")
        if number % 3 == 0:
            raise ValueError(number)

    outcomes = await asyncio.gather(
        *(database.write(lambda tx, n=n: work(tx, n)) for n in range(30)),  # type: ignore[misc]
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, ValueError) for outcome in outcomes) == 10
    assert await count(database) == 20
    await asyncio.to_thread(database.close)


async def test_a_full_disk_undoes_the_whole_group_and_is_told_to_each(tmp_path: Path) -> None:
    database = await opened(tmp_path)

    def full(tx: SqliteTransaction) -> None:
        enqueue(tx, "x")
        raise apsw.FullError("database or disk is full")

    with pytest.raises(StorageUnavailable, match="disk is full"):
        await database.write(full)
    assert await count(database) == 0
    await database.write(lambda tx: enqueue(tx, "after"))
    assert await count(database) == 1
    await asyncio.to_thread(database.close)


async def test_what_is_queued_at_the_end_is_still_written(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    writes = [
        asyncio.ensure_future(database.write(lambda tx, n=n: enqueue(tx, f"j{n}")))  # type: ignore[misc]
        for n in range(50)
    ]
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*writes)
    again = await opened(tmp_path)
    assert await count(again) == 50
    await asyncio.to_thread(again.close)
