"""Migrations: all or nothing, with a backup, never backwards."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from memorizer.adapters.sql.migration_files import Migration, migrations
from memorizer.adapters.sqlite import migration
from memorizer.adapters.sqlite.connection import open_connection
from memorizer.adapters.sqlite.migration import PACKAGE, migrate
from memorizer.domain.errors import Misconfigured, StorageUnavailable
from memorizer.domain.memories import digest_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memorizer.db"


def tables(path: Path) -> set[str]:
    connection = open_connection(path)
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    connection.close()
    return {str(name) for (name,) in rows}


def next_step(script: str) -> list[Migration]:
    return [*migrations(PACKAGE), Migration(len(migrations(PACKAGE)) + 1, "next", script)]


def test_a_new_file_gets_every_step_once(path: Path) -> None:
    assert migrate(path) == [step.name for step in migrations(PACKAGE)]
    assert migrate(path) == []


def test_the_file_is_backed_up_before_it_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(path)
    monkeypatch.setattr(migration, "migrations", lambda _: next_step("CREATE TABLE new (a)"))
    assert migrate(path) == ["next"]
    [backup] = path.parent.glob("*before-schema*")
    assert "new" in tables(path)
    assert "new" not in tables(backup)
    assert "memories" in tables(backup)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond that, as if a quota were reached."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_half_a_backup_is_never_taken_for_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(path)
    monkeypatch.setattr(migration, "migrations", lambda _: next_step("CREATE TABLE new (a)"))
    with files_of_at_most(path.stat().st_size // 2), pytest.raises(StorageUnavailable):
        migrate(path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert "new" not in tables(path)

    migrate(path)

    [backup] = path.parent.glob("*before-schema*")
    assert {"memories", "jobs"} <= tables(backup)


def test_nobody_else_may_read_what_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the folder is open to others, as many that were made by hand are."""
    path.parent.chmod(0o755)
    migrate(path)
    monkeypatch.setattr(migration, "migrations", lambda _: next_step("CREATE TABLE new (a)"))
    connection = open_connection(path)
    migrate(path)

    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    connection.close()
    assert len(modes) == 4  # the changes that SQLite keeps beside its file are as private
    assert set(modes.values()) == {0o600}, modes


def test_a_step_that_fails_leaves_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(path)
    broken = next_step("CREATE TABLE half (a); INSERT INTO nowhere VALUES (1)")
    with monkeypatch.context() as patched:
        patched.setattr(migration, "migrations", lambda _: broken)
        with pytest.raises(apsw.SQLError):
            migrate(path)
    assert "half" not in tables(path)
    assert migrate(path) == []


def test_a_disk_that_is_full_in_the_middle_of_a_step_is_called_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(path)
    much = next_step("CREATE TABLE much AS SELECT randomblob(4000000) AS bytes")

    def opened(path: Path) -> apsw.Connection:
        connection = open_connection(path)
        connection.pragma("max_page_count", connection.pragma("page_count") + 2)
        return connection

    with monkeypatch.context() as patched:
        patched.setattr(migration, "migrations", lambda _: much)
        patched.setattr(migration, "open_connection", opened)
        with pytest.raises(StorageUnavailable, match="The disk is full"):
            migrate(path)
    assert "much" not in tables(path)
    assert migrate(path) == []


def test_a_newer_schema_is_refused_and_not_touched(path: Path) -> None:
    migrate(path)
    connection = open_connection(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Misconfigured, match="newer Memorizer"):
        migrate(path)
    assert path.read_bytes() == before


def test_old_texts_with_windows_line_ends_are_known_as_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(migration, "migrations", lambda _: migrations(PACKAGE)[:11])
        migrate(path)
    connection = open_connection(path)
    connection.execute(
        "INSERT INTO memories (id, type, source, confidence, version, created_at, updated_at,"
        " embedding_status, text, text_digest)"
        " VALUES ('1', 'note', 'test', 1, 1, 0, 0, 'pending', ?, 'old')",
        ("Tea.\r\nCup.",),
    )
    connection.execute(
        "INSERT INTO replies (key, fingerprint, memory_id, embedding_status, at)"
        " VALUES ('k1', 'print', '1', 'ready', 7)"
    )
    connection.close()

    migrate(path)

    connection = open_connection(path)
    found = connection.execute("SELECT text_digest FROM memories").fetchall()
    replies = connection.execute("SELECT caller, key, memory_id, at FROM replies").fetchall()
    connection.close()
    assert found == [(digest_of("Tea.\nCup."),)]
    assert replies == [("local", "k1", "1", 7)]


def test_old_memories_get_the_digests_of_their_texts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(migration, "migrations", lambda _: migrations(PACKAGE)[:7])
        migrate(path)
    connection = open_connection(path)
    connection.execute(
        "INSERT INTO memories (id, type, source, confidence, version, created_at, updated_at,"
        " embedding_status, text) VALUES ('1', 'note', 'test', 1, 1, 0, 0, 'pending', ?)",
        ("Grüner Tee \U0001f375",),
    )
    connection.close()

    migrate(path)

    connection = open_connection(path)
    found = connection.execute("SELECT text_digest FROM memories").fetchall()
    connection.close()
    assert found == [(digest_of("Grüner Tee \U0001f375"),)]
