"""The quantized index: an approximation that must find what an exact scan finds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import apsw
import numpy as np
import pytest
from numpy.typing import NDArray

from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, ModelState, VectorKind
from memorizer.domain.memories import Content, Filter, Memory, Vector
from memorizer.services.maintenance import warm_up
from support.clock import ManualClock

DIMENSIONS = 128
MEMORIES = 4_000

Matrix = NDArray[np.floating]


def unit(rows: Matrix) -> Matrix:
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    unit: Matrix = (rows / lengths).astype("<f4")
    return unit


@pytest.fixture
def vectors() -> Matrix:
    """Around a few dozen themes, so that many are nearly as near as the nearest."""
    random = np.random.default_rng(7)
    themes = random.standard_normal((40, DIMENSIONS))
    noise = random.standard_normal((MEMORIES, DIMENSIONS))
    return unit(themes[random.integers(0, 40, MEMORIES)] + 0.7 * noise)


@pytest.fixture
async def database(tmp_path: Path, vectors: Matrix) -> AsyncIterator[SqliteDatabase]:
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    await database.write(lambda tx: fill(tx, vectors))
    yield database
    await asyncio.to_thread(database.close)


def fill(tx: SqliteTransaction, vectors: Matrix) -> None:
    model = tx.models.add("random", DIMENSIONS, ModelState.ACTIVE)
    for number, row in enumerate(vectors):
        content = Content(f"memory {number}", type="even" if number % 2 == 0 else "odd")
        tx.memories.insert(Memory(f"m{number:05}", content, 1, number, number))
        vector = Vector(row.tobytes())
        tx.vectors.put(model, MemoryVectors(f"m{number:05}", 1, (vector,), vector))


def nearest(tx: SqliteTransaction, query: Matrix, filter_: Filter, limit: int) -> list[str]:
    model: EmbeddingModel | None = tx.models.active()
    assert model is not None
    vector = Vector(query.astype("<f4").tobytes())
    found = tx.vectors.nearest(model, VectorKind.CONTENT, vector, filter_, limit=limit)
    return [candidate.memory_id for candidate in found]


async def test_it_finds_what_an_exact_scan_finds(database: SqliteDatabase, vectors: Matrix) -> None:
    random = np.random.default_rng(8)
    queries = unit(vectors[::100] + 0.1 * random.standard_normal((MEMORIES // 100, DIMENSIONS)))
    shared = 0
    for query in queries:
        exact = {f"m{number:05}" for number in np.argsort(-(vectors @ query))[:10]}
        found = await database.read(lambda tx, q=query: nearest(tx, q, Filter(), 10))  # type: ignore[misc]
        shared += len(exact & set(found))
    assert shared >= 0.98 * 10 * len(queries)


async def test_a_filter_costs_no_answers(database: SqliteDatabase, vectors: Matrix) -> None:
    few = Filter(types=("odd",), created_before=60)
    found = await database.read(lambda tx: nearest(tx, vectors[2], few, 30))
    assert sorted(found) == [f"m{number:05}" for number in range(1, 60, 2)]


async def test_archived_neighbours_make_room_for_others(
    database: SqliteDatabase, vectors: Matrix
) -> None:
    def hide(tx: SqliteTransaction) -> list[str]:
        near = nearest(tx, vectors[0], Filter(), 200)
        for memory_id in near:
            tx.memories.set_archived(memory_id, 1)
        return near

    hidden = await database.write(hide)
    found = await database.read(lambda tx: nearest(tx, vectors[0], Filter(), 10))
    assert len(found) == 10
    assert not set(found) & set(hidden)


async def test_vectors_that_come_and_go_are_seen(database: SqliteDatabase, vectors: Matrix) -> None:
    assert (await database.read(lambda tx: nearest(tx, vectors[5], Filter(), 1))) == ["m00005"]
    await database.write(lambda tx: tx.vectors.remove("m00005"))
    assert (await database.read(lambda tx: nearest(tx, vectors[5], Filter(), 1))) != ["m00005"]

    def put_back(tx: SqliteTransaction) -> None:
        model = tx.models.active()
        assert model is not None
        vector = Vector(vectors[5].tobytes())
        tx.vectors.put(model, MemoryVectors("m00005", 1, (vector,), vector))

    await database.write(put_back)
    assert (await database.read(lambda tx: nearest(tx, vectors[5], Filter(), 1))) == ["m00005"]


async def test_what_was_warmed_up_is_not_read_again(
    database: SqliteDatabase, vectors: Matrix, tmp_path: Path
) -> None:
    await warm_up(database)
    with closing(apsw.Connection(str(tmp_path / "memorizer.db"))) as behind_its_back:
        behind_its_back.execute("UPDATE embeddings SET code = zeroblob(length(code))")
    assert (await database.read(lambda tx: nearest(tx, vectors[5], Filter(), 1))) == ["m00005"]


async def test_an_empty_store_can_be_warmed_up(tmp_path: Path) -> None:
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    await warm_up(database)
    assert await database.read(lambda tx: tx.models.active()) is None
    await asyncio.to_thread(database.close)


async def test_where_all_was_deleted_nothing_is_near(
    database: SqliteDatabase, vectors: Matrix, tmp_path: Path
) -> None:
    def remove_all(tx: SqliteTransaction) -> None:
        for number in range(MEMORIES):
            tx.vectors.remove(f"m{number:05}")

    await database.write(remove_all)
    another = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    assert await another.read(lambda tx: nearest(tx, vectors[0], Filter(), 10)) == []
    await asyncio.to_thread(another.close)


async def test_vectors_whose_numbers_are_all_equally_large_are_told_apart(tmp_path: Path) -> None:
    """As of a model that gives one bit for each dimension."""
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    signs = unit(np.where(np.random.default_rng(5).random((MEMORIES, DIMENSIONS)) < 0.5, -1, 1))
    await database.write(lambda tx: fill(tx, signs))
    for number in (0, MEMORIES // 2, MEMORIES - 1):
        found = await database.read(lambda tx, n=number: nearest(tx, signs[n], Filter(), 1))  # type: ignore[misc]
        assert found == [f"m{number:05}"]
    await asyncio.to_thread(database.close)


async def test_a_vector_may_have_any_length(tmp_path: Path) -> None:
    database = await asyncio.to_thread(SqliteDatabase, tmp_path / "memorizer.db", ManualClock())
    odd = unit(np.random.default_rng(3).standard_normal((50, 70)))

    def work(tx: SqliteTransaction) -> None:
        model = tx.models.add("odd", 70, ModelState.ACTIVE)
        for number, row in enumerate(odd):
            tx.memories.insert(Memory(f"m{number:05}", Content("text"), 1, number, number))
            vector = Vector(row.astype("<f4").tobytes())
            tx.vectors.put(model, MemoryVectors(f"m{number:05}", 1, (vector,), vector))

    await database.write(work)
    found = await database.read(lambda tx: nearest(tx, odd[7], Filter(), 50))
    exact = [f"m{number:05}" for number in np.argsort(-(odd @ odd[7]))]
    assert found == exact
    await asyncio.to_thread(database.close)
