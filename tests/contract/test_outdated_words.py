"""Words that an earlier analysis made are made anew: once, in batches, only where they differ."""

import asyncio
from typing import cast

import pytest

from memorizer.adapters.sql.outdated_words import OutdatedWords
from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.memories import Content, Filter
from memorizer.domain.text_analysis import terms
from memorizer.ports.transactions import Transaction
from memorizer.services import maintenance
from memorizer.services.maintenance import Maintenance
from support.clock import ManualClock
from support.databases import Another
from support.stored_memories import Filing, ids

OUTDATED = [Content(text) for text in ("Новогодняя ёлка", "Release v1.2.3", "in C++", "on 5 May")]
CURRENT = Content("plain words of an earlier time")


@pytest.fixture
async def memory_ids(database: OpenDatabase, clock: ManualClock) -> list[str]:
    """Memories without any words, as if an earlier version had made them."""

    def work(tx: Transaction) -> list[str]:
        memories = Filing(clock).add(tx, *OUTDATED, CURRENT)
        for memory in memories:
            tx.full_text.remove(memory.id)
        rows = cast("OutdatedWords", tx.full_text)
        rows._execute("INSERT INTO outdated_words SELECT max(seq) + 1 FROM memories")
        return ids(memories)

    return await database.write(work)


async def found(database: OpenDatabase, query: str) -> list[str]:
    hits = await database.read(lambda tx: tx.full_text.search(terms(query), Filter(), limit=9))
    return [hit.memory_id for hit in hits]


def maintenance_of(database: OpenDatabase, clock: ManualClock) -> Maintenance:
    """Only its database is used."""
    return Maintenance(database, None, None, None, clock, 0)  # type: ignore[arg-type]


async def test_they_are_made_in_batches_until_none_is_left(
    database: OpenDatabase,
    clock: ManualClock,
    memory_ids: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(maintenance, "WORDS_BATCH", 2)
    work = maintenance_of(database, clock)
    assert await work.renew_words() == 2  # the newest
    assert await found(database, "cplusplus") == []
    assert await found(database, "5 may") == [memory_ids[3]]
    assert [await work.renew_words() for _ in range(4)] == [2, 1, 0, 0]
    for query, memory_id in zip(("елка", "1.2.3", "C++"), memory_ids, strict=False):
        assert await found(database, query) == [memory_id]
    assert await found(database, "plain words") == []  # it was not written
    assert not await database.read(lambda tx: tx.full_text.has_outdated())


async def test_what_is_changed_meanwhile_keeps_its_new_words(
    database: OpenDatabase,
    another: Another,
    clock: ManualClock,
    memory_ids: list[str],
) -> None:
    other = await another()
    [memory] = await database.read(lambda tx: tx.memories.get_many(memory_ids[:1]))
    await asyncio.gather(
        other.write(lambda tx: Filing(clock).revise(tx, memory, Content("Зелёный ёж"))),
        *(maintenance_of(each, clock).renew_words() for each in (database, other)),
    )
    assert await found(database, "елка") == []
    assert await found(database, "еж") == memory_ids[:1]
