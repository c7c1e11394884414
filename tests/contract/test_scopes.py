"""What both databases promise about transactions that are bound to a scope."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import cast

import psycopg
import pytest

from memorizer.adapters.sql.outdated_words import OutdatedWords
from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.domain.errors import NotFound, WorkspaceReadOnly
from memorizer.domain.memories import Content, EventType, Filter, Memory, MemoryEvent
from memorizer.domain.text_analysis import terms
from memorizer.domain.workspaces import Workspace, WorkspaceKind, WorkspaceScope
from memorizer.ports.transactions import Transaction
from support.postgres_server import PostgresServer

HERE, BELOW, THERE = "here", "below", "there"


def workspace(id_: str, path: str, parent_id: str | None = None) -> Workspace:
    return Workspace(
        id_, parent_id, id_, path.rsplit("/", maxsplit=1)[-1], path, WorkspaceKind.WORKSPACE, 1, 1
    )


def memory(id_: str, workspace_id: str | None) -> Memory:
    return Memory(id_, Content(f"Memory {id_}."), 1, 1, 1, workspace_id=workspace_id)


def fill(tx: Transaction) -> None:
    tx.workspaces.add(workspace(HERE, "here"))
    tx.workspaces.add(workspace(BELOW, "here/below", HERE))
    tx.workspaces.add(workspace(THERE, "there"))
    for id_, of in (("m1", HERE), ("m2", BELOW), ("m3", THERE), ("m4", None)):
        tx.memories.insert(memory(id_, of))


def listed(tx: Transaction) -> list[str]:
    return sorted(each.id for each in tx.memories.page(Filter(), before=None, limit=9))


def scope(*readable: str, writable: tuple[str, ...] = (), unfiled: bool = False) -> WorkspaceScope:
    return WorkspaceScope(frozenset(readable), frozenset(writable), unfiled)


@pytest.mark.parametrize(
    ("bound", "seen"),
    [
        (scope(), []),
        (scope("unknown"), []),
        (scope(HERE), ["m1", "m2"]),
        (scope(BELOW), ["m2"]),
        (scope(BELOW, THERE), ["m2", "m3"]),
        (scope(unfiled=True), ["m4"]),
        (scope(THERE, unfiled=True), ["m3", "m4"]),
        (WorkspaceScope.ALL, ["m1", "m2", "m3", "m4"]),
    ],
)
async def test_a_transaction_sees_its_scope(
    database: OpenDatabase, bound: WorkspaceScope, seen: list[str]
) -> None:
    await database.write(fill)
    within = database.within(bound)
    assert await within.read(listed) == seen
    assert await within.read_long(listed) == seen
    assert await within.read_each([listed, listed]) == [seen, seen]
    assert await database.read(listed) == ["m1", "m2", "m3", "m4"]


async def test_what_is_moved_under_a_root_belongs_to_it_in_the_next_transaction(
    database: OpenDatabase,
) -> None:
    await database.write(fill)
    within = database.within(scope(THERE))
    await database.write(lambda tx: tx.workspaces.update(workspace(BELOW, "there/below", THERE)))
    assert await within.read(listed) == ["m2", "m3"]


@pytest.mark.parametrize("is_outdated", [False, True])
async def test_words_are_found_in_the_scope_of_their_memory_alone(
    database: OpenDatabase, *, is_outdated: bool
) -> None:
    """Also where an earlier version indexed them, without their workspace."""

    def index(tx: Transaction) -> None:
        fill(tx)
        for each in tx.memories.get_many(["m1", "m2", "m3", "m4"]):
            tx.full_text.put(replace(each, workspace_id=None) if is_outdated else each)
        if is_outdated:
            rows = cast("OutdatedWords", tx.full_text)
            rows._execute("INSERT INTO outdated_words SELECT max(seq) + 1 FROM memories")

    await database.write(index)
    for bound, seen in (
        (scope(), []),
        (scope(HERE), ["m2", "m1"]),
        (scope(THERE), ["m3"]),
        (scope(THERE, unfiled=True), ["m4", "m3"]),
        (WorkspaceScope.ALL, ["m4", "m3", "m2", "m1"]),
    ):
        found = await database.within(bound).read(
            lambda tx: tx.full_text.search(terms("memory"), Filter(), limit=9)
        )
        assert [each.memory_id for each in found] == seen


async def test_writes_change_what_is_writable_alone(database: OpenDatabase) -> None:
    await database.write(fill)
    within = database.within(scope(HERE, writable=(BELOW,)))
    assert (await within.write(lambda tx: tx.memories.set_archived("m2", 5))).archived_at == 5
    with pytest.raises(WorkspaceReadOnly):
        await within.write(lambda tx: tx.memories.set_archived("m1", 5))
    with pytest.raises(NotFound):
        await within.write(lambda tx: tx.memories.set_archived("m3", 5))
    everything = await database.read(
        lambda tx: tx.memories.page(Filter(archived=None), before=None, limit=9)
    )
    assert {each.id for each in everything if each.archived_at} == {"m2"}


@pytest.mark.parametrize("place", [THERE, None])
async def test_nothing_is_put_outside_of_the_scope(
    database: OpenDatabase, place: str | None
) -> None:
    """Not even by a use case that forgot to look where it writes."""
    await database.write(fill)
    within = database.within(scope(HERE, writable=(HERE,)))

    def put(tx: Transaction) -> None:
        tx.memories.insert(memory("m5", place))
        tx.full_text.put(tx.memories.get("m5"))

    with pytest.raises(Exception):  # noqa: B017, PT011 - PostgreSQL's policy, or our own look
        await within.write(put)
    assert await database.read(listed) == ["m1", "m2", "m3", "m4"]


async def test_scoped_and_unscoped_inserts_share_a_transaction_and_nothing_else(
    database: OpenDatabase,
) -> None:
    """As group commit has it."""
    await database.write(fill)

    def both(tx: Transaction) -> list[list[str]]:
        before = listed(tx)
        with tx.within([THERE], unfiled=False) as narrowed:  # type: ignore[attr-defined]
            inside = listed(narrowed)
        return [before, inside, listed(tx)]

    all_ = ["m1", "m2", "m3", "m4"]
    assert await database.write(both) == [all_, ["m3"], all_]


async def test_a_move_tells_of_no_workspace_that_is_hidden(database: OpenDatabase) -> None:
    """Neither as an event of the memory, nor in an export."""
    await database.write(fill)
    moves = ({"from": THERE, "to": BELOW}, {"from": BELOW, "to": HERE}, {"to": THERE})

    def move(tx: Transaction) -> None:
        for number, data in enumerate(moves):
            kind = EventType.MEMORY_MOVED
            tx.events.add(MemoryEvent(f"e{number}", "m1", 1, kind, data, "test", number))

    def told(tx: Transaction) -> list[list[object]]:
        [exported] = [
            each for each in tx.records.list_records(after="", limit=9) if each.memory.id == "m1"
        ]
        listed = tx.events.list_for("m1")
        return [[each.data for each in events] for events in (reversed(listed), exported.events)]

    await database.write(move)
    inside = [{"to": BELOW}, {"from": BELOW, "to": HERE}, {}]
    assert await database.within(scope(HERE)).read(told) == [inside, inside]
    assert await database.read(told) == [list(moves), list(moves)]


@asynccontextmanager
async def as_ordinary_role(postgres: PostgresServer) -> AsyncIterator[psycopg.Connection]:
    """A connection of a role that policies hold for: it owns the tables, and is no superuser."""
    with postgres.database() as url, psycopg.connect(url, autocommit=True) as admin:
        name = f"ordinary_{admin.info.backend_pid}"
        admin.execute(f"CREATE ROLE {name}")
        try:
            for table in ("memories", "memory_versions", "memory_events", "workspaces"):
                admin.execute(f"ALTER TABLE {table} OWNER TO {name}")
            admin.execute(f"SET ROLE {name}")
            yield admin
            admin.execute("RESET ROLE")
        finally:
            admin.execute("RESET ROLE")
            admin.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
            admin.execute(f"DROP OWNED BY {name}")
            admin.execute(f"DROP ROLE {name}")


async def test_row_level_security_alone_refuses_what_is_outside(postgres: PostgresServer) -> None:
    """Statements that no code of ours has narrowed."""
    async with as_ordinary_role(postgres) as connection:
        connection.execute(
            "INSERT INTO workspaces (id, kind, name, slug, path, created_at, updated_at)"
            " VALUES ('w', 'workspace', 'w', 'w', 'w', 1, 1)"
        )
        connection.execute(
            "INSERT INTO memories (id, type, source, confidence, version, created_at, updated_at,"
            " embedding_status, text, workspace_seq)"
            " SELECT 'in', 'note', 'test', 1, 1, 1, 1, 'pending', 'text', seq FROM workspaces"
            " UNION ALL SELECT 'out', 'note', 'test', 1, 1, 1, 1, 'pending', 'text', NULL"
        )
        connection.execute(
            "INSERT INTO memory_events (id, memory_id, version, type, data, actor, at)"
            " SELECT id, id, 1, 'memory_created', '{}', 'test', 1 FROM memories"
        )
        with connection.transaction():
            connection.execute(
                "SELECT set_config('memorizer.workspaces', '-1,' || seq, true) FROM workspaces"
            )
            assert connection.execute("SELECT id FROM memories").fetchall() == [("in",)]
            assert connection.execute("SELECT id FROM memory_events").fetchall() == [("in",)]
            assert connection.execute("UPDATE memories SET version = 2").rowcount == 1
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute("UPDATE memories SET workspace_seq = NULL")
        found = connection.execute("SELECT id, version FROM memories ORDER BY id").fetchall()
        assert found == [("in", 2), ("out", 1)]
