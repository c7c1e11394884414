"""The inverted lists of a large SQLite store, with lists so short that a few vectors fill many."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memorizer.adapters.sqlite import inverted_lists, list_builder
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.transaction import SqliteTransaction
from memorizer.domain.embeddings import MemoryVectors, ModelState, VectorKind
from memorizer.domain.memories import Content, Filter, Memory, Vector
from support.clock import ManualClock
from support.embedders import DIMENSIONS
from support.processes import environment
from support.stored_memories import Filing

COUNT = 1_200
SUBJECTS = 60
QUERIES = 40
WANTED = 10
NONE = np.zeros((0, DIMENSIONS), np.float32)

Vectors = NDArray[np.float32]


@pytest.fixture(autouse=True)
def short_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_builder, "VECTORS_PER_LIST", 16)
    monkeypatch.setattr(inverted_lists, "PROBED", 15)
    monkeypatch.setattr(inverted_lists, "MIN_PASSING", 120)
    monkeypatch.setattr(inverted_lists, "MAX_SCORED_EXACTLY", 20)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def open_store(clock: ManualClock, tmp_path: Path) -> Callable[[], SqliteDatabase]:
    return lambda: SqliteDatabase(tmp_path / "memorizer.db", clock)


class Store:
    """A store, and what is in it by exact arithmetic."""

    def __init__(self, database: SqliteDatabase, clock: ManualClock) -> None:
        self.database = database
        self.filing = Filing(clock)
        self.random = np.random.default_rng(7)
        self.subjects = self.random.standard_normal((SUBJECTS, DIMENSIONS)).astype(np.float32)
        self.memories: dict[str, Memory] = {}
        self.vectors: dict[str, Vectors] = {}

    def near_subjects(self, count: int) -> Vectors:
        noise = self.random.standard_normal((count, DIMENSIONS)).astype(np.float32)
        some = self.subjects[self.random.integers(SUBJECTS, size=count)] + noise * np.float32(0.7)
        unit: Vectors = some / np.linalg.norm(some, axis=1, keepdims=True)
        return unit

    async def add(self, count: int) -> list[str]:
        vectors = self.near_subjects(count)

        def work(tx: SqliteTransaction) -> list[Memory]:
            contents = [Content(f"text {n}", tags=(f"tag-{n % 10}",)) for n in range(count)]
            memories = self.filing.add(tx, *contents)
            for memory, vector in zip(memories, vectors, strict=True):
                self.put(tx, memory, vector)
            return memories

        added = await self.database.write(work)
        self.memories |= {memory.id: memory for memory in added}
        self.vectors |= {m.id: vector for m, vector in zip(added, vectors, strict=True)}
        return [memory.id for memory in added]

    def put(self, tx: SqliteTransaction, memory: Memory, vector: Vectors) -> None:
        model = tx.models.active() or tx.models.add("m", DIMENSIONS, ModelState.ACTIVE)
        bytes_ = Vector(vector.tobytes())
        tx.vectors.put(model, MemoryVectors(memory.id, memory.version, (bytes_,), bytes_))

    async def move(self, memory_id: str) -> None:
        """Give a memory another vector, as an edit does."""
        [vector] = self.near_subjects(1)
        await self.database.write(lambda tx: self.put(tx, self.memories[memory_id], vector))
        self.vectors[memory_id] = vector

    async def delete(self, memory_id: str) -> None:
        await self.database.write(lambda tx: self.filing.delete(tx, self.memories[memory_id]))
        del self.vectors[memory_id]

    async def recall(
        self, filter_: Filter | None = None, *, by: SqliteDatabase | None = None
    ) -> float:
        """The share of the ten nearest that are found; none may be found that does not exist."""
        wanted = filter_ or Filter()
        ids = [id_ for id_ in self.vectors if {*wanted.tags} <= {*self.memories[id_].content.tags}]
        exact = np.stack([self.vectors[id_] for id_ in ids])
        shares = []
        for query in self.near_subjects(QUERIES):
            work = partial(_nearest, query=query, filter_=wanted)
            found = await (by or self.database).read(work)
            assert len(found) == WANTED
            assert {*found} <= {*ids}
            nearest = {ids[place] for place in np.argsort(-(exact @ query))[:WANTED]}
            shares.append(len(nearest & {*found}) / WANTED)
        return sum(shares) / len(shares)

    async def lists(self) -> list[tuple[int, int, int, int]]:
        """For each index its number, kind apart, whether it is ready, its vectors and lists."""
        rows = "SELECT i.id, is_ready, vectors, count(number) FROM vector_indexes i"
        rows += " LEFT JOIN vector_lists ON index_id = i.id GROUP BY i.id ORDER BY i.id"
        return await self.database.read(lambda tx: tx.execute(rows).fetchall())


def _nearest(tx: SqliteTransaction, query: Vectors, filter_: Filter) -> list[str]:
    model = tx.models.active()
    assert model is not None
    vector = Vector(query.tobytes())
    kind = VectorKind.CONTENT
    return [c.memory_id for c in tx.vectors.nearest(model, kind, vector, filter_, limit=WANTED)]


@pytest.fixture
async def store(
    open_store: Callable[[], SqliteDatabase], clock: ManualClock
) -> AsyncIterator[Store]:
    database = open_store()
    store = Store(database, clock)
    await store.add(COUNT)
    yield store
    database.close()


async def test_a_small_store_has_no_lists(store: Store) -> None:
    assert await store.database.build_vector_index() == 0
    assert await store.lists() == []


IDLE = """
import asyncio, sys
from pathlib import Path
from memorizer.adapters.sqlite.database import SqliteDatabase
from support.clock import ManualClock

