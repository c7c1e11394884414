"""`memorizer backup` and `memorizer restore` beside a real server that is being written to."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Self

import httpx
import pytest

from memorizer.bootstrap import open_services
from memorizer.domain.memories import Content
from memorizer.settings import Settings
from support import postgres_programs
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.ordinary_role import owned_database
from support.postgres_server import PostgresServer
from support.processes import started
from support.rows import rows
from support.titles import FirstWords
from support.waiting import HANG_SECONDS, wait_until


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    postgres_programs.on_path(monkeypatch)


def variables(settings: Settings) -> dict[str, str]:
    """The settings of other processes on the same store."""
    given = {"data_dir": str(settings.data_dir)}
    if settings.database_url is not None:
        given["database_url"] = settings.database_url.get_secret_value()
    return given


def command(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it printed."""
    with started("memorizer", *arguments, **variables(settings)) as process:
        out, err = process.communicate(timeout=HANG_SECONDS)
    return process.returncode, out, err


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    arguments = ("memorizer", "start", "--port", "0")
    with started(*arguments, **variables(settings)) as process:
        assert process.stderr is not None
        for line in process.stderr:
            entry = json.loads(line)
            if entry["event"] == "listening":
                yield entry["url"], process
                return


class Writing:
    """Stores memories one after the other, and remembers those that were acknowledged."""

    def __init__(self, url: str) -> None:
        self.stored: list[str] = []
        self._url = url
        self._stop = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with httpx.Client(base_url=self._url, timeout=HANG_SECONDS) as client:
            while not self._stop.is_set():
                text = f"Memory number {len(self.stored)}."
                reply = client.post("/api/memories", json={"text": text, "title": "T"})
                assert reply.status_code == 201, reply.text
                self.stored.append(reply.json()["id"])

    def wait_for(self, count: int) -> None:
        while len(self.stored) < count:
            self._thread.join(0.01)
            assert self._thread.is_alive()


def test_a_backup_beside_writes_holds_all_that_was_acknowledged_before_it(
    settings: Settings,
) -> None:
    settings.data_dir.mkdir(parents=True)
    with serving(settings) as (url, server):
        with Writing(url) as writing:
            writing.wait_for(20)
            before = list(writing.stored)
            code, out, err = command(settings, "backup")
            assert code == 0, err
            writing.wait_for(len(writing.stored) + 5)
        assert writing.stored > before
        refused = command(settings, "restore", str(_file(out)), "--replace")
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=HANG_SECONDS) == 0

    assert (refused[0], "Stop it first" in refused[2]) == (1, True)
    code, out, err = command(settings, "restore", str(_file(out)), "--replace")
    assert code == 0, err
    kept = {id_ for (id_,) in rows(settings, "SELECT id FROM memories")}
    assert set(before) <= kept < set(writing.stored)
    assert "is kept" in err


def _file(said: str) -> Path:
    """What a command says that it made."""
    return Path(said.strip().rsplit(": ", 1)[1])


