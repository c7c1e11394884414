"""A damaged database file: told apart from a locked one, never begun again, with the way back."""

import asyncio
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from memorizer.adapters.sqlite import connection, integrity_check
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.integrity_check import check_integrity, require_content
from memorizer.adapters.sqlite.restore import restore
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap import open_services
from memorizer.domain.errors import BackupFailed, StorageDamaged, StorageUnavailable
from memorizer.domain.memories import Content
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.processes import started
from support.waiting import HANG_SECONDS

PAGE = 4_096
Damage = Callable[[Path], None]


@pytest.fixture
async def store(settings: Settings) -> Settings:
    """A store with 40 memories, and a backup of it."""
    async with open_services(settings, embedder=WordEmbedder()) as container:
        for number in range(40):
            content = Content(f"Memory number {number} " * 20, title=f"Number {number}")
            await container.services.memories.create(content, actor="test")
        await container.services.backups.make()
    return settings


def change(path: Path, at: int, new: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(new)


def header(path: Path) -> None:
    change(path, 0, b"not SQLite")


def first_page(path: Path) -> None:
    change(path, 100, os.urandom(PAGE - 100))


def a_page_inside(path: Path) -> None:
    with closing(apsw.Connection(str(path))) as file:
        sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'memory_events_by_memory'"
        [(page,)] = file.execute(sql)
    change(path, (page - 1) * PAGE, b"\xff" * 100)


def half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def a_few_bytes(path: Path) -> None:
    os.truncate(path, 50)


def nothing(path: Path) -> None:
    os.truncate(path, 0)


def a_letter(path: Path) -> None:
    path.write_text("Dear Anna, this is no database. " * 200)


@pytest.mark.parametrize(
    "damage", [header, first_page, a_page_inside, half, a_few_bytes, nothing, a_letter]
)
async def test_damage_is_noticed_at_start_and_the_backup_named(
    store: Settings, damage: Damage
) -> None:
    damage(store.database_file)
    before = store.database_file.read_bytes()

    with pytest.raises(StorageDamaged) as told:
        async with open_services(store, examine=True):
            pass

    [backup] = store.backups_dir.iterdir()
    assert f"`memorizer restore {backup} --data-dir {store.data_dir}`" in told.value.hint
    assert store.database_file.read_bytes() == before


@pytest.mark.parametrize("damage", [header, a_letter, nothing, half])
async def test_the_command_that_is_named_brings_everything_back(
    store: Settings, damage: Damage
) -> None:
    [backup] = store.backups_dir.iterdir()
    damage(store.database_file)
    before = store.database_file.read_bytes()

    command = ("memorizer", "restore", str(backup), "--data-dir", str(store.data_dir))
    with started(*command) as process:
        out, err = process.communicate(timeout=HANG_SECONDS)

    assert process.returncode == 0, err
    assert "40 memories restored" in out
    [kept] = store.data_dir.glob("memorizer-before-restore-*.db")
    assert kept.read_bytes() == before
    async with open_services(store, embedder=WordEmbedder(), examine=True) as again:
        assert (await again.services.statistics.totals()).memories == 40


async def test_a_server_on_a_damaged_file_ends_with_the_command_to_run(store: Settings) -> None:
    a_page_inside(store.database_file)
    command = ("memorizer", "start", "--port", "0", "--data-dir", str(store.data_dir))
    with started(*command) as process:
        _, err = process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 1
    assert "is damaged" in err
    assert "hint: Restore the newest backup" in err
    assert "Traceback" not in err


async def test_the_backup_that_is_named_is_one_that_is_whole(store: Settings) -> None:
    [good] = store.backups_dir.iterdir()
    bad = good.with_name("memorizer-29991231-235959-000.db")
    bad.write_bytes(b"half a backup")
    header(store.database_file)

    with pytest.raises(StorageDamaged) as told:
        async with open_services(store):
            pass

    assert str(good) in told.value.hint


@pytest.mark.parametrize("content", [b"half a backup", b"", b"SQLite format 3\0" + b"\xff" * 8_000])
async def test_what_is_no_backup_is_refused_with_where_backups_are(
    store: Settings, tmp_path: Path, content: bytes
) -> None:
    """Not with `memorizer doctor`, which looks at the database and would find nothing wrong."""
    file, before = tmp_path / "file.db", store.database_file.read_bytes()
    file.write_bytes(content)
    with pytest.raises(BackupFailed) as told:
        restore(file, store.database_file, "stamp")
    assert told.value.hint.startswith("Nothing was changed. Name another backup")
    assert store.database_file.read_bytes() == before


async def test_without_any_backup_it_says_so(store: Settings) -> None:
    [backup] = store.backups_dir.iterdir()
    backup.unlink()
    header(store.database_file)
    with pytest.raises(StorageDamaged) as told:
        async with open_services(store):
            pass
    assert "There is no backup" in told.value.hint


async def test_a_locked_file_is_not_called_damaged(
    store: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_MS", 50)
    with closing(apsw.Connection(str(store.database_file))) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable, match="locked") as told:
            await asyncio.to_thread(
                SqliteDatabase, store.database_file, SystemClock(), examine=True
            )
    assert not isinstance(told.value, StorageDamaged)


async def test_changes_beside_a_missing_file_are_not_thrown_away(store: Settings) -> None:
    """SQLite would begin a new database, and delete them."""
    changes = store.database_file.with_name("memorizer.db-wal")
    changes.write_bytes(b"x" * PAGE)
    store.database_file.unlink()
    with pytest.raises(StorageDamaged, match=r"is missing, but memorizer\.db-wal is there"):
        require_content(store.database_file)
    assert changes.exists()


def test_an_empty_file_that_another_process_is_just_making_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "memorizer.db"
    path.touch()
    with closing(apsw.Connection(str(path))) as other:
        looked: list[Path] = []

        def made_meanwhile(_: float) -> None:
            looked.append(path)
            other.execute("PRAGMA journal_mode = WAL")

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("memorizer.adapters.sqlite.integrity_check.time.sleep", made_meanwhile)
            require_content(path)
    assert looked == [path]


async def test_looking_through_takes_no_longer_than_it_may(
    store: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large file that could not be looked through in time may start, damaged or not."""
    a_page_inside(store.database_file)
    monkeypatch.setattr(integrity_check, "MAX_CHECK_SECONDS", 0.0)
    monkeypatch.setattr(integrity_check, "VM_STEPS_PER_CHECK", 1)
    check_integrity(store.database_file)


async def test_a_large_file_that_was_closed_well_is_not_looked_through(
    store: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity_check, "ALWAYS_CHECKED_BYTES", 0)
    a_page_inside(store.database_file)
    check_integrity(store.database_file)
    store.database_file.with_name("memorizer.db-wal").write_bytes(b"x" * PAGE)  # but now it is
    with pytest.raises(StorageDamaged):
        check_integrity(store.database_file)
