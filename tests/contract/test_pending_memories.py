"""Memories that wait for their vectors, on both databases: who is next, and who waits longer."""

from functools import partial

import pytest

from memorizer.adapters.sql.memories import FIRST_RETRY_DELAY_MS, MAX_RETRY_DELAY_MS
from memorizer.domain.memories import Content, EmbeddingStatus
from memorizer.ports.transactions import Database, Transaction
from support.memorizer import Memorizer

NOW = 1_700_000_000_000


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(memorizer: Memorizer) -> Database:
    return memorizer.container.adapters.database


@pytest.fixture
async def ids(memorizer: Memorizer) -> list[str]:
    memorizer.embedder.is_down = True
    stored = [
        await memorizer.services.memories.create(Content(f"text {n}", title="T"), actor="test")
        for n in range(3)
    ]
    return [one.memory.id for one in stored]


async def pending(database: Database, now: int, limit: int = 10) -> list[str]:
    return await database.read(lambda tx: tx.memories.pending_ids(now, limit=limit))


async def postpone(database: Database, memory_id: str, now: int) -> None:
    await database.write(lambda tx: tx.memories.postpone_embedding([memory_id], now))


async def test_who_was_tried_makes_room_for_the_others(database: Database, ids: list[str]) -> None:
    assert await pending(database, NOW, limit=1) == ids[:1]
    await postpone(database, ids[0], NOW)
    assert await pending(database, NOW, limit=1) == ids[1:2]
    assert await pending(database, NOW + FIRST_RETRY_DELAY_MS - 1) == ids[1:]
    assert await pending(database, NOW + FIRST_RETRY_DELAY_MS) == ids


async def test_each_wait_is_twice_as_long_up_to_the_longest(
    database: Database, ids: list[str]
) -> None:
    waits = []
    for _ in range(12):
        await postpone(database, ids[0], NOW)
        low, high = 0, 2 * MAX_RETRY_DELAY_MS
        while high - low > 1:
            middle = (low + high) // 2
            is_due = ids[0] in await pending(database, NOW + middle)
            low, high = (low, middle) if is_due else (middle, high)
        waits.append(high)
    doubled = [FIRST_RETRY_DELAY_MS * 2**n for n in range(12)]
    assert waits == [min(wait, MAX_RETRY_DELAY_MS) for wait in doubled]


async def test_a_clock_that_was_set_back_keeps_nobody_waiting(
    database: Database, ids: list[str]
) -> None:
    await postpone(database, ids[0], NOW)
    assert ids[0] in await pending(database, NOW - MAX_RETRY_DELAY_MS)


async def test_a_new_text_and_a_new_status_begin_anew(
    memorizer: Memorizer, database: Database, ids: list[str]
) -> None:
    for memory_id in ids[:2]:
        await postpone(database, memory_id, NOW)
    await memorizer.services.memories.update(ids[0], lambda _: Content("other"), actor="test")
    for status in (EmbeddingStatus.FAILED, EmbeddingStatus.PENDING):
        await database.write(partial(_set_status, ids[1], status))
    assert await pending(database, NOW) == ids


def _set_status(memory_id: str, status: EmbeddingStatus, tx: Transaction) -> None:
    tx.memories.set_embedding_status(memory_id, status)
