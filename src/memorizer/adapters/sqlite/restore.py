"""A backup in the place of the database file: looked at first, and the old one is kept."""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

import apsw

from memorizer.adapters.sql.backup_files import (
    ANOTHER_BACKUP_HINT,
    PART_SUFFIX,
    PRIVATE_FILE_MODE,
    replace_durably,
)
from memorizer.adapters.sql.dialect import rows_as
from memorizer.adapters.sqlite.backup import verify_backup
from memorizer.adapters.sqlite.connection import STORAGE_ERRORS, unavailable
from memorizer.adapters.sqlite.dialect import SQLITE
from memorizer.adapters.sqlite.schema_check import require_own_schema
from memorizer.domain.backups import RestoredDatabase, StoredToken
from memorizer.domain.errors import BackupFailed, Misconfigured

SIDECAR_SUFFIXES: Final = ("-wal", "-journal")
"""What SQLite would take for changes that the file has not got yet. Never without their file."""
LOCK_TIMEOUT_MS: Final = 2_000


def restore(file: Path, path: Path, stamp: str, *, tokens: bool = True) -> RestoredDatabase:
    """Put the file in the place of the database; without `tokens`, it comes back without any.

    Until the last step, which is one rename, the old one is in its place. Raises BackupFailed,
    Misconfigured, StorageUnavailable; nothing has changed then.
    """
    memories = check(file, path)
    store_id = _store_id(path)
    try:
        with _alone(path):
            new = path.with_name(f"{path.name}.restore{PART_SUFFIX}")
            try:
                _copy(file, new)
                verify_backup(new)
                found = _prepare(new, store_id, tokens=tokens)
                kept = _keep(path, stamp)
                replace_durably(new, path)
            finally:
                new.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise BackupFailed(f"{error.filename or path} cannot be written: {reason}.") from error
    return RestoredDatabase(memories, kept, found)


def check(file: Path, path: Path) -> int:
    """Check the backup. Return its number of memories. Raises BackupFailed, Misconfigured."""
    if not file.is_file():
        raise BackupFailed(
            f"There is no file {file}.", "Name a backup that `memorizer backup` made."
        )
    if path.exists() and file.samefile(path):
        raise Misconfigured(f"{file} is the database itself. Name a backup of it.")
    try:
        with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            require_own_schema(connection, str(file))
    except apsw.Error as error:
        raise BackupFailed(
            f"{file} is no backup of Memorizer, or damaged ({error}).", ANOTHER_BACKUP_HINT
        ) from error
    try:
        return verify_backup(file)
    except BackupFailed as error:
        raise BackupFailed(str(error), ANOTHER_BACKUP_HINT) from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Nobody has the old database open, and all its changes are in the file itself."""
    if not path.exists() or path.stat().st_size == 0:
        yield
        return
    with closing(apsw.Connection(str(path))) as connection:
        try:
            connection.set_busy_timeout(LOCK_TIMEOUT_MS)
            connection.execute("PRAGMA journal_mode = DELETE")  # fails if anybody else has it open
            connection.execute("BEGIN EXCLUSIVE")
        except (apsw.BusyError, apsw.LockedError) as error:
            raise Misconfigured(
                f"Another program has {path} open. Stop Memorizer's servers, workers and agents "
                "(`memorizer mcp`) on it, then restore again."
            ) from error
        except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError):
            pass  # that is why somebody restores; it is kept as it is
        except STORAGE_ERRORS as error:
            raise unavailable(error) from error
        yield


def _copy(file: Path, new: Path) -> None:
    """With the changes that may lie beside a file that was copied by hand."""
    new.unlink(missing_ok=True)
    new.touch(mode=PRIVATE_FILE_MODE, exist_ok=False)
    try:
        with (
            closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as source,
            closing(apsw.Connection(str(new))) as target,
        ):
            with target.backup("main", source, "main") as backup:
                backup.step(-1)
            target.execute("PRAGMA journal_mode = DELETE")
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error


def _store_id(path: Path) -> str:
    """Return the id that a restored store has: that of the one whose place it takes.

    In an empty place it is another store than the one it is a copy of. Of a damaged database
    nobody knows: empty for the id of the backup, which most likely is of this store.
    """
    if not path.exists() or path.stat().st_size == 0:
        return uuid4().hex
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            [(store_id,)] = connection.execute("SELECT id FROM store")
    except (apsw.Error, ValueError):
        return ""
    return str(store_id)


def _prepare(new: Path, store_id: str, *, tokens: bool) -> list[StoredToken]:
    """Make it this store's, and say which tokens are in it."""
    with closing(apsw.Connection(str(new))) as connection:
        # an older version has neither tokens nor an id, which it gets with its schema
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
        if "store" in tables and store_id:
            connection.execute("UPDATE store SET id = ?", (store_id,))
        if "tokens" not in tables:
            return []
        if not tokens:
            # with all that hangs on them: sessions, and what clients of OAuth were given
            connection.execute("PRAGMA foreign_keys = ON; DELETE FROM tokens")
        rows = connection.execute(SQLITE.statements["list_unrevoked_tokens"])
        return rows_as(StoredToken, rows)


def _keep(path: Path, stamp: str) -> Path | None:
    """Give the old file a second name; what lies beside it moves along."""
    if not path.exists():
        return None
    kept = path.with_name(f"{path.stem}-before-restore-{stamp}{path.suffix}")
    try:
        os.link(path, kept)
    except OSError:  # a file system without links
        kept.touch(mode=PRIVATE_FILE_MODE, exist_ok=False)
        shutil.copyfile(path, kept)
    for ending in SIDECAR_SUFFIXES:
        beside = path.with_name(path.name + ending)
        if beside.exists():
            beside.replace(kept.with_name(kept.name + ending))
    return kept
