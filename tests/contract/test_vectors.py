"""What every store of vectors must do, said to ports.vectors alone."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, ModelState, VectorKind
from memorizer.domain.memories import Content, EmbeddingStatus, Filter, Memory, Vector
from memorizer.domain.search import Candidate
from memorizer.ports.transactions import Transaction
from support.clock import ManualClock
from support.databases import Another
from support.embedders import DIMENSIONS, vector_of
from support.stored_memories import Filing, ids

EVERYTHING = Filter(archived=None)


@pytest.fixture
def filing(clock: ManualClock) -> Filing:
    return Filing(clock)


def model(tx: Transaction, name: str = "words") -> EmbeddingModel:
    """The active one, which is founded by its first use."""
    active = tx.models.active()
    return active or tx.models.add(name, DIMENSIONS, ModelState.ACTIVE, spec="how to open it")


def vectors(memory: Memory, *chunks: str, about: str = "about") -> MemoryVectors:
    return MemoryVectors(memory.id, memory.version, tuple(map(vector_of, chunks)), vector_of(about))


def put(tx: Transaction, filing: Filing, *texts: str) -> list[Memory]:
    """Memories with one content vector each, of their text; their metadata is that too."""
    memories = filing.add(tx, *(Content(text) for text in texts))
    for memory, text in zip(memories, texts, strict=True):
        tx.vectors.put(model(tx), vectors(memory, text, about=text))
    return memories


def nearest(
    tx: Transaction, query: str, filter_: Filter = EVERYTHING, *, limit: int = 5,
    kind: VectorKind = VectorKind.CONTENT, threshold: float | None = None,
) -> list[Candidate]:  # fmt: skip
    found = tx.vectors.nearest(
        model(tx), kind, vector_of(query), filter_, limit=limit, threshold=threshold
    )
    assert all(one.score >= other.score for one, other in pairwise(found))
    return found


def cosine(one: str, other: str) -> float:
    return float(np.frombuffer(vector_of(one), "<f4") @ np.frombuffer(vector_of(other), "<f4"))


def found_ids(found: Sequence[Candidate]) -> list[str]:
    return [candidate.memory_id for candidate in found]


async def test_the_nearest_come_first_with_their_cosine(
    database: OpenDatabase, filing: Filing
) -> None:
    texts = ("green tea", "green tea and honey", "a train at noon")
    memories = await database.write(lambda tx: put(tx, filing, *texts))
    found = await database.read(lambda tx: nearest(tx, "green tea"))
    assert found_ids(found) == ids(memories)
    expected = [cosine("green tea", text) for text in texts]
    assert [candidate.score for candidate in found] == pytest.approx(expected, abs=1e-5)


async def test_a_memory_is_found_once_by_its_best_chunk(
    database: OpenDatabase, filing: Filing
) -> None:
    def work(tx: Transaction) -> list[Memory]:
        memories = filing.add(tx, Content("long"), Content("short"))
        tx.vectors.put(model(tx), vectors(memories[0], "ferns", "green tea", "green tea too"))
        tx.vectors.put(model(tx), vectors(memories[1], "tea"))
        return memories

    memories = await database.write(work)
    found = await database.read(lambda tx: nearest(tx, "green tea"))
    assert found_ids(found) == ids(memories)
    assert found[0].score == pytest.approx(1, abs=1e-5)


async def test_a_threshold_and_a_limit_are_kept(database: OpenDatabase, filing: Filing) -> None:
    texts = [f"green tea {'of the garden ' * n}" for n in range(8)]
    await database.write(lambda tx: put(tx, filing, *texts))
    scores = [cosine("green tea", text) for text in texts]
    limit = sorted(scores)[4]
    found = await database.read(lambda tx: nearest(tx, "green tea", threshold=limit - 1e-4))
    assert len(found) == 4
    assert len(await database.read(lambda tx: nearest(tx, "green tea", limit=2))) == 2


async def test_content_and_metadata_are_apart(database: OpenDatabase, filing: Filing) -> None:
    def work(tx: Transaction) -> list[Memory]:
        memories = filing.add(tx, Content("one"), Content("other"))
        tx.vectors.put(model(tx), vectors(memories[0], "tea", about="trains"))
        tx.vectors.put(model(tx), vectors(memories[1], "trains", about="tea"))
        return memories

    one, other = ids(await database.write(work))
    for kind, first in ((VectorKind.CONTENT, one), (VectorKind.METADATA, other)):
        found = await database.read(lambda tx, kind=kind: nearest(tx, "tea", kind=kind))  # type: ignore[misc]
        assert found_ids(found)[0] == first


async def test_putting_replaces_all_that_was_there(database: OpenDatabase, filing: Filing) -> None:
    [memory] = await database.write(lambda tx: put(tx, filing, "tea"))
    for chunks in (("coffee", "milk", "sugar"), ("water", "ice")):
        await database.write(lambda tx, c=chunks: tx.vectors.put(model(tx), vectors(memory, *c)))  # type: ignore[misc]
    kept = await database.read(lambda tx: tx.vectors.content_of(model(tx), memory.id))
    assert list(kept) == [vector_of("water"), vector_of("ice")]
    assert not await database.read(lambda tx: nearest(tx, "tea", threshold=0.9))


async def test_filters_come_before_the_limit(database: OpenDatabase, filing: Filing) -> None:
    """However many of those that are not wanted lie nearer."""
    rare = Content("green tea of the garden", type="recipe", tags=("Büro", "東京"))

    def work(tx: Transaction) -> list[Memory]:
        put(tx, filing, *["green tea"] * 300)
        [memory] = filing.add(tx, rare)
        tx.vectors.put(model(tx), vectors(memory, rare.text))
        [old] = put(tx, filing, "green tea once")
        filing.archive(tx, old)
        [gone] = put(tx, filing, "green tea gone")
        filing.delete(tx, gone)
        return [memory, old]

    memory, old = await database.write(work)
    for filter_, only in (
        (Filter(types=("recipe",)), memory),
        (Filter(tags=("Büro",)), memory),
        (Filter(tags=("東京", "Büro")), memory),
        (Filter(created_after=memory.created_at - 1, created_before=memory.created_at + 1), memory),
        (Filter(archived=True), old),
    ):
        found = await database.read(lambda tx, f=filter_: nearest(tx, "green tea", f))  # type: ignore[misc]
        assert found_ids(found) == [only.id], filter_
    everything = await database.read(lambda tx: nearest(tx, "green tea gone", limit=400))
    assert len(everything) == 302


async def test_vectors_of_one_model_are_not_found_by_another(
    database: OpenDatabase, filing: Filing
) -> None:
    [memory] = await database.write(lambda tx: put(tx, filing, "tea"))

    def build(tx: Transaction) -> EmbeddingModel:
        building = tx.models.add("new", DIMENSIONS, ModelState.BUILDING, job_id="job")
        assert tx.vectors.missing(building, limit=9) == [memory.id]
        tx.vectors.put(building, vectors(memory, "trains"))
        assert tx.vectors.missing(building, limit=9) == []
        return building

    building = await database.write(build)
    [found] = await database.read(lambda tx: nearest(tx, "tea"))
    assert found.score == pytest.approx(1, abs=1e-5)
    assert await database.read(lambda tx: tx.models.building("job")) == building
    await database.write(lambda tx: tx.models.activate(building.id))
    [found] = await database.read(lambda tx: nearest(tx, "tea"))
    assert found.score == pytest.approx(cosine("tea", "trains"), abs=1e-5)
    active = await database.read(lambda tx: tx.models.active())
    assert active == replace(building, state=ModelState.ACTIVE)
    assert (await database.read(lambda tx: tx.memories.get(memory.id))).embedding_status is (
        EmbeddingStatus.READY
    )


async def test_vectors_of_an_old_version_are_missing(
    database: OpenDatabase, filing: Filing
) -> None:
    [memory, other] = await database.write(lambda tx: put(tx, filing, "tea", "ferns"))

    def revise(tx: Transaction) -> None:
        filing.revise(tx, memory, Content("coffee"))
        filing.add(tx, Content("without vectors"))

    await database.write(revise)
    missing = await database.read(lambda tx: tx.vectors.missing(model(tx), limit=9))
    assert len(missing) == 2
    assert memory.id in missing
    assert other.id not in missing
    assert len(await database.read(lambda tx: tx.vectors.missing(model(tx), limit=1))) == 1


async def test_what_is_removed_is_gone_under_every_model(
    database: OpenDatabase, filing: Filing
) -> None:
    def work(tx: Transaction) -> Memory:
        memory, _ = put(tx, filing, "tea", "ferns")
        building = tx.models.add("new", DIMENSIONS, ModelState.BUILDING, job_id="job")
        tx.vectors.put(building, vectors(memory, "tea"))
        tx.vectors.remove(memory.id)
        return memory

    memory = await database.write(work)

    def left(tx: Transaction) -> list[Sequence[Vector]]:
        return [tx.vectors.content_of(each, memory.id) for each in (model(tx), building(tx))]

    def building(tx: Transaction) -> EmbeddingModel:
        [each] = tx.models.list_building()
        return each

    assert [list(each) for each in await database.read(left)] == [[], []]
    assert memory.id not in found_ids(await database.read(lambda tx: nearest(tx, "tea")))


async def test_what_fails_half_way_leaves_what_was_there(
    database: OpenDatabase, filing: Filing
) -> None:
    [memory] = await database.write(lambda tx: put(tx, filing, "tea"))

    def half(tx: Transaction) -> None:
        tx.vectors.put(model(tx), vectors(memory, "coffee"))
        put(tx, filing, "tea twice")
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        await database.write(half)
    [found] = await database.read(lambda tx: nearest(tx, "tea"))
    assert found.memory_id == memory.id
    assert found.score == pytest.approx(1, abs=1e-5)


async def test_thousands_are_put_in_one_transaction_and_each_is_found(
    database: OpenDatabase, filing: Filing
) -> None:
    texts = [f"fact{n} of house{n}" for n in range(1_500)]
    memories = await database.write(lambda tx: put(tx, filing, *texts))
    for n in range(0, 1_500, 150):
        [best] = await database.read(lambda tx, t=texts[n]: nearest(tx, t, limit=1))  # type: ignore[misc]
        assert best.memory_id == memories[n].id
    while await database.write(lambda tx: tx.models.index_pending(limit=1_000)):
        pass
    for n in range(0, 1_500, 150):
        [best] = await database.read(lambda tx, t=texts[n]: nearest(tx, t, limit=1))  # type: ignore[misc]
        assert best.memory_id == memories[n].id


async def test_retired_vectors_go_little_by_little_until_none_is_left(
    database: OpenDatabase, filing: Filing
) -> None:
    def work(tx: Transaction) -> None:
        put(tx, filing, *(f"fact {n}" for n in range(30)))
        building = tx.models.add("new", DIMENSIONS, ModelState.BUILDING, job_id="job")
        tx.models.activate(building.id)

    await database.write(work)
    gone = 0
    while more := await database.write(lambda tx: tx.models.purge_retired(limit=25)):
        gone += more
    assert gone == 2 * 30


async def test_what_two_processes_put_is_found_by_both(
    database: OpenDatabase, another: Another, filing: Filing
) -> None:
    other = await another()
    await database.write(model)
    texts = [f"fact{n} of house{n}" for n in range(40)]
    places = [database, other] * 20
    memories = await asyncio.gather(
        *(
            place.write(lambda tx, t=text: put(tx, filing, t))  # type: ignore[misc]
            for place, text in zip(places, texts, strict=True)
        )
    )
    for place in (database, other):
        for [memory], text in zip(memories, texts, strict=True):
            [best] = await place.read(lambda tx, t=text: nearest(tx, t, limit=1))  # type: ignore[misc]
            assert best.memory_id == memory.id


async def test_similarities_are_those_of_the_nearest_vector_of_any_kind(
    database: OpenDatabase, filing: Filing
) -> None:
    def work(tx: Transaction) -> tuple[list[str], dict[str, float]]:
        long, short, bare = filing.add(tx, *(Content(text) for text in ("long", "short", "bare")))
        tx.vectors.put(model(tx), vectors(long, "a train", "green tea", about="a ship"))
        tx.vectors.put(model(tx), vectors(short, "a train", about="green tea leaves"))
        asked = [memory.id for memory in (long, short, bare)]
        found = tx.vectors.similarities(model(tx), vector_of("green tea"), [*asked, "no-such-id"])
        assert not tx.vectors.similarities(model(tx), vector_of("green tea"), [])
        return asked, dict(found)

    (long, short, bare), found = await database.write(work)
    assert found.keys() == {long, short}
    assert found[long] == pytest.approx(1, abs=1e-5)
    assert found[short] == pytest.approx(cosine("green tea", "green tea leaves"), abs=1e-5)
    assert bare not in found


async def test_the_nearest_chunk_of_each_memory_is_known_by_its_place(
    database: OpenDatabase, filing: Filing
) -> None:
    def work(tx: Transaction) -> list[Memory]:
        long, short, bare = filing.add(tx, *map(Content, ("long", "short", "bare")))
        tx.vectors.put(model(tx), vectors(long, "a train", "green tea", "honey", about="green tea"))
        tx.vectors.put(model(tx), vectors(short, "rain"))
        return [long, short, bare]

    memories = await database.write(work)
    found = await database.read(
        lambda tx: tx.vectors.nearest_chunks(model(tx), vector_of("green tea"), ids(memories))
    )
    assert found == {memories[0].id: (1, 3), memories[1].id: (0, 1)}
    assert await database.read(
        lambda tx: not tx.vectors.nearest_chunks(model(tx), vector_of("green tea"), [])
    )


async def test_near_pairs_are_near_in_each_of_their_chunks(
    database: OpenDatabase, filing: Filing
) -> None:
    def work(tx: Transaction) -> list[Memory]:
        one, other, longer, far = filing.add(tx, *map(Content, ("one", "other", "longer", "far")))
        tx.vectors.put(model(tx), vectors(one, "green tea with honey", about="a"))
        tx.vectors.put(model(tx), vectors(other, "green tea with some honey", about="b"))
        tx.vectors.put(model(tx), vectors(longer, "green tea with honey", "a train", about="c"))
        tx.vectors.put(model(tx), vectors(far, "a train at noon", about="green tea with honey"))
        return [one, other, longer, far]

    memories = await database.write(work)

    def pairs(tx: Transaction, threshold: float) -> set[frozenset[str]]:
        found = tx.vectors.near_pairs(model(tx), ids(memories), threshold=threshold)
        assert len(set(found)) == len(found)
        return set(map(frozenset, found))

    one, other, longer, _ = ids(memories)
    near = {frozenset({one, other}), frozenset({one, longer}), frozenset({other, longer})}
    assert await database.read(lambda tx: pairs(tx, 0.8)) == near
    assert await database.read(lambda tx: pairs(tx, 0.999)) == {frozenset({one, longer})}
