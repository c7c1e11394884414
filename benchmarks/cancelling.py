"""How long cancelling a bulk job holds the one writer of SQLite, by the number of slices."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from memorizer.adapters.sql.queue import DatabaseJobQueue
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.system_clock import SystemClock
from memorizer.domain.jobs import REEMBED_ALL, REEMBED_BATCH, NewJob, Queue

BATCH = 1_000


async def seconds(folder: Path, sizes: Sequence[int], rounds: int) -> list[float]:
    """For each number of slices, the shortest time that cancelling took; in an existing folder."""
    database = await asyncio.to_thread(SqliteDatabase, folder / "memorizer.db", SystemClock())
    best = [
        min([await _cancel(database, f"{size} {turn}", size) for turn in range(rounds)])
        for size in sizes
    ]
    await asyncio.to_thread(database.close)
    return best


async def _cancel(database: SqliteDatabase, bulk: str, size: int) -> float:
    await _enqueue(database, [NewJob(bulk, Queue.EMBEDDINGS, REEMBED_ALL, {})])
    for start in range(0, size, BATCH):
        await _enqueue(database, [_slice(bulk, start + n) for n in range(min(BATCH, size - start))])
    queue, started = DatabaseJobQueue(database), perf_counter()
    await queue.cancel(bulk)
    return perf_counter() - started


async def _enqueue(database: SqliteDatabase, jobs: Sequence[NewJob]) -> None:
    await database.write(lambda tx: tx.jobs.enqueue(jobs))


def _slice(bulk: str, number: int) -> NewJob:
    data = {"jobId": bulk, "number": number, "whole": True}
    return NewJob(f"{bulk} {number}", Queue.SLICES, REEMBED_BATCH, data, parent_id=bulk)