database = SqliteDatabase(Path(sys.argv[1]), ManualClock())
print(asyncio.run(database.build_vector_index()), "numpy" in sys.modules)
database.close()
"""


def test_a_store_without_lists_looks_for_them_without_numpy(tmp_path: Path) -> None:
    """A worker does so at its start, and an idle server has no other use for numpy."""
    asked = [sys.executable, "-c", IDLE, str(tmp_path / "memorizer.db")]
    ran = subprocess.run(asked, capture_output=True, text=True, check=True, env=environment())
    assert ran.stdout.split() == ["0", "False"]


async def test_the_lists_find_what_exact_arithmetic_finds(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await store.database.build_vector_index(least=COUNT) == 2 * COUNT
    assert [row[1:] for row in await store.lists()] == [(1, COUNT, COUNT // 16)] * 2
    assert await store.recall() >= 0.95
    assert await store.recall(Filter(tags=("tag-3",))) >= 0.97
    monkeypatch.setattr(inverted_lists, "MAX_SCORED_EXACTLY", COUNT)
    assert await store.recall(Filter(tags=("tag-3",))) == 1
    monkeypatch.setattr(inverted_lists, "MAX_ALLOWED", 50)
    assert await store.recall(Filter(tags=("tag-3",))) >= 0.95


async def test_what_changes_after_the_lists_were_written_is_seen(store: Store) -> None:
    await store.database.build_vector_index(least=COUNT)
    ids = list(store.vectors)
    await store.add(40)
    for memory_id in ids[:40]:
        await store.move(memory_id)
    for memory_id in ids[40:240]:
        await store.delete(memory_id)
    assert await store.recall() >= 0.95


async def test_another_process_uses_the_same_lists(
    store: Store, open_store: Callable[[], SqliteDatabase]
) -> None:
    other = open_store()
    try:
        assert await store.recall(by=other) >= 0.97  # it has read all vectors
        await store.database.build_vector_index(least=COUNT)
        await store.delete(next(iter(store.vectors)))
        await store.add(20)
        assert await store.recall(by=other) >= 0.95
    finally:
        other.close()


async def test_lists_are_written_anew_when_a_tenth_is_missing_or_gone(store: Store) -> None:
    await store.database.build_vector_index(least=COUNT)
    [first, _] = await store.lists()
    await store.add(COUNT // 20)
    assert await store.database.build_vector_index(least=COUNT) == 0
    await store.add(COUNT // 10)
    more = COUNT + COUNT // 20 + COUNT // 10
    assert await store.database.build_vector_index(least=COUNT) == 2 * more
    lists = await store.lists()
    assert first[0] not in {row[0] for row in lists}
    assert [row[1:3] for row in lists] == [(1, more)] * 2
    assert await store.recall() >= 0.95


async def test_a_killed_builder_leaves_nothing_that_is_used(
    store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_builder, "LISTS_PER_WRITE", 10)
    written = 0

    async def write(function: Callable[[SqliteTransaction], int]) -> int:
        nonlocal written
        written += 1
        if written > 3:
            raise asyncio.CancelledError
        return await store.database.write(function)

    build = list_builder.renew(store.database.read, write, clock.now, least=COUNT)
    with pytest.raises(asyncio.CancelledError):
        await build
    assert [row[1:] for row in await store.lists()] == [(0, COUNT, 20)]
    assert await store.recall() >= 0.97  # of all vectors in memory
    await store.database.build_vector_index(least=COUNT)  # whoever wrote may still be at work
    assert [row[1] for row in await store.lists()] == [0, 1]
    clock.advance(seconds=list_builder.ABANDONED_MS / 1_000 + 1)
    await store.database.build_vector_index(least=COUNT)
    assert [row[1:] for row in await store.lists()] == [(1, COUNT, COUNT // 16)] * 2
    assert await store.recall() >= 0.95
