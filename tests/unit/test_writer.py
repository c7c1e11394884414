"""The writer: commits shared, failures apart."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import apsw
import pytest

from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.jobs import NewJob, Queue
from memorizer.supervision import Supervisor
from support.clock import ManualClock


async def opened(tmp_path: Path) -> SqliteDatabase:
    return await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())


def enqueue(tx: SqliteTransaction, id_: str) -> None:
    tx.jobs.enqueue([NewJob(id_, Queue.TITLES, "generate-title", {})])


async def count(database: SqliteDatabase) -> int:
    jobs, _ = await database.read(lambda tx: tx.job_reader.page(None, None, None, 1_000))
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


class NoRollback:
    """A connection whose disk fails so badly that nothing can be undone."""

    def __init__(self, real: apsw.Connection) -> None:
        self._real = real

    def execute(self, sql: str, *values: Any) -> apsw.Cursor:
        if sql == "ROLLBACK":
            raise apsw.IOError("disk I/O error")
        return self._real.execute(sql, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@pytest.mark.parametrize("size", [1, 5])
async def test_where_even_undoing_fails_all_are_told_and_the_next_write_works(
    tmp_path: Path, size: int
) -> None:
    supervisor = Supervisor()
    database = await asyncio.to_thread(
        SqliteDatabase, tmp_path / "memorizer.db", ManualClock(), supervisor=supervisor
    )
    writer = database._writer
    writer._connection = cast("apsw.Connection", NoRollback(writer._connection))

    def full(tx: SqliteTransaction) -> None:
        enqueue(tx, "x")
        raise apsw.FullError("database or disk is full")

    group = [database.write(full) for _ in range(size)]
    outcomes = await asyncio.wait_for(asyncio.gather(*group, return_exceptions=True), 30)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert supervisor.restarts["writer"] >= 1
    await asyncio.wait_for(database.write(lambda tx: enqueue(tx, "after")), 30)
    assert await count(database) == 1
    assert supervisor.failures == []
    await asyncio.to_thread(database.close)


async def test_every_error_of_sqlite_is_told_as_one_of_storage(tmp_path: Path) -> None:
    database = await opened(tmp_path)

    kinds = [kind for kind in vars(apsw).values() if isinstance(kind, type)]
    kinds = [kind for kind in kinds if issubclass(kind, apsw.Error)]
    assert len(kinds) > 30
    for kind in kinds:
        with pytest.raises(StorageUnavailable, match="injected"):
            await database.write(writing(kind))
        with pytest.raises(StorageUnavailable, match="injected"):
            await database.read(reading(kind))
    assert await count(database) == 0
    await asyncio.to_thread(database.close)


def writing(error: type[apsw.Error]) -> Callable[[SqliteTransaction], None]:
    def work(tx: SqliteTransaction) -> None:
        enqueue(tx, "x")
        raise error("injected")

    return work


def reading(error: type[apsw.Error]) -> Callable[[SqliteTransaction], None]:
    def work(_: SqliteTransaction) -> None:
        raise error("injected")

    return work


async def test_a_write_after_the_end_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    await asyncio.to_thread(database.close)
    with pytest.raises(StorageUnavailable, match="was closed"):
        await asyncio.wait_for(database.write(lambda tx: enqueue(tx, "late")), 30)
