"""The log of recalls, in every database."""

from collections.abc import Sequence

import pytest

from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.memories import Content, Memory
from memorizer.domain.recalls import Door, Recall, Recaller, RecallSummary, Shown
from memorizer.domain.workspaces import Workspace, WorkspaceKind, WorkspaceScope
from memorizer.ports.transactions import Transaction
from support.clock import ManualClock
from support.stored_memories import Filing, ids

BY = Recaller(Door.MCP, "laptop", "token-1", "claude-code")
ALL = tuple(Door)


def recall(number: int, *shown: str, door: Door = Door.MCP, workspace: str | None = None) -> Recall:
    by = Recaller(door, BY.actor, BY.caller, BY.client)
    items = tuple(Shown(id_, rank, 0.5, rank > 1) for rank, id_ in enumerate(shown, start=1))
    return Recall(f"r{number}", number, by, f"query {number}", workspace, 3, False, items)


def paged(tx: Transaction, empty: bool | None = None, doors: Sequence[Door] = ALL) -> list[Recall]:
    return tx.recalls.page(empty=empty, doors=doors, before=None, limit=9)


@pytest.fixture
async def stored(database: OpenDatabase, clock: ManualClock) -> list[Memory]:
    filing = Filing(clock)
    return await database.write(lambda tx: filing.add(tx, Content("a"), Content("b")))


async def test_recalls_are_listed_newest_first_and_filtered(
    database: OpenDatabase, stored: list[Memory]
) -> None:
    one, other = ids(stored)
    recalls = [recall(1, one, other), recall(2, door=Door.REST), recall(3, one, door=Door.CONTEXT)]
    await database.write(lambda tx: tx.recalls.add(recalls, keep=True))

    assert await database.read(paged) == recalls[::-1]
    assert await database.read(lambda tx: paged(tx, empty=True)) == [recalls[1]]
    assert await database.read(lambda tx: paged(tx, empty=False)) == [recalls[2], recalls[0]]
    assert await database.read(lambda tx: paged(tx, doors=[Door.MCP])) == [recalls[0]]
    before = await database.read(
        lambda tx: tx.recalls.page(empty=None, doors=ALL, before="r2", limit=9)
    )
    assert before == [recalls[0]]
    [third, first] = await database.read(lambda tx: tx.recalls.of_memory(one, limit=9))
    assert (third.id, first.id, first.shown) == ("r3", "r1", (Shown(one, 1, 0.5),))
    assert await database.read(lambda tx: tx.recalls.summary(one)) == RecallSummary(2, 3)
    assert await database.read(lambda tx: tx.recalls.summary(other)) == RecallSummary(1, 1)


async def test_counts_outlast_the_recalls_and_are_kept_without_a_log(
    database: OpenDatabase, stored: list[Memory]
) -> None:
    one, _ = ids(stored)
    await database.write(lambda tx: tx.recalls.add([recall(1, one), recall(7, one)], keep=True))
    await database.write(lambda tx: tx.recalls.add([recall(4, one)], keep=False))
    assert await database.write(lambda tx: tx.recalls.delete_older_than(7)) == 1
    assert [each.id for each in await database.read(paged)] == ["r7"]
    assert await database.read(lambda tx: tx.recalls.summary(one)) == RecallSummary(3, 7)


async def test_a_memory_that_is_purged_leaves_nothing(
    database: OpenDatabase, clock: ManualClock, stored: list[Memory]
) -> None:
    one, other = stored

    def purge(tx: Transaction) -> None:
        Filing(clock).delete(tx, one)
        tx.trash.purge([one.id])

    await database.write(lambda tx: tx.recalls.add([recall(1, one.id, other.id)], keep=True))
    await database.write(purge)
    [left] = await database.read(paged)
    assert [each.memory_id for each in left.shown] == [other.id]
    assert await database.read(lambda tx: tx.recalls.of_memory(one.id, limit=9)) == []
    assert await database.read(lambda tx: tx.recalls.summary(one.id)) == RecallSummary(0, None)
    await database.write(lambda tx: tx.recalls.add([recall(2, one.id, "nothing")], keep=True))
    assert (await database.read(paged))[0].shown == ()


async def test_what_was_not_shown_for_long_is_listed(
    database: OpenDatabase, clock: ManualClock, stored: list[Memory]
) -> None:
    one, other = stored
    now = clock.now()
    filing = Filing(clock)
    await database.write(lambda tx: tx.recalls.add([recall(now, one.id)], keep=False))
    [late] = await database.write(lambda tx: filing.add(tx, Content("c")))

    def never(tx: Transaction, since: int) -> tuple[list[str], int]:
        found = tx.recalls.never(since=since, before=None, limit=9)
        return ids(found), tx.recalls.count_never(since=since)

    since = late.created_at
    assert await database.read(lambda tx: never(tx, since)) == ([other.id, one.id], 2)
    assert await database.read(lambda tx: never(tx, now)) == ([], 0) or now > other.created_at
    await database.write(lambda tx: tx.recalls.add([recall(since, one.id)], keep=False))
    assert await database.read(lambda tx: never(tx, since)) == ([other.id], 1)
    assert await database.read(lambda tx: tx.recalls.began_at()) > 0


async def test_a_scope_shows_the_recalls_of_its_workspaces_alone(database: OpenDatabase) -> None:
    def fill(tx: Transaction) -> None:
        for name in ("here", "there"):
            kind = WorkspaceKind.WORKSPACE
            tx.workspaces.add(Workspace(name, None, name, name, name, kind, 1, 1))
            tx.memories.insert(Memory(f"m-{name}", Content("a"), 1, 1, 1, workspace_id=name))
        recalls = [
            recall(1, "m-here", workspace="here"),
            recall(2, "m-there", workspace="there"),
            recall(3, "m-here", "m-there"),
            recall(4, workspace="gone"),
        ]
        tx.recalls.add(recalls, keep=True)

    await database.write(fill)
    here = database.within(WorkspaceScope(readable=frozenset({"here"})))
    assert [each.id for each in await here.read(paged)] == ["r1"]
    assert await here.read(lambda tx: tx.recalls.summary("m-there")) == RecallSummary(0, None)
    assert await here.read(lambda tx: tx.recalls.of_memory("m-there", limit=9)) == []
    nowhere = database.within(WorkspaceScope())
    assert await nowhere.read(paged) == []
    assert len(await database.read(paged)) == 4
