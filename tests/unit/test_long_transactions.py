"""What is done to thousands of jobs takes a few statements, and lets others write in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.sql import queue as tables
from memorizer.adapters.sql.queue import DatabaseJobQueue
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.jobs import JobState, NewJob, Queue
from memorizer.ports.clock import Clock
from support.clock import ManualClock
from support.sql_faults import SqlFault, injecting


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenDatabase]:
    open_: Callable[[Clock], OpenDatabase]
    if request.param == "sqlite":
        open_ = partial(SqliteDatabase, tmp_path / "memorizer.db")
    else:
        open_ = partial(PostgresDatabase, request.getfixturevalue("postgres_url"), connections=3)
    database: OpenDatabase = await asyncio.to_thread(open_, ManualClock())
    yield database
    await asyncio.to_thread(database.close)


def job(id_: str, parent: str | None = None) -> NewJob:
    return NewJob(id_, Queue.TITLES, "generate-title", {}, parent_id=parent)


async def enqueue(database: OpenDatabase, *jobs: NewJob) -> None:
    await database.write(lambda tx: tx.jobs.enqueue(jobs))


async def test_cancelling_many_children_takes_no_more_statements_than_cancelling_few(
    database: OpenDatabase,
) -> None:
    queue, fault = DatabaseJobQueue(database), SqlFault(lambda: None)
    counts: list[int] = []
    with injecting(database, fault):
        for parent, children in (("few", 3), ("many", 300)):
            slices = (job(f"{parent} {n}", parent) for n in range(children))
            await enqueue(database, job(parent), *slices)
            fault.arm(0)
            await queue.cancel(parent)
            counts.append(len(fault.statements))
    assert counts[0] == counts[1]


async def test_others_write_between_the_batches_of_a_retry(
    database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "JOBS_PER_TRANSACTION", 10)
    queue, fault = DatabaseJobQueue(database), SqlFault(lambda: None)
    await enqueue(database, *(job(f"j{n:02}") for n in range(35)))
    for claim in await queue.claim("worker", Queue.TITLES, 35):
        await queue.fail(claim.lease, "x", None)
    transactions = 0
    work = database.write

    async def counting(*args: object) -> object:
        nonlocal transactions
        transactions += 1
        return await work(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "write", counting)
    with injecting(database, fault):
        retried = await queue.retry_failed(Queue.TITLES)
    assert len(retried) == 35
    assert transactions == 4
    assert len([sql for sql in fault.statements if sql.startswith("UPDATE jobs")]) == 4
    assert (await queue.get("j34")).state is JobState.WAITING
