"""What every store must do for whoever moves it, said to ports.records.Transfer alone."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.memories import Content, Memory
from memorizer.domain.records import RecordPresence
from memorizer.ports.transactions import Transaction
from support.clock import ManualClock
from support.databases import Another
from support.stored_memories import Filing, ids

T = TypeVar("T")
LAST = "\U0010ffff"
"""After every id."""


@pytest.fixture
def filing(clock: ManualClock) -> Filing:
    return Filing(clock)


@pytest.fixture
async def memories(database: OpenDatabase, filing: Filing) -> list[Memory]:
    """Live ones, the second archived; one more is deleted."""

    def work(tx: Transaction) -> list[Memory]:
        memories = filing.add(tx, *(Content(f"fact {n}", title=f"No. {n}") for n in range(7)))
        filing.archive(tx, memories[1])
        [gone] = filing.add(tx, Content("gone", title="Gone"))
        filing.link(tx, memories[0], gone, "mentions")
        filing.link(tx, gone, memories[0], "mentions")
        filing.delete(tx, gone)
        return memories

    return await database.write(work)


def paged(page: Callable[[str], Sequence[T]], key: Callable[[T], str]) -> list[T]:
    """All pages, one after the other."""
    found: list[T] = []
    while more := page(key(found[-1]) if found else ""):
        found += more
    return found


async def test_pages_have_every_memory_once_in_order(
    database: OpenDatabase, memories: list[Memory]
) -> None:
    def work(tx: Transaction) -> tuple[list[str], list[tuple[str, str]]]:
        dossiers = paged(
            lambda id_: tx.records.list_records(after=id_, limit=3), lambda d: d.memory.id
        )
        titles = paged(lambda id_: tx.records.titles(after=id_, limit=3), lambda pair: pair[0])
        return [dossier.memory.id for dossier in dossiers], titles

    of_dossiers, titles = await database.read(work)
    assert of_dossiers == sorted(ids(memories))
    assert titles == [(each.id, each.content.title) for each in memories]


async def test_a_memory_without_a_title_goes_by_its_beginning(
    database: OpenDatabase, filing: Filing
) -> None:
    [memory] = await database.write(lambda tx: filing.add(tx, Content("Straße 東京 🎌 " * 50)))
    [(id_, title)] = await database.read(lambda tx: tx.records.titles(after="", limit=9))
    assert (id_, title) == (memory.id, memory.content.text[:80])


async def test_a_dossier_holds_earlier_versions_and_all_events(
    database: OpenDatabase, filing: Filing
) -> None:
    contents = [Content(f"text {n}", tags=("Büro",), confidence=n / 10) for n in range(4)]

    def work(tx: Transaction) -> Memory:
        [memory] = filing.add(tx, contents[0])
        for content in contents[1:]:
            memory = filing.revise(tx, memory, content)
        return memory

    memory = await database.write(work)
    [dossier] = await database.read(lambda tx: tx.records.list_records(after="", limit=9))
    assert dossier.memory == memory
    assert [each.content for each in dossier.versions] == contents[:3]
    assert [each.version for each in dossier.events] == [1, 2, 3, 4]


async def test_links_are_those_of_a_range_and_hide_what_is_deleted(
    database: OpenDatabase, memories: list[Memory], filing: Filing
) -> None:
    def work(tx: Transaction) -> list[str]:
        links = [filing.link(tx, one, other, "follows") for one, other in pairwise(memories)]
        return [link.id for link in links]

    links = await database.write(work)

    def read(tx: Transaction) -> tuple[list[str], list[str], list[str]]:
        after, upto = memories[0].id, memories[3].id
        some = tx.records.links(after=after, upto=upto)
        every = tx.records.links(after="", upto=LAST)
        pages = paged(
            lambda id_: tx.records.relationships(after=id_, limit=2), lambda link: link.id
        )
        return [e.id for e in some], [e.id for e in every], [e.id for e in pages]

    some, every, pages = await database.read(read)
    assert some == links[1:4]
    assert every == links
    assert pages == sorted(links)


async def test_what_is_deleted_is_known_by_its_id(database: OpenDatabase, filing: Filing) -> None:
    def work(tx: Transaction) -> tuple[Memory, Memory, str]:
        here, gone = filing.add(tx, Content("here"), Content("gone"))
        link = filing.link(tx, here, gone, "mentions")
        filing.delete(tx, gone)
        return here, gone, link.id

    here, gone, link = await database.write(work)

    def read(tx: Transaction) -> tuple[list[RecordPresence], bool, bool]:
        presences = [tx.records.presence(id_) for id_ in (here.id, gone.id, "none")]
        known, unknown = (tx.records.relationship(id_) for id_ in (link, "none"))
        return presences, known is not None, unknown is None

    assert await database.read(read) == (
        [RecordPresence.HERE, RecordPresence.DELETED, RecordPresence.ABSENT], True, True,
    )  # fmt: skip


async def test_thousands_of_ids_are_looked_up_at_once(
    database: OpenDatabase, filing: Filing
) -> None:
    contents = [Content(f"fact {n}") for n in range(3_000)]
    await database.write(lambda tx: filing.add(tx, *contents))

    def read(tx: Transaction) -> tuple[set[str], frozenset[str]]:
        dossiers = tx.records.list_records(after="", limit=3_000)
        events = {event.id for dossier in dossiers for event in dossier.events}
        unknown = [f"unknown {n}" for n in range(3_000)]
        return events, tx.records.existing_event_ids([*events, *unknown])

    events, taken = await database.read(read)
    assert len(events) == 3_000
    assert taken == events


async def test_pages_of_one_transaction_are_of_one_state(
    database: OpenDatabase, another: Another, memories: list[Memory], filing: Filing
) -> None:
    other, loop = await another(), asyncio.get_running_loop()

    def change(tx: Transaction) -> None:
        filing.add(tx, Content("came meanwhile"))
        filing.revise(tx, memories[5], Content("changed meanwhile"))
        filing.delete(tx, memories[6])

    def read(tx: Transaction) -> list[str]:
        first = tx.records.list_records(after="", limit=3)
        changing = asyncio.run_coroutine_threadsafe(other.write(change), loop)
        changing.result()  # another process has committed in between
        rest = tx.records.list_records(after=first[-1].memory.id, limit=100)
        return [dossier.memory.content.text for dossier in first + rest]

    assert await database.read(read) == [f"fact {n}" for n in range(7)]
    now = await database.read(lambda tx: tx.records.list_records(after="", limit=100))
    assert [dossier.memory.content.text for dossier in now][5:] == [
        "changed meanwhile", "came meanwhile",
    ]  # fmt: skip