async def test_the_api_makes_backups_and_tells_about_them(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    await client.post("/api/memories", json={"text": "Honey never spoils."})

    made = await client.post("/api/admin/backups")
    told = (await client.get("/api/admin/backups")).json()
    metrics = (await client.get("/metrics")).text

    assert made.status_code == 201, made.text
    assert made.json()["memories"] == 1
    assert Path(made.json()["file"]).parent == settings.backups_dir
    assert told["lastGood"] == told["backups"][0] == made.json()
    assert told["keep"] == 7
    assert ("everyHours" in told) == (settings.database_url is None)
    assert "memorizer_backup_failing 0.0" in metrics
    assert f"memorizer_backup_last_size_bytes {float(made.json()['bytes'])}" in metrics


async def test_a_second_backup_at_the_same_time_is_a_conflict(
    client: httpx.AsyncClient, memorizer: Memorizer
) -> None:
    with memorizer.services.backups.maker.lock():
        reply = await client.post("/api/admin/backups")
    assert (reply.status_code, reply.json()["error"]) == (409, "Backup running")


async def test_a_failed_backup_says_why_and_what_to_do(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    settings.data_dir.mkdir(exist_ok=True)
    settings.backups_dir.touch()

    reply = await client.post("/api/admin/backups")
    told = (await client.get("/api/admin/backups")).json()

    assert (reply.status_code, reply.json()["error"]) == (503, "Backup failed")
    assert "MEMORIZER_BACKUP_DIR" in reply.json()["hint"]
    assert told["backups"][0]["error"] == reply.json()["message"]
    assert "memorizer_backup_failing 1.0" in (await client.get("/metrics")).text


@pytest.mark.parametrize("database_engine", ["sqlite"], indirect=True)
async def test_a_worker_makes_the_first_backup_as_soon_as_there_is_something_to_lose(
    memorizer: Memorizer,
) -> None:
    services = memorizer.services
    await services.memories.create(Content("Honey never spoils."), actor="test")
    await memorizer.start_worker()

    async def is_made() -> bool:
        return (await services.backups.overview()).last_good is not None

    await wait_until(is_made, description="the worker makes a backup")


@pytest.mark.parametrize("database_engine", ["postgresql"], indirect=True)
async def test_without_pg_dump_a_backup_says_what_to_install(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    reply = (await client.post("/api/admin/backups")).json()
    assert reply["message"] == "pg_dump is not on this machine, and it is needed here."
    assert "postgresql-client-" in reply["hint"]


@pytest.mark.parametrize("database_engine", ["postgresql"], indirect=True)
async def test_a_pg_dump_that_is_too_old_is_told_before_it_is_tried(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    reply = (await client.post("/api/admin/backups")).json()
    assert "is of version 9, too old" in reply["message"]


@pytest.mark.parametrize("database_engine", ["postgresql"], indirect=True)
async def test_a_database_that_has_memories_is_only_replaced_when_asked(
    memorizer: Memorizer,
) -> None:
    run = await memorizer.services.backups.make()
    await memorizer.stack.aclose()
    assert run.file is not None

    code, _, err = command(memorizer.settings, "restore", run.file.path)

    assert (code, "--replace" in err) == (1, True)


@pytest.mark.parametrize("database_engine", ["postgresql"], indirect=True)
async def test_an_ordinary_role_backs_up_and_restores_everything(
    settings: Settings, postgres: PostgresServer
) -> None:
    """Row-level security holds for it, and hides nothing from a backup."""
    with owned_database(postgres) as url, owned_database(postgres) as empty:
        owned, copy = (
            Settings.model_validate({**settings.model_dump(), "database_url": each})
            for each in (url, empty)
        )
        async with open_services(owned, embedder=WordEmbedder(), writer=FirstWords()) as container:
            services = container.services
            await services.workspaces.create("acme", actor="me")
            for workspace in ("acme", None):
                content = Content(f"In {workspace}.", title="t")
                await services.memories.create(content, actor="me", workspace=workspace)
            run = await services.backups.make()
        assert run.file is not None
        assert "bypasses" not in command(owned, "doctor")[1]

        code, _, err = command(copy, "restore", run.file.path)

        assert code == 0, err
        for sql in (
            "SELECT id, workspace_seq FROM memories ORDER BY id",
            "SELECT memory_id, version FROM memory_versions ORDER BY 1",
            "SELECT id, type FROM memory_events ORDER BY 1",
            "SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY 1",
        ):
            assert rows(copy, sql) == rows(owned, sql) != []


async def test_a_superuser_is_told_that_policies_do_not_hold_for_it(memorizer: Memorizer) -> None:
    is_file = memorizer.settings.database_url is None
    [database] = [c for c in await memorizer.services.health.checks() if c.part == "database"]
    assert ("bypasses row-level security" in database.detail) is not is_file
    assert database.ok


async def test_a_store_that_is_restored_stays_itself_and_a_copy_elsewhere_is_another(
    memorizer: Memorizer, tmp_path: Path, database_engine: str, postgres: PostgresServer
) -> None:
    """Where several stores share a Redis, each is known by its id."""
    settings = memorizer.settings
    run = await memorizer.services.backups.make()
    await memorizer.stack.aclose()
    assert run.file is not None
    sql = "SELECT id FROM store"
    [(before,)] = rows(settings, sql)
    code, _, err = command(settings, "restore", run.file.path, "--replace")
    assert code == 0, err
    assert rows(settings, sql) == [(before,)]

    with postgres.database(empty=True) as url:
        is_file = database_engine == "sqlite"
        elsewhere = Settings.model_validate(
            {"data_dir": tmp_path / "elsewhere", "database_url": None if is_file else url}
        )
        code, _, err = command(elsewhere, "restore", run.file.path)
        assert code == 0, err
        [(other,)] = rows(elsewhere, sql)
        assert other not in {"", before}
