"""Behind a pooler in transaction mode: a small one of ours, and PgBouncer where there is one."""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg import errors

from memorizer.adapters.postgres import notify
from memorizer.adapters.postgres.backup import PostgresDumper
from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.postgres.pooler import is_pooled
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.adapters.system_clock import SystemClock
from memorizer.domain.errors import BackupRunning, StorageUnavailable
from memorizer.domain.jobs import Queue, WorkerRecord
from memorizer.domain.memories import Content, Filter, Memory
from memorizer.domain.topics import MEMORIES
from memorizer.domain.workspaces import Workspace, WorkspaceKind, WorkspaceScope
from memorizer.services.history import ChangeRecorder
from support.transaction_pooler import transaction_pooler
from support.waiting import wait_until

PGBOUNCER = """
[databases]
{database} = host={host} dbname={database} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
server_round_robin = 1
"""


@pytest.fixture(params=["ours", "pgbouncer"])
def pooled_url(request: pytest.FixtureRequest, postgres_url: str) -> Iterator[str]:
    """The URL of a pooler before the server of the tests."""
    if request.param == "ours":
        with transaction_pooler(postgres_url) as pooler:
            yield pooler.url
        return
    if (program := shutil.which("pgbouncer")) is None:
        pytest.skip("pgbouncer is not on the PATH")
    with pgbouncer(program, postgres_url) as url:
        yield url


@contextmanager
def pgbouncer(program: str, server: str) -> Iterator[str]:
    """It refuses to run as root, so that its configuration and the socket are opened to others."""
    parts = urlsplit(server)
    host = Path(parse_qs(parts.query)["host"][0])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    database, user = parts.path[1:], parts.username or "postgres"
    configuration = Path(tempfile.mkdtemp()) / "pgbouncer.ini"
    configuration.write_text(
        PGBOUNCER.format(database=database, host=host, user=user, port=port), encoding="utf-8"
    )
    was, is_root = host.stat().st_mode, os.getuid() == 0
    if is_root:
        host.chmod(0o711)
        configuration.parent.chmod(0o755)
    options = ["--user", "nobody"] if is_root else []
    process = subprocess.Popen([program, "--quiet", *options, str(configuration)])
    try:
        wait_for_port(port, process)
        yield f"postgresql://{user}@127.0.0.1:{port}/{database}"
    finally:
        process.terminate()
        process.wait()
        host.chmod(was)
        shutil.rmtree(configuration.parent)


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
    raise AssertionError(f"pgbouncer ended with {process.returncode}")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresDatabase]:
    database = await asyncio.to_thread(PostgresDatabase, url, SystemClock(), connections=6)
    yield database
    await asyncio.to_thread(database.close)


def stored(tx: PostgresTransaction, text: str) -> str:
    return ChangeRecorder(SystemClock()).create(tx, Content(text, tags=("tea",)), actor="test").id


def memory_of(tx: PostgresTransaction, id_: str) -> Memory:
    return tx.memories.get(id_)


def settings_of(tx: PostgresTransaction) -> tuple[object, ...]:
    [row] = tx._execute(
        "SELECT current_setting('statement_timeout'), current_setting('hnsw.ef_search'),"
        " current_setting('hnsw.iterative_scan')"
    )
    return tuple(row)


def test_a_server_without_a_pooler_keeps_its_sessions(postgres_url: str) -> None:
    assert not is_pooled(postgres_url)


async def test_reads_and_writes_side_by_side_share_few_sessions(pooled_url: str) -> None:
    assert is_pooled(pooled_url)
    async with opened(pooled_url) as database:

        async def one(number: int) -> None:
            id_ = await database.write(lambda tx: stored(tx, f"text {number}"))
            added = await database.insert(lambda tx: stored(tx, f"more {number}"))
            for memory_id in (id_, added):
                memory = await database.read(partial(memory_of, id_=memory_id))
                assert str(number) in memory.content.text

        await asyncio.gather(*map(one, range(60)))
        assert await database.read(lambda tx: tx.memories.count(Filter())) == 120


async def test_every_transaction_has_the_settings(pooled_url: str) -> None:
    async with opened(pooled_url) as database:
        found = [await database.read(settings_of) for _ in range(8)]
        found += [await database.write(settings_of) for _ in range(8)]
    assert set(found) == {("1min", "250", "relaxed_order")}


async def test_scopes_hold_for_their_transaction_alone(pooled_url: str) -> None:
    """Whose sessions others use next."""
    async with opened(pooled_url) as database:

        def fill(tx: PostgresTransaction, path: str) -> str:
            tx.workspaces.add(
                Workspace(path, None, path, path, path, WorkspaceKind.WORKSPACE, 1, 1)
            )
            id_ = stored(tx, f"Tea in {path}.")
            tx.workspaces.place(id_, path)
            return id_

        ids = {path: await database.write(partial(fill, path=path)) for path in ("a", "b")}

        async def seen(path: str) -> set[str]:
            within = database.within(WorkspaceScope(frozenset([path]), frozenset([path])))
            add = lambda tx: tx.memories.set_archived(ids[path], None).id  # noqa: E731
            listed = await within.read(lambda tx: tx.memories.ids(after="", limit=9))
            return {*listed, await within.write(add), await within.insert(add)}

        async def all_seen() -> set[str]:
            return set(await database.read(lambda tx: tx.memories.ids(after="", limit=9)))

        asked = [each for _ in range(10) for each in (seen("a"), all_seen(), seen("b"))]
        found = await asyncio.gather(*asked)
    assert found == [{ids["a"]}, {*ids.values()}, {ids["b"]}] * 10


async def test_changes_of_others_are_seen(pooled_url: str, postgres_url: str) -> None:
    async with (
        opened(pooled_url) as one,
        opened(postgres_url) as other,
        one.signals.subscribe(MEMORIES) as news,
    ):

        async def heard() -> bool:
            await other.write(lambda tx: stored(tx, "news"))
            return bool(await news.wait(0.2))

        await wait_until(heard, description="the other is heard")


async def test_heartbeats_of_others_are_not_told(pooled_url: str, postgres_url: str) -> None:
    async with opened(postgres_url) as other:
        with psycopg.connect(pooled_url) as connection:
            before = notify._sent_messages(connection)
            for at in range(2):
                beat = WorkerRecord("w", "host", 1, (Queue.TITLES,), 0, at)
                await other.write(partial(heartbeat, beat=beat))
            await other.write(lambda tx: stored(tx, "news"))

            async def has_grown() -> bool:
                connection.rollback()
                return notify._sent_messages(connection) > before

            await wait_until(has_grown, description="the message is sent")
            assert notify._sent_messages(connection) == before + 1


def heartbeat(tx: PostgresTransaction, beat: WorkerRecord) -> None:
    tx.workers.heartbeat(beat)


def test_one_backup_at_a_time(pooled_url: str) -> None:
    first, second = PostgresDumper(pooled_url), PostgresDumper(pooled_url)
    for _ in range(2):
        with first.lock(), pytest.raises(BackupRunning), second.lock():
            pass


@pytest.mark.parametrize(
    "error", [errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement]
)
async def test_a_pooler_that_came_in_between_is_said(postgres_url: str, error: type) -> None:
    def work(_: PostgresTransaction) -> None:
        raise error("prepared statement")

    async with opened(postgres_url) as database:
        for run in (database.read, database.write, database.insert):
            with pytest.raises(StorageUnavailable, match="Restart Memorizer"):
                await run(work)
