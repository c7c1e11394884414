"""Facets in every database: each count is what a list with that choice has."""

from collections import Counter
from dataclasses import replace

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.memories import Content, Facets, Filter, Memory
from memorizer.ports.transactions import Transaction
from support.clock import ManualClock
from support.stored_memories import Filing, ids

LIMIT = 50
CONTENTS = [
    Content("kettle", type="Note", tags=("tea", "Ärger"), source="agent a"),
    Content("kettle", type="note", tags=("Tea",), source="agent b"),
    Content("kettle", type="fact", tags=("tea", "pot"), source="agent a"),
    Content("kettle", type="fact", source="api"),
    Content("kettle", type="fact", tags=("tea",), source="%"),
]
FILTERS = [
    Filter(),
    Filter(types=("NOTE",)),
    Filter(types=("fact",), tags=("tea",)),
    Filter(sources=("agent a", "%")),
    Filter(types=("note",), sources=("agent b",)),
    Filter(archived=None),
    Filter(tags=("nothing",)),
]


@pytest.fixture
async def memories(database: OpenDatabase, clock: ManualClock) -> list[Memory]:
    """Five, of which the last is archived; one more in the trash."""
    filing = Filing(clock)

    def write(tx: Transaction) -> list[Memory]:
        *stored, deleted = filing.add(tx, *CONTENTS, CONTENTS[0])
        filing.archive(tx, stored[-1])
        filing.delete(tx, deleted)
        return stored

    return await database.write(write)


async def facets(database: OpenDatabase, filter_: Filter, *since: int) -> Facets:
    return await database.read(lambda tx: tx.memories.facets(filter_, since=since, limit=LIMIT))


async def listed(database: OpenDatabase, filter_: Filter) -> list[Memory]:
    return await database.read(lambda tx: tx.memories.page(filter_, before=None, limit=LIMIT))


@pytest.mark.usefixtures("memories")
@pytest.mark.parametrize("filter_", FILTERS)
async def test_each_count_is_the_length_of_the_list_it_leads_to(
    database: OpenDatabase, filter_: Filter
) -> None:
    counted = await facets(database, filter_)
    assert counted.total == len(await listed(database, filter_))
    for name, number in counted.types:
        assert number == len(await listed(database, replace(filter_, types=(name,))))
    for name, number in counted.sources:
        assert number == len(await listed(database, replace(filter_, sources=(name,))))
    for name, number in counted.tags:
        more = replace(filter_, tags=(*filter_.tags, name))
        assert number == len(await listed(database, more))
    of_any_source = await listed(database, replace(filter_, sources=()))
    sources = Counter(m.content.source for m in of_any_source if m.content.source)
    assert dict(counted.sources) == sources


@pytest.mark.usefixtures("memories")
async def test_the_most_frequent_come_first_whatever_their_case(database: OpenDatabase) -> None:
    counted = await facets(database, Filter())
    assert [(name.casefold(), number) for name, number in counted.types] == [
        ("fact", 2),
        ("note", 2),
    ]
    assert [(name.casefold(), number) for name, number in counted.tags] == [
        ("tea", 3),
        ("pot", 1),
        ("ärger", 1),
    ]
    assert counted.sources == [("agent a", 2), ("agent b", 1), ("api", 1)]


async def test_sources_are_compared_as_they_are_spelled(
    database: OpenDatabase, memories: list[Memory]
) -> None:
    found = await listed(database, Filter(sources=("agent b", "Agent A")))
    assert ids(found) == [memories[1].id]


async def test_times_are_counted_whatever_the_filter_says_of_time(
    database: OpenDatabase, memories: list[Memory]
) -> None:
    first, third = memories[0].created_at, memories[2].created_at
    later = sum(memory.created_at > third for memory in memories[:-1])
    counted = await facets(database, Filter(created_before=first), 0, third)
    assert counted.total == 0
    assert counted.since == [(0, 4), (third, later)]
