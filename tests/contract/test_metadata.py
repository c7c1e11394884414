"""Metadata and keys in every database: conditions, prefixes and folders mean the same."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from operator import ge, gt, le, lt

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.memories import Content, Filter, Memory
from memorizer.domain.metadata import Condition, Metadata, Operator, Scalar, parse_conditions
from memorizer.domain.text_analysis import terms
from memorizer.ports.transactions import Transaction
from support.clock import ManualClock
from support.stored_memories import Filing, ids

VALUES: list[Scalar] = [
    *(None, True, False, 0, 1, -1, 2, 10, 1.5, 0.1, 1e-7, 2**53, "", "1", "10", "9", "true"),
    *("null", "X-1", "x-1", "Ärger", "A\u0308rger", "%", "_", '"', "\\", "a\nb", "😀", "'"),
]
NAMES = ["a", "size", 'a"b', "a\\b", "a.b", "x[0]", "ä", "a'b", "key"]
ORDER = {"$gt": gt, "$gte": ge, "$lt": lt, "$lte": le}


@pytest.fixture
def filing(clock: ManualClock) -> Filing:
    return Filing(clock)


@pytest.fixture
async def memories(database: OpenDatabase, filing: Filing) -> list[Memory]:
    """One without metadata, one for each value, one for each name."""
    contents = [
        Content("kettle"),
        *(Content("kettle", metadata=Metadata({"a": value, "b": "x"})) for value in VALUES),
        *(Content("kettle", metadata=Metadata({name: name})) for name in NAMES),
    ]
    return await database.write(lambda tx: filing.add(tx, *contents))


def equal(one: Scalar, other: Scalar) -> bool:
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def holds(condition: Condition, metadata: Metadata) -> bool:
    """What a condition means."""
    value = metadata.get(condition.name)
    if condition.operator in ORDER:
        [limit] = condition.values
        is_text = isinstance(limit, str)
        if isinstance(value, bool) or value is None or isinstance(value, str) is not is_text:
            return False
        # Python orders texts by code points, as UTF-8 does
        return bool(ORDER[condition.operator](value, limit))  # type: ignore[arg-type]
    found = any(equal(value, each) for each in condition.values)
    return found is not (condition.operator is Operator.NOT_EQUAL)


def wanted() -> Iterator[dict[str, object]]:
    for value in VALUES:
        yield {"a": value}
        yield {"a": {"$ne": value}}
    for value, operator in product(VALUES, ORDER):
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield {"a": {operator: value}}
    for name in NAMES:
        yield {name: name}
        yield {name: {"$ne": name}}
        yield {name: {"$gte": ""}}
    yield {"a": {"$in": [1, "1", None, True]}}
    yield {"a": {"$gt": 0, "$lt": 2}, "b": "x"}
    yield {"missing": None}
    yield {"missing": "x"}


def count(filter_: Filter, tx: Transaction) -> int:
    return tx.memories.count(filter_)


async def listed(database: OpenDatabase, filter_: Filter) -> list[str]:
    """Ids, newest first."""
    return ids(await database.read(lambda tx: tx.memories.page(filter_, before=None, limit=99)))


async def test_a_condition_means_the_same_in_every_database(
    database: OpenDatabase, memories: list[Memory]
) -> None:
    for given in wanted():
        conditions = parse_conditions(given)
        expected = [
            memory.id
            for memory in reversed(memories)
            if all(holds(condition, memory.content.metadata) for condition in conditions)
        ]
        filter_ = Filter(metadata=conditions)
        assert await listed(database, filter_) == expected, given
        assert await database.read(partial(count, filter_)) == len(expected)


async def test_full_text_is_filtered_before_it_is_ranked(
    database: OpenDatabase, memories: list[Memory]
) -> None:
    filter_ = Filter(metadata=parse_conditions({"a": "X-1"}))
    found = await database.read(lambda tx: tx.full_text.search(terms("kettle"), filter_, limit=1))
    [expected] = [memory.id for memory in memories if memory.content.metadata.get("a") == "X-1"]
    assert [each.memory_id for each in found] == [expected]


async def test_metadata_is_in_the_memory_and_in_each_version(
    database: OpenDatabase, filing: Filing
) -> None:
    first = Content("kettle", metadata=Metadata({"ticket": "X-1", "done": False, "n": 1.5}))
    second = Content("kettle", metadata=Metadata({"ticket": "X-2"}))

    def write(tx: Transaction) -> Memory:
        [memory] = filing.add(tx, first)
        return filing.revise(tx, memory, second)

    memory = await database.write(write)
    assert (await database.read(lambda tx: tx.memories.get(memory.id))).content == second
    versions = await database.read(
        lambda tx: tx.versions.list_for(memory.id, limit=9, most_characters=999)
    )
    assert [version.content for version in versions] == [second, first]
    assert await database.read(lambda tx: tx.versions.has(memory.id, first))
    other = Content("kettle", metadata=Metadata({"ticket": "X-3"}))
    assert not await database.read(lambda tx: tx.versions.has(memory.id, other))


KEYS = ["a", "a/b", "a/b/c", "a/b/d", "a/x", "ab", "b%/c", "b_/c", "Ä/ö", "😀/a", "a b/c"]


@pytest.mark.parametrize(
    "prefix", ["", "a", "a/", "a/b", "a/b/", "b%", "b_", "Ä", "Ä/", "😀", "A", "zzz"]
)
async def test_a_prefix_lists_keys_and_folders(
    database: OpenDatabase, filing: Filing, prefix: str
) -> None:
    def write(tx: Transaction) -> None:
        memories = filing.add(tx, *[Content("kettle")] * (len(KEYS) + 1))
        for memory, key in zip(memories, KEYS, strict=False):
            tx.memories.set_key(memory.id, key)

    await database.write(write)
    below = [key for key in KEYS if key.startswith(prefix)]
    rest = {key: key.removeprefix(prefix) for key in below}
    direct = [key for key in below if "/" not in rest[key]]
    behind = {prefix + rest[key].partition("/")[0] + "/" for key in below if "/" in rest[key]}
    folders = sorted(behind)

    async def keys(filter_: Filter) -> list[str | None]:
        found = await database.read(lambda tx: tx.memories.page(filter_, before=None, limit=99))
        return [memory.key for memory in reversed(found)]

    assert await keys(Filter(key_prefix=prefix)) == below
    assert await keys(Filter(key_prefix=prefix, is_direct=True)) == direct
    found = await database.read(lambda tx: tx.memories.folders(Filter(key_prefix=prefix), limit=99))
    assert sorted(found) == [
        (folder, sum(key.startswith(folder) for key in below)) for folder in folders
    ]


async def test_a_key_finds_the_live_memory_that_has_it(
    database: OpenDatabase, filing: Filing
) -> None:
    def write(tx: Transaction) -> tuple[Memory, Memory]:
        old, new = filing.add(tx, Content("old"), Content("new"))
        tx.memories.set_key(old.id, "a/b")
        filing.delete(tx, old)
        tx.memories.set_key(new.id, "a/b")
        return old, new

    _, new = await database.write(write)
    found = await database.read(lambda tx: tx.memories.find_by_key(None, "a/b"))
    assert found is not None
    assert (found.id, found.key) == (new.id, "a/b")
    assert await database.read(lambda tx: tx.memories.find_by_key(None, "a")) is None
