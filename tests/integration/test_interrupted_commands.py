"""Commands that somebody interrupts, or whose output nobody reads, keep nothing from others."""

import asyncio
import os
import signal
from pathlib import Path

import apsw
import psycopg
import pytest

from memorizer.domain.memories import Content
from memorizer.services import Services
from memorizer.settings import Settings
from support import postgres_programs
from support.processes import started, whereabouts
from support.waiting import HANG_SECONDS, wait_until

MEMORIES = 60
CHARACTERS = 5_000
"""Of a memory: all of them are more than the pipe of a process holds (64 KB)."""
COUNT_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
AND backend_type = 'client backend' AND pid <> pg_backend_pid()
AND (backend_xmin IS NOT NULL OR xact_start IS NOT NULL)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def programs(monkeypatch: pytest.MonkeyPatch) -> None:
    postgres_programs.on_path(monkeypatch)


def environment_of(settings: Settings) -> dict[str, str]:
    settings.data_dir.mkdir(exist_ok=True)  # which the server has made where people back up
    return {"data_dir": str(settings.data_dir), **whereabouts(settings)}


def back_up(settings: Settings) -> tuple[int, str]:
    """The exit code of `memorizer backup`, and its complaints."""
    with started("memorizer", "backup", **environment_of(settings)) as process:
        _, err = process.communicate(timeout=HANG_SECONDS)
    return process.returncode, err


async def test_a_backup_ended_by_ctrl_c_leaves_no_file_and_gives_its_lock_back(
    services: Services, settings: Settings, tmp_path: Path
) -> None:
    await services.memories.create(Content("Bees dance."), actor="test")
    begun, go_on = tmp_path / "begun", tmp_path / "go on"

    async def has_begun() -> bool:
        return begun.exists()

    held = ("support.held_backup", str(begun), str(go_on))
    with started(*held, **environment_of(settings)) as process:
        await wait_until(has_begun, description="the backup is in the middle")
        process.send_signal(signal.SIGINT)
        code, err = await asyncio.to_thread(back_up, settings)
        assert (code, "backup" in err) == (1, True), err  # its thread still writes
        assert process.poll() is None
        go_on.touch()
        assert await asyncio.to_thread(process.wait, HANG_SECONDS) == 130
    assert list(settings.backups_dir.iterdir()) == []
    code, err = await asyncio.to_thread(back_up, settings)
    assert code == 0, err
    [file] = settings.backups_dir.iterdir()
    assert file.suffix in {".db", ".dump"}


async def test_an_export_that_nobody_reads_holds_no_transaction(
    services: Services, settings: Settings
) -> None:
    for number in range(MEMORIES):
        text = f"Memory {number} ".ljust(CHARACTERS, "x")
        await services.memories.create(Content(text), actor="test")
    with started("memorizer", "export", "-", **environment_of(settings)) as process:
        assert process.stdout is not None
        first = await asyncio.to_thread(os.read, process.stdout.fileno(), 1)
        await services.memories.create(Content("Meanwhile"), actor="test")

        assert process.poll() is None, "it waits for its reader"
        assert await asyncio.to_thread(_has_transactions, settings) is False

        rest, _ = await asyncio.to_thread(process.communicate, timeout=HANG_SECONDS)
        assert process.returncode == 0
    assert (first.decode() + rest).count("Memory ") >= MEMORIES


def _has_transactions(settings: Settings) -> bool:
    """Whether a snapshot keeps SQLite's log or PostgreSQL's dead rows from being cleared away."""
    if settings.database_url is not None:
        with psycopg.connect(settings.database_url.get_secret_value()) as connection:
            [(number,)] = connection.execute(COUNT_TRANSACTIONS)
            return bool(number)
    database = apsw.Connection(str(settings.database_file))
    [(is_busy, *_)] = database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return bool(is_busy)
