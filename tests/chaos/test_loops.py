"""An unexpected error before every statement of a loop: it goes on, nobody waits for ever."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from prometheus_client import CollectorRegistry

from memorizer import supervision
from memorizer.adapters.bullmq import dispatcher, events
from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.events import EventListener
from memorizer.adapters.embeddings.batching import Batcher
from memorizer.adapters.postgres import notify
from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.postgres.group_commit import GroupCommitter
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.adapters.sqlite.change_poller import ChangePoller
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.writer import Writer
from memorizer.bootstrap import running
from memorizer.domain.errors import MemorizerError
from memorizer.domain.jobs import NewJob, Queue
from memorizer.domain.memories import Content, Vector
from memorizer.domain.topics import JOBS
from memorizer.http.server.idle_timeout import IdleTimeout
from memorizer.mcp.http_transport import HttpTransport
from memorizer.settings import Settings
from memorizer.supervision import Supervisor
from memorizer.worker import periodic, queue_consumer, worker
from memorizer.worker.queue_consumer import QueueConsumer
from memorizer.worker.worker import Worker
from support.clock import ManualClock
from support.faults import Fault
from support.memorizer import Memorizer
from support.waiting import HANG_SECONDS, wait_until

LEASE_SECONDS = 0.5
"""So long a job waits that was claimed by a consumer that failed before it began."""
FALLBACK_SECONDS = 0.2
"""So long a lost signal delays what it told of."""
ERRORS: tuple[Callable[[str], BaseException], ...] = (LookupError, asyncio.CancelledError)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "FIRST_PAUSE_MS", 1)
    monkeypatch.setattr(queue_consumer, "IDLE_SECONDS", FALLBACK_SECONDS)
    monkeypatch.setattr(dispatcher, "POLL_SECONDS", FALLBACK_SECONDS)
    monkeypatch.setattr(events, "RECONNECT_SECONDS", FALLBACK_SECONDS)


@pytest.fixture
def fault() -> Fault:
    return Fault()


async def all_work(supervisor: Supervisor) -> None:
    async def probe() -> bool:
        return not supervisor.failures

    await wait_until(probe, description="all loops work again")


@pytest.fixture(params=["database", "redis"])
def queue_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"lease_seconds": LEASE_SECONDS})


@pytest.mark.timeout(400)
async def test_a_worker_survives_an_error_before_any_statement(
    memorizer: Memorizer, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.put_into(
        monkeypatch, QueueConsumer, "run", "_poll_once", "_fill", "_until_due", "_reap", "_drain"
    )
    fault.put_into(monkeypatch, Worker, "_beat", "_rescue")
    fault.put_into(monkeypatch, periodic, "run_periodically")
    monkeypatch.setattr(worker, "run_periodically", periodic.run_periodically)
    await _work_once(memorizer)
    places = list(fault.reached)
    assert len(places) > 30
    raised = 0
    for number, place in enumerate(places):
        fault.arm(place, ERRORS[number % len(ERRORS)])
        await _work_once(memorizer)
        raised += fault.was_raised  # whether a job still runs at a poll is up to the machine
        fault.disarm()
    assert raised > 0.5 * len(places)
    restarts = memorizer.services.supervisor.restarts
    assert sum(restarts.values()) >= 0.8 * raised, restarts
    assert restarts["lane title-generation"] > 0


async def _work_once(memorizer: Memorizer) -> None:
    """A title is written by a worker that starts, works, and stops."""
    services = memorizer.services
    stored = await services.memories.create(Content(f"A text, {uuid4()}."), actor="test")

    async def has_title() -> bool:
        return (await services.memories.get(stored.memory.id)).content.title is not None

    async with running(memorizer.container.worker):
        await wait_until(has_title, description="the title is written")
        await all_work(services.supervisor)


@pytest.fixture
def faulty_engine(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """To be named before `memorizer`: the loops begin when that opens."""
    parts = ("run", "_run_once", "send", "_add", "flush_finished")
    fault.put_into(monkeypatch, Dispatcher, *parts)
    fault.put_into(monkeypatch, EventListener, "run", "_follow", "_publish_soon", "_publish")


@pytest.mark.timeout(400)
@pytest.mark.usefixtures("faulty_engine")
@pytest.mark.parametrize("queue_engine", ["redis"], indirect=True)
async def test_what_hands_over_and_follows_survives_an_error_before_any_statement(
    memorizer: Memorizer, fault: Fault
) -> None:
    supervisor = memorizer.services.supervisor
    await memorizer.start_worker()
    await _write_title(memorizer)
    places = list(fault.reached)
    assert places
    for place in places:
        fault.arm(place, LookupError)
        await _write_title(memorizer)
        fault.disarm()
        await all_work(supervisor)


async def _write_title(memorizer: Memorizer) -> None:
    services = memorizer.services
    stored = await services.memories.create(Content(f"A text, {uuid4()}."), actor="test")

    async def has_title() -> bool:
        return (await services.memories.get(stored.memory.id)).content.title is not None

    await wait_until(has_title, description="the title is written")


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[SqliteDatabase]]]:
    opened: list[SqliteDatabase] = []

    async def open_() -> SqliteDatabase:
        path, supervisor = tmp_path / "memorizer.db", Supervisor()
        database = await asyncio.to_thread(
            SqliteDatabase, path, ManualClock(), supervisor=supervisor
        )
        opened.append(database)
        return database

    yield open_
    for database in opened:
        await asyncio.to_thread(database.close)


def enqueue(database: SqliteDatabase | PostgresDatabase, id_: str) -> Awaitable[object]:
    job = NewJob(id_, Queue.TITLES, "generate-title", {})
    return database.write(lambda tx: tx.jobs.enqueue([job]))


@pytest.mark.parametrize("size", [1, 3])
async def test_the_writer_answers_everybody_whatever_happens(
    sqlite: Callable[[], Awaitable[SqliteDatabase]],
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
    size: int,
) -> None:
    names = ("_run", "_group", "_serve", "_commit", "_perform", "_perform_alone", "_attempt")
    fault.put_into(monkeypatch, Writer, *names, "_recover", "_reopen")
    database = await sqlite()
    await asyncio.gather(*(enqueue(database, f"quiet {n}") for n in range(size)))
    with pytest.raises(ZeroDivisionError):
        await database.write(lambda _: 1 / 0)
    for number, place in enumerate(list(fault.reached)):
        fault.arm(place, LookupError)
        writes = [enqueue(database, f"{number} {n}") for n in range(size)]
        outcomes = await asyncio.wait_for(
            asyncio.gather(*writes, return_exceptions=True), HANG_SECONDS
        )
        expected = (
            list,
            MemorizerError,
            LookupError if "request.function" in place else MemorizerError,
        )
        assert all(isinstance(each, expected) for each in outcomes), (place, outcomes)
        fault.disarm()
        await asyncio.wait_for(enqueue(database, f"after {number}"), HANG_SECONDS)
        said = {f"{number} {n}" for n, each in enumerate(outcomes) if isinstance(each, list)}
        assert said <= await ids(database), "what was answered is there"


async def ids(database: SqliteDatabase) -> set[str]:
    jobs, _ = await database.read(lambda tx: tx.job_reader.page(None, None, None, 10_000))
    return {job.id for job in jobs}


async def test_signals_of_sqlite_survive_an_error_before_any_statement(
    sqlite: Callable[[], Awaitable[SqliteDatabase]],
    fault: Fault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fault.put_into(monkeypatch, ChangePoller, "_run", "_poll", "_version")
    here, there = await sqlite(), await sqlite()
    await _heard(here, there, "quiet")
    for number, place in enumerate(list(fault.reached)):
        fault.arm(place, LookupError)
        await _heard(here, there, f"{number}")
        await _heard(here, there, f"again {number}")


async def test_signals_of_postgres_survive_an_error_before_any_statement(
    postgres_url: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("_run_sender", "_send", "_drain_queue", "_notify", "_run_listener", "_listen")
    fault.put_into(monkeypatch, notify.NotifyBridge, *names)
    fault.put_into(monkeypatch, notify, "_read")
    here, there = [
        await asyncio.to_thread(PostgresDatabase, postgres_url, ManualClock(), connections=3)
        for _ in range(2)
    ]
    await _heard(here, there, "quiet")
    for number, place in enumerate(list(fault.reached)):
        fault.arm(place, LookupError)
        await _heard(here, there, f"{number}")
        await _heard(here, there, f"again {number}")
    for database in (here, there):
        await asyncio.to_thread(database.close)


async def test_inserts_that_share_a_commit_are_answered_and_written_once_whatever_happens(
    postgres_url: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ("_serve", "_take", "_run_together", "_run_alone")
    fault.put_into(monkeypatch, GroupCommitter, *parts)
    fault.put_into(monkeypatch, PostgresDatabase, "_write")
    database = await asyncio.to_thread(PostgresDatabase, postgres_url, ManualClock(), connections=3)

    def insert(id_: str) -> Awaitable[object]:
        job = NewJob(id_, Queue.TITLES, "generate-title", {"id": id_})
        return database.insert(lambda tx: tx.jobs.enqueue([replace(job, id=uuid4().hex)]))

    async def outcomes(name: str) -> list[object]:
        waiting = asyncio.gather(*(insert(f"{name} {n}") for n in range(3)), return_exceptions=True)
        return await asyncio.wait_for(waiting, HANG_SECONDS)

    await outcomes("quiet")
    with pytest.raises(ZeroDivisionError):
        await database.insert(lambda _: 1 / 0)
    impossible = {
        "GroupCommitter._serve: group: list[InsertRequest] = []",  # nothing is taken yet
        "PostgresDatabase._write: try:",  # right after the commit
        "PostgresDatabase._write: return results",
    }
    for number, place in enumerate([each for each in fault.reached if each not in impossible]):
        fault.arm(place, LookupError)
        said = await outcomes(f"{number}")
        fault.disarm()
        failed = [each for each in said if not isinstance(each, list)]
        assert all(isinstance(each, MemorizerError | LookupError) for each in failed), place
        await asyncio.wait_for(insert(f"after {number}"), HANG_SECONDS)
    jobs, _ = await database.read(lambda tx: tx.job_reader.page(None, None, None, 10_000))
    written = [job.data["id"] for job in jobs]
    assert len(written) == len(set(written)), "nothing is written twice"
    await asyncio.to_thread(database.close)


@pytest.mark.parametrize("queue_engine", ["database"], indirect=True)
async def test_mcp_is_answered_again_after_an_error_before_any_statement(
    memorizer: Memorizer, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.put_into(monkeypatch, HttpTransport, "_run", "_answer")
    services = memorizer.services
    transport = HttpTransport("core")
    app = httpx.ASGITransport(transport, raise_app_exceptions=False)

    async def is_answered() -> bool:
        call = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        headers = {"Accept": "application/json"}
        async with httpx.AsyncClient(transport=app, base_url="http://localhost") as client:
            return (await client.post("/mcp", json=call, headers=headers)).status_code == 200

    async with transport.serving(services):
        await wait_until(is_answered, description="it answers")
        running = len(fault.reached)
    for number, place in enumerate(list(fault.reached)):
        fault.arm(place, ERRORS[number % len(ERRORS)])
        async with transport.serving(services):
            await wait_until(is_answered, description="it answers again")
        assert fault.was_raised, place
    assert services.supervisor.restarts["mcp"] >= running


Either = SqliteDatabase | PostgresDatabase


async def _heard(here: Either, there: Either, id_: str) -> None:
    """What one process commits the other hears of."""
    async with here.signals.subscribe(JOBS) as news:
        await enqueue(there, id_)
        assert await news.wait(HANG_SECONDS) == {JOBS}


async def test_the_embedder_answers_everybody_whatever_happens(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.put_into(monkeypatch, Batcher, "_drain", "_next_batch", "_embed_batch", "_vectors")
    supervisor = Supervisor()
    telemetry = PrometheusTelemetry(CollectorRegistry())
    batcher = Batcher(lambda batch: [Vector(b"") for _ in batch], telemetry, supervisor=supervisor)

    async def embeds() -> bool:
        try:
            return len(await batcher.documents([[1]])) == 1
        except MemorizerError:  # told to all who waited when it failed
            return False

    await batcher.documents([[1], [2]])
    for place in list(fault.reached):
        fault.arm(place, LookupError)
        outcome = await asyncio.wait_for(
            asyncio.gather(batcher.documents([[1], [2]]), return_exceptions=True), HANG_SECONDS
        )
        assert isinstance(outcome[0], list | MemorizerError), place
        fault.disarm()
        await wait_until(embeds, description="texts are embedded again")
        await all_work(supervisor)
    await batcher.close()


async def test_looking_at_slow_clients_survives_an_error(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.put_into(monkeypatch, IdleTimeout, "check")
    supervisor = Supervisor()
    looks: list[int] = []

    def connections() -> list[object]:
        looks.append(1)
        return []

    patience = IdleTimeout(connections, request_seconds=1, stalled_seconds=1)
    monkeypatch.setattr("memorizer.http.server.idle_timeout.CHECK_SECONDS", 0.001)
    looking = asyncio.create_task(supervisor.run("slow clients", patience.watch, asyncio.Event()))

    async def looked(times: int) -> bool:
        return len(looks) >= times

    await wait_until(lambda: looked(1), description="it looks")
    for place in list(fault.reached):
        fault.arm(place, LookupError)
        already = len(looks)
        await wait_until(lambda: looked(already + 2), description="it looks again")  # noqa: B023
        assert fault.was_raised
    looking.cancel()
    await asyncio.wait({looking})
