"""Pending vectors on PostgreSQL: searchable at once, indexed afterwards."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial

import psycopg
import pytest

from memorizer.adapters.postgres import unindexed_vectors
from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.adapters.system_clock import SystemClock
from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, ModelState, VectorKind
from memorizer.domain.memories import Content, Filter, Vector
from memorizer.services.history import ChangeRecorder
from support.embedders import DIMENSIONS, vector_of

TEXTS = tuple(f"fact {number} of the garden" for number in range(12))


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[PostgresDatabase]:
    database = PostgresDatabase(postgres_url, SystemClock(), connections=3)
    yield database
    database.close()


def stored(tx: PostgresTransaction, *texts: str) -> list[str]:
    """Memories with one content vector each; their ids."""
    model = tx.models.active() or tx.models.add("words", DIMENSIONS, ModelState.ACTIVE)
    ids = []
    for text in texts:
        memory = ChangeRecorder(SystemClock()).create(tx, Content(text), actor="test")
        tx.vectors.put(model, vectors_of(memory.id, text))
        ids.append(memory.id)
    return ids


def vectors_of(memory_id: str, *chunks: str) -> MemoryVectors:
    return MemoryVectors(memory_id, 1, tuple(map(vector_of, chunks)), vector_of("about"))


def nearest(tx: PostgresTransaction, vector: Vector, limit: int = 3) -> list[str]:
    found = tx.vectors.nearest(active(tx), VectorKind.CONTENT, vector, Filter(), limit=limit)
    return [candidate.memory_id for candidate in found]


def active(tx: PostgresTransaction) -> EmbeddingModel:
    model = tx.models.active()
    assert model is not None
    return model


@pytest.fixture
def fresh(postgres_url: str) -> Iterator[Callable[[], int]]:
    """How many vectors are not in the index yet."""
    with psycopg.connect(postgres_url, autocommit=True) as server:

        def count() -> int:
            row = server.execute(
                "SELECT count(*) FROM embeddings WHERE NOT (is_indexed OR is_copy)"
            ).fetchone()
            return int(row[0]) if row else 0

        yield count


async def test_what_is_found_is_the_same_before_and_after_it_is_in_the_index(
    database: PostgresDatabase, fresh: Callable[[], int]
) -> None:
    ids = await database.write(lambda tx: stored(tx, *TEXTS))
    for left in (24, 14, 4, 0):  # two vectors each
        assert fresh() == left
        for id_, text in zip(ids, TEXTS, strict=True):
            found = await database.read(partial(nearest, vector=vector_of(text)))
            assert found[0] == id_
        await database.write(lambda tx: tx.models.index_pending(limit=10))
    assert await database.write(lambda tx: tx.models.index_pending(limit=10)) == 0


async def test_vectors_that_replace_others_leave_none_of_them(database: PostgresDatabase) -> None:
    [id_] = await database.write(lambda tx: stored(tx, "tea"))
    await database.write(lambda tx: tx.models.index_pending(limit=10))

    def replace(tx: PostgresTransaction) -> None:
        tx.vectors.put(active(tx), vectors_of(id_, "coffee", "milk", "sugar"))
        tx.vectors.put(active(tx), vectors_of(id_, "water", "ice"))

    await database.write(replace)
    kept = await database.read(lambda tx: tx.vectors.content_of(active(tx), id_))
    assert list(kept) == [vector_of("water"), vector_of("ice")]


async def test_when_many_are_fresh_a_store_puts_its_own_into_the_index(
    database: PostgresDatabase, fresh: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unindexed_vectors, "MAX_PENDING_VECTORS", 10)
    monkeypatch.setattr(unindexed_vectors, "COUNT_INTERVAL_SECONDS", 0.0)
    await database.write(lambda tx: stored(tx, *TEXTS))
    assert fresh() == 10
    await database.write(lambda tx: tx.models.index_pending(limit=4))
    await database.write(lambda tx: stored(tx, "one more"))
    assert fresh() == 8


async def test_vectors_that_another_is_putting_into_the_index_are_passed_over(
    database: PostgresDatabase, postgres_url: str
) -> None:
    await database.write(lambda tx: stored(tx, *TEXTS[:2]))
    other = await asyncio.to_thread(PostgresDatabase, postgres_url, SystemClock(), connections=3)
    loop = asyncio.get_running_loop()
    try:

        def both(tx: PostgresTransaction) -> tuple[int, int]:
            mine = tx.models.index_pending(limit=3)
            others = asyncio.run_coroutine_threadsafe(other.write(index_all), loop)
            return mine, others.result()  # within the first

        assert await database.write(both) == (3, 1)
    finally:
        await asyncio.to_thread(other.close)


def index_all(tx: PostgresTransaction) -> int:
    return tx.models.index_pending(limit=100)
