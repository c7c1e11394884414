"""Pins, and what sessions have been shown, in every database."""

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.errors import NotFound
from memorizer.domain.memories import Content, Filter
from support.clock import ManualClock
from support.stored_memories import Filing, ids


async def test_a_pin_is_kept_listed_and_filtered_by(
    database: OpenDatabase, clock: ManualClock
) -> None:
    filing = Filing(clock)
    one, other = await database.write(lambda tx: filing.add(tx, Content("a"), Content("b")))

    pinned = await database.write(lambda tx: tx.memories.set_pinned(one.id, 7))
    only = await database.read(
        lambda tx: tx.memories.page(Filter(pinned=True), before=None, limit=9)
    )
    others = await database.read(
        lambda tx: tx.memories.page(Filter(pinned=False), before=None, limit=9)
    )
    unpinned = await database.write(lambda tx: tx.memories.set_pinned(one.id, None))

    assert (pinned.pinned_at, unpinned.pinned_at) == (7, None)
    assert (only, ids(others)) == ([pinned], [other.id])
    with pytest.raises(NotFound):
        await database.write(lambda tx: tx.memories.set_pinned("nothing", 7))


async def test_sessions_know_what_they_were_shown_until_it_is_too_old(
    database: OpenDatabase,
) -> None:
    assert await database.read(lambda tx: tx.shown.list_for("s")) is None
    await database.write(lambda tx: tx.shown.add("s", [], 1))
    assert await database.read(lambda tx: tx.shown.list_for("s")) == set()

    for _ in range(2):
        await database.write(lambda tx: tx.shown.add("s", ["a", "b"], 2))
    await database.write(lambda tx: tx.shown.add("t", ["a"], 3))
    assert await database.read(lambda tx: tx.shown.list_for("s")) == {"a", "b"}

    await database.write(lambda tx: tx.shown.delete_older_than(3))
    assert await database.read(lambda tx: tx.shown.list_for("s")) is None
    await database.write(lambda tx: tx.shown.forget("t"))
    assert await database.read(lambda tx: tx.shown.list_for("t")) is None
