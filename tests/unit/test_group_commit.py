"""Group commit on PostgreSQL: waiting inserts share a transaction, failures stay apart."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from threading import Event
from typing import Self

import psycopg
import pytest

from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.domain.errors import NotFound, OutcomeUnknown
from memorizer.domain.memories import Content, Filter
from memorizer.services.history import ChangeRecorder
from support.clock import ManualClock
from support.postgres_server import lose_the_commit_of
from support.waiting import HANG_SECONDS, wait_until

MANY = 30


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await asyncio.to_thread(PostgresDatabase, postgres_url, ManualClock(), connections=3)
    yield database
    await asyncio.to_thread(database.close)


class Gate:
    """A first work that is busy until the gate opens, and others that wait behind it."""

    def __init__(self, database: PostgresDatabase, others: int) -> None:
        self._is_open, self._is_closed = Event(), Event()
        self._first = asyncio.ensure_future(database.insert(self._work))
        self._database, self._number = database, others
        self.others: list[asyncio.Future[str]] = []

    async def __aenter__(self) -> Self:
        await wait_until(self._is_busy, description="the first work is busy")
        self.others = begin(self._database, self._number)
        await asyncio.sleep(0)  # now they wait
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._is_open.set()
        await self._first

    async def _is_busy(self) -> bool:
        return self._is_closed.is_set()

    def _work(self, tx: PostgresTransaction) -> None:
        store(tx, "the first")
        self._is_closed.set()
        assert self._is_open.wait(HANG_SECONDS)


def begin(database: PostgresDatabase, number: int) -> list[asyncio.Future[str]]:
    return [
        asyncio.ensure_future(database.insert(partial(store, text=f"memory {n}")))
        for n in range(number)
    ]


def store(tx: PostgresTransaction, text: str) -> str:
    return ChangeRecorder(ManualClock()).create(tx, Content(text), actor="test").id


def transactions(url: str) -> list[int]:
    """How many memories each of them has written, in their order."""
    with psycopg.connect(url) as server:
        rows = server.execute("SELECT count(*) FROM memories GROUP BY xmin ORDER BY min(seq)")
        return [int(number) for (number,) in rows]


def texts(tx: PostgresTransaction) -> set[str]:
    return {memory.content.text for memory in tx.memories.page(Filter(), before=None, limit=99)}


async def test_works_that_wait_together_share_a_transaction(
    database: PostgresDatabase, postgres_url: str
) -> None:
    async with Gate(database, MANY) as gate:
        pass
    assert len(set(await asyncio.gather(*gate.others))) == MANY
    assert transactions(postgres_url) == [1, MANY]


async def test_one_that_fails_does_not_undo_its_neighbours(database: PostgresDatabase) -> None:
    def work(tx: PostgresTransaction, number: int) -> str:
        memory_id = store(tx, f"memory {number}")
        if number % 3 == 0:
            raise NotFound("memory", str(number))
        if number % 3 == 1:
            tx._execute("SELECT 1 / 0")  # is refused after the work has ended
        return memory_id

    outcomes = await asyncio.gather(
        *(database.insert(partial(work, number=n)) for n in range(MANY)),
        return_exceptions=True,
    )
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == ["NotFound", "DivisionByZero", "str"] * (MANY // 3)
    assert await database.read(texts) == {f"memory {n}" for n in range(2, MANY, 3)}


async def test_a_commit_whose_answer_is_lost_is_in_doubt_for_all_it_was_for(
    database: PostgresDatabase, postgres_url: str
) -> None:
    lose_the_commit_of(postgres_url, "memory 1")
    async with Gate(database, 3) as gate:
        pass
    outcomes = await asyncio.gather(*gate.others, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OutcomeUnknown] * 3
    assert await database.insert(partial(store, text="after"))
    assert await database.read(texts) == {"the first", "after"}


async def test_who_was_cancelled_before_its_turn_is_left_out(database: PostgresDatabase) -> None:
    async with Gate(database, 3) as gate:
        gate.others[1].cancel()
        await asyncio.sleep(0)
    await asyncio.gather(gate.others[0], gate.others[2])
    assert await database.read(texts) == {"the first", "memory 0", "memory 2"}


async def test_what_is_queued_at_the_end_is_still_written(
    database: PostgresDatabase, postgres_url: str
) -> None:
    adds = begin(database, MANY)
    await asyncio.sleep(0)
    await asyncio.to_thread(database.close)
    await asyncio.gather(*adds)
    again = await asyncio.to_thread(PostgresDatabase, postgres_url, ManualClock(), connections=3)
    assert len(await again.read(texts)) == MANY
    await asyncio.to_thread(again.close)
