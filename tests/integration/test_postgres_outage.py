"""PostgreSQL restarts, dies, stays away or refuses: nothing is lost, nothing hangs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from threading import Event
from threading import enumerate as threads

import httpx
import psycopg
import pytest
from psycopg import errors
from pydantic import SecretStr

from memorizer.adapters.postgres import connection, connection_threads, hang_detection, notify
from memorizer.adapters.postgres.connection import Executor
from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.postgres.errors import unavailable
from memorizer.adapters.postgres.transaction import PostgresTransaction
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap import open_services
from memorizer.domain.errors import OutcomeUnknown, StorageUnavailable
from memorizer.domain.memories import Content, EmbeddingStatus, Filter
from memorizer.domain.topics import MEMORIES
from memorizer.services import Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.postgres_server import OwnServer, lose_the_commit_of, own_postgres
from support.waiting import HANG_SECONDS, wait_until

WRITERS = 8
FAILED = EmbeddingStatus.FAILED


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    with own_postgres() as server:
        yield server


@pytest.fixture
def url(server: OwnServer) -> Iterator[str]:
    server.start()
    with server.database() as url:
        yield url
        server.start()


@pytest.fixture
def settings(tmp_path: Path, url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=SecretStr(url), database_connections=6)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[PostgresDatabase]:
    database = await asyncio.to_thread(PostgresDatabase, url, SystemClock(), connections=3)
    yield database
    await asyncio.to_thread(database.close)


async def count(services: Services) -> int:
    memories, _ = await services.memories.page(Filter(), before=None, limit=10_000)
    return len(memories)


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_a_restart_under_running_requests_fails_none_that_had_not_come_to_its_commit(
    server: OwnServer, services: Services, way: str
) -> None:
    stored, doubtful, stopping = [0], [0], asyncio.Event()

    async def write(writer: int) -> None:
        while not stopping.is_set():
            try:
                content = Content(f"memory {stored[0]} of {writer}", title="T")
                await services.memories.create(content, actor="test")
                stored[0] += 1
            except OutcomeUnknown:
                doubtful[0] += 1

    async def more(than: int) -> None:
        async def enough() -> bool:
            return stored[0] > than

        await wait_until(enough, description="memories are stored")

    async with asyncio.TaskGroup() as group:
        for writer in range(WRITERS):
            group.create_task(write(writer))
        await more(than=20)
        await asyncio.to_thread(getattr(server, way))
        await asyncio.to_thread(server.start)
        await more(than=stored[0] + 20)
        stopping.set()
    assert stored[0] <= await count(services) <= stored[0] + doubtful[0]


async def test_a_server_that_stays_away_is_said_at_once_and_found_again(
    server: OwnServer,
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_threads, "RESTART_GRACE_SECONDS", 0.0)
    await client.post("/api/memories", json={"text": "before"})
    server.stop()
    refused = await client.post("/api/memories", json={"text": "meanwhile"})
    assert (refused.status_code, refused.json()["error"]) == (503, "Service not available")
    assert "MEMORIZER_DATABASE_URL" in refused.json()["message"]
    assert (await client.get("/api/memories")).status_code == 503
    assert (await client.get("/readyz")).status_code == 503

    server.start()
    assert (await client.post("/api/memories", json={"text": "after"})).status_code == 201
    assert (await client.get("/api/memories")).json()["count"] == 2


async def test_a_server_that_hangs_is_said_within_the_limits_and_goes_on_at_once(
    server: OwnServer, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hang_detection, "PROBE_AFTER_SECONDS", 0.5)
    monkeypatch.setattr(hang_detection, "PROBE_TIMEOUT_SECONDS", 1)
    monkeypatch.setitem(connection._DEFAULTS, "connect_timeout", 2)
    assert (await client.post("/api/memories", json={"text": "before"})).status_code == 201
    assert (await client.get("/api/memories")).status_code == 200
    with server.frozen():
        requests = [client.post("/api/memories", json={"text": f"m {n}"}) for n in range(10)]
        requests += [client.get("/api/memories") for _ in range(20)]
        answers = await asyncio.wait_for(asyncio.gather(*requests), 60)
        assert {answer.status_code for answer in answers} == {503}
        assert "PostgreSQL cannot be used" in answers[-1].json()["message"]
        assert (await client.get("/readyz")).status_code == 503
    again = [client.get("/api/memories") for _ in range(5)]
    again.append(client.post("/api/memories", json={"text": "after"}))
    assert [each.status_code for each in await asyncio.gather(*again)] == [200] * 5 + [201]
    listed = (await client.get("/api/memories")).json()
    assert [memory["text"] for memory in listed["memories"]] == ["after", "before"]


async def test_a_commit_to_a_server_that_hangs_is_said_to_be_in_doubt(
    server: OwnServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hang_detection, "PROBE_AFTER_SECONDS", 0.5)
    monkeypatch.setattr(hang_detection, "PROBE_TIMEOUT_SECONDS", 1)
    async with opened(url) as database:
        with ExitStack() as stack:

            def frozen_commit(to: connection.Connection, *, has_written: bool) -> None:
                stack.enter_context(server.frozen())
                connection.commit(to, has_written=has_written)

            monkeypatch.setattr("memorizer.adapters.postgres.database.commit", frozen_commit)
            with pytest.raises(OutcomeUnknown, match="may have been written or not"):
                await database.write(
                    lambda tx: tx._execute("INSERT INTO paused_queues VALUES (?)", ("titles",))
                )


def test_a_statement_that_takes_long_is_waited_for_while_the_server_answers_others(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hang_detection, "PROBE_AFTER_SECONDS", 0.1)
    answered: list[bool] = []

    def answers(address: str) -> bool:
        answered.append(silence_answers(address))
        if len(answered) == 3:
            holder.rollback()  # now the statement can go on
        return answered[-1]

    silence_answers = hang_detection.is_responsive
    monkeypatch.setattr(hang_detection, "is_responsive", answers)
    with psycopg.connect(url) as holder, connection.connect(url) as waiting:
        holder.execute("LOCK TABLE memories")
        [(count,)] = waiting.execute("SELECT count(*) FROM memories")
    assert (count, answered) == (0, [True] * len(answered))
    assert len(answered) >= 3


def test_a_statement_without_an_answer_ends_though_others_are_answered(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hang_detection, "PROBE_AFTER_SECONDS", 0.1)
    with psycopg.connect(url) as holder, connection.connect(url) as waiting:
        holder.execute("LOCK TABLE memories")
        waiting.max_silent_seconds = 0.2
        with pytest.raises(psycopg.OperationalError, match="has been silent for"):
            waiting.execute("SELECT count(*) FROM memories")
        assert waiting.closed


async def test_stores_that_wait_for_a_server_that_is_away_do_not_each_look_for_it(
    server: OwnServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_threads, "RESTART_GRACE_SECONDS", 0.0)
    tries, all_wait = [], Event()

    def open_late(url: str, *, writing: bool, pooled: bool) -> connection.Connection:
        tries.append(url)
        assert all_wait.wait(HANG_SECONDS)
        return connection.open_connection(url, writing=writing, pooled=pooled)

    async with opened(url) as database:
        await database.insert(lambda tx: tx.memories.count(Filter()))
        server.stop()
        monkeypatch.setattr(connection_threads, "open_connection", open_late)
        adds = [
            asyncio.ensure_future(database.insert(lambda tx: tx.memories.count(Filter())))
            for _ in range(20)
        ]
        await asyncio.sleep(0)  # all are begun
        all_wait.set()
        outcomes = await asyncio.gather(*adds, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {StorageUnavailable}
    assert len(tries) < 5


async def test_signals_of_others_are_heard_again_after_a_restart(
    server: OwnServer, url: str
) -> None:
    async with opened(url) as one, opened(url) as other:
        server.stop()
        server.start()
        async with one.signals.subscribe(MEMORIES) as news:

            async def heard() -> bool:
                await other.write(lambda tx: tx.memories.set_embedding_status("none", FAILED))
                return bool(await news.wait(0.1))

            await wait_until(heard, description="the other is heard")


async def test_a_connection_that_was_closed_while_idle_is_replaced_without_a_word(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def insert(tx: PostgresTransaction) -> str:
        tx._execute("INSERT INTO paused_queues VALUES (?) ON CONFLICT DO NOTHING", ("titles",))
        [(queue,)] = tx._execute("SELECT queue FROM paused_queues")
        return str(queue)

    async with opened(url) as database:
        await database.write(insert)
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'memorizer' AND datname = current_database()"
            )
        assert await database.write(insert) == "titles"
    assert [record.message for record in caplog.records if record.name == "psycopg"] == []


async def test_what_a_stranger_says_on_the_channel_is_a_reason_to_look(url: str) -> None:
    async with opened(url) as database, database.signals.subscribe(MEMORIES) as news:

        async def heard() -> bool:
            with psycopg.connect(url, autocommit=True) as other_client:
                other_client.execute("NOTIFY memorizer, 'hello?'")
            return bool(await news.wait(0.2))

        await wait_until(heard, description="the other client is heard")
        await wait_until(heard, description="the other client is heard again")


async def test_a_commit_whose_answer_is_lost_is_said_to_be_in_doubt(
    url: str, client: httpx.AsyncClient
) -> None:
    lose_the_commit_of(url, "fatal")
    answer = await client.post("/api/memories", json={"text": "fatal"})
    assert answer.status_code == 503
    assert "may have been written or not" in answer.json()["message"]
    assert "Idempotency-Key" in answer.json()["hint"]
    assert (await client.post("/api/memories", json={"text": "fine"})).status_code == 201


async def test_nobody_waits_for_ever_for_a_lock(
    url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(connection._SETTINGS, "lock_timeout", "200ms")
    settings = Settings(data_dir=tmp_path, database_url=SecretStr(url))
    async with open_services(settings, embedder=WordEmbedder()) as container:
        services = container.services
        memory = (await services.memories.create(Content("held", title="T"), actor="test")).memory
        with psycopg.connect(url) as holder:
            holder.execute("SELECT FROM memories FOR UPDATE")
            with pytest.raises(StorageUnavailable, match="held for too long"):
                await services.memories.archive(memory.id, actor="test")


async def test_writing_to_a_replica_is_one_line(url: str) -> None:
    async with opened(url) as database:
        with pytest.raises(StorageUnavailable, match="Point MEMORIZER_DATABASE_URL to the primary"):
            await database.read(lambda tx: tx.memories.set_embedding_status("none", FAILED))


async def test_a_database_ends_its_threads_at_once_even_without_a_server(
    server: OwnServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("RECONNECT_SECONDS", "STOP_TIMEOUT_SECONDS"):
        monkeypatch.setattr(notify, pause, 3_600.0)  # it would be waited for too long
    database = await asyncio.to_thread(PostgresDatabase, url, SystemClock(), connections=3)
    server.stop()
    await asyncio.to_thread(database.close)
    assert [t.name for t in threads() if t.name.startswith("memorizer-")] == []


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errors.DiskFull("could not extend file"), "Free some space"),
        (errors.ReadOnlySqlTransaction("cannot execute INSERT"), "to the primary"),
        (errors.QueryCanceled("due to statement timeout"), "took too long"),
        (errors.DataCorrupted("invalid page"), "newest backup"),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "max_connections"),
        (
            psycopg.OperationalError('FATAL:  password authentication failed for user "a"'),
            "Check the user and the password",
        ),
        (psycopg.OperationalError("Connection refused"), "Check that it runs"),
    ],
)
def test_every_refusal_says_what_to_do(error: Exception, advice: str) -> None:
    said = str(unavailable(error))
    assert advice in said
    assert "\n" not in said


def test_an_executor_knows_whether_anything_was_written(url: str) -> None:
    with psycopg.connect(url) as raw:
        execute = Executor(raw)
        execute("SELECT count(*) FROM memories")
        execute("DELETE FROM memories")
        assert not execute.has_written
        execute("INSERT INTO paused_queues VALUES (?)", ("titles",))
        assert execute.has_written
        raw.rollback()
