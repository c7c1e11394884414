"""Thousands of equal vectors: all others are found as if there were none."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray

from memorizer.adapters.postgres import small_scope
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.embeddings import MemoryVectors, ModelState, VectorKind
from memorizer.domain.memories import Content, Filter, Vector
from memorizer.domain.workspaces import Workspace, WorkspaceKind, WorkspaceScope
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.history import ChangeRecorder

COPIES = 5_000
OTHERS = 5_000
DIMENSIONS = 16
LIMIT = 10
ASKED = 50
BATCH = 500
SEED = 16
HERE = Workspace("here", None, "Here", "here", "here", WorkspaceKind.WORKSPACE, 1, 1)

Floats = NDArray[np.float32]


def directions(number: int, seed: int = SEED) -> Floats:
    drawn = np.random.default_rng(seed).standard_normal((number, DIMENSIONS)).astype("<f4")
    return unit(drawn)


def unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / lengths, dtype="<f4")


def vector(of: Floats) -> Vector:
    return Vector(of.astype("<f4").tobytes())


def store(
    tx: Transaction, content: Iterable[Floats], about: Iterable[Floats], *, type_: str = "note"
) -> list[str]:
    """A memory for each pair; their ids."""
    model = tx.models.active() or tx.models.add("drawn", DIMENSIONS, ModelState.ACTIVE)
    ids = []
    for one, other in zip(content, about, strict=True):
        memory = ChangeRecorder(SystemClock()).create(tx, Content("text", type=type_), actor="test")
        ids.append(memory.id)
        tx.vectors.put(model, MemoryVectors(memory.id, 1, (vector(one),), vector(other)))
    return ids


async def stored(
    database: Database, content: Floats, about: Floats, *, type_: str = "note"
) -> list[str]:
    ids: list[str] = []
    for at in range(0, len(content), BATCH):
        part = slice(at, at + BATCH)
        work = partial(store, content=content[part], about=about[part], type_=type_)
        ids += await database.write(work)
    return ids


async def indexed(database: Database) -> None:
    """Return when no vector is fresh, as after a while with a worker."""
    while await database.write(lambda tx: tx.models.index_pending(limit=2_000)):
        pass


async def nearest(
    database: Database,
    kind: VectorKind,
    to: Floats,
    filter_: Filter | None = None,
    limit: int = LIMIT,
) -> list[str]:
    def work(tx: Transaction) -> list[str]:
        model = tx.models.active()
        assert model is not None
        found = tx.vectors.nearest(model, kind, vector(to), filter_ or Filter(), limit=limit)
        return [each.memory_id for each in found]

    return await database.read(work)


def beside(vectors: Floats) -> Iterator[Floats]:
    """Questions whose answers these are."""
    noise = directions(len(vectors), seed=SEED + 1)
    yield from unit(vectors + 0.3 * noise)


def copies(of: Floats, number: int) -> Floats:
    return np.repeat(of[None, :], number, axis=0)


@pytest.mark.timeout(300)
async def test_thousands_of_copies_hide_nothing(database: Database) -> None:
    """In both legs: equal metadata are those of texts under one title with the same tags."""
    same, *others = directions(OTHERS + 1)
    half = OTHERS // 2

    async def stored_in_both_legs(vectors: Floats) -> list[str]:
        ids = await stored(database, vectors, vectors)
        await indexed(database)
        return ids

    await stored_in_both_legs(np.array(others[:half]))
    await stored_in_both_legs(copies(same, COPIES))
    ids = await stored_in_both_legs(np.array(others[half:]))
    for kind in VectorKind:
        firsts = [
            await nearest(database, kind, question, limit=1)
            for question in beside(np.array(others[half : half + ASKED]))
        ]
        assert firsts == [[id_] for id_ in ids[:ASKED]]


async def test_copies_are_found_newest_first(database: Database) -> None:
    same, *others = directions(20)
    ids = await stored(database, copies(same, 40), copies(same, 40))
    await stored(database, np.array(others), np.array(others))
    for _ in range(2):
        assert await nearest(database, VectorKind.CONTENT, same, limit=8) == ids[:-9:-1]
        await indexed(database)


@pytest.mark.parametrize("leaving", ["purged", "edited", "trash", "archived"])
@pytest.mark.parametrize("is_indexed", [False, True])
async def test_copies_stay_found_when_others_of_them_leave(
    database: Database, leaving: str, is_indexed: bool
) -> None:
    same, instead, *others = directions(300)
    ids = await stored(database, copies(same, 12), copies(same, 12))
    await stored(database, np.array(others), np.array(others))
    await indexed(database)

    def leave(tx: Transaction, id_: str) -> None:
        model = tx.models.active()
        assert model is not None
        if leaving == "archived":
            tx.memories.set_archived(id_, 1)
        elif leaving == "edited":
            tx.vectors.put(model, MemoryVectors(id_, 1, (vector(instead),), vector(instead)))
        elif leaving == "trash":
            tx.memories.soft_delete(id_, 1)
        else:
            tx.vectors.remove(id_)

    for gone in range(len(ids) - 1):  # whichever of them was in the index
        await database.write(partial(leave, id_=ids[gone]))
        if is_indexed:
            await indexed(database)
        left = ids[gone + 1 :]
        assert await nearest(database, VectorKind.CONTENT, same, limit=len(left)) == left[::-1]


async def test_a_filter_finds_the_copies_that_it_lets_through(database: Database) -> None:
    same, *others = directions(400)
    few = np.array(others)
    first = await stored(database, copies(same, 3), copies(same, 3), type_="first")
    await stored(database, few, few, type_="second")
    await indexed(database)
    second = await stored(database, copies(same, 3), copies(same, 3), type_="second")
    third = await stored(database, copies(same, 3), copies(same, 3), type_="third")
    for _ in range(2):
        for type_, wanted in (("first", first), ("second", second), ("third", third)):
            found = await nearest(
                database, VectorKind.METADATA, same, Filter(types=(type_,)), limit=3
            )
            assert found == wanted[::-1]
        await indexed(database)


async def test_a_text_that_repeats_itself_is_one_memory(database: Database) -> None:
    same, *others = directions(300)
    await stored(database, np.array(others), np.array(others))

    def store_long(tx: Transaction) -> str:
        [id_] = store(tx, [same], [same])
        model = tx.models.active()
        assert model is not None
        tx.vectors.put(model, MemoryVectors(id_, 1, (vector(same),) * 700, vector(same)))
        return id_

    id_ = await database.write(store_long)
    await indexed(database)
    found = await nearest(database, VectorKind.CONTENT, same)
    assert found[0] == id_
    assert len(set(found)) == LIMIT
    await database.write(lambda tx: tx.vectors.remove(id_))
    assert id_ not in await nearest(database, VectorKind.CONTENT, same)


async def test_a_scope_finds_a_copy_whose_entry_of_the_index_is_hidden(
    database: OpenDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the index too, where the scope is too large to be compared whole."""
    monkeypatch.setattr(small_scope, "MAX_COMPARED_MEMORIES", 0)
    same, *others = directions(400)
    await database.write(lambda tx: tx.workspaces.add(HERE))
    hidden = await stored(database, copies(same, 1), copies(same, 1))
    await indexed(database)  # of the copies this one is in the index
    [seen] = await stored(database, copies(same, 1), copies(same, 1))
    rest = await stored(database, np.array(others), np.array(others))
    await indexed(database)

    def move(tx: Transaction) -> None:
        for id_ in (seen, *rest):
            tx.workspaces.place(id_, "here")

    await database.write(move)

    within = database.within(WorkspaceScope(frozenset(["here"]), frozenset(["here"])))
    for kind in VectorKind:
        assert (await nearest(within, kind, same))[0] == seen
        assert (await nearest(database, kind, same))[:2] == [seen, *hidden]
