"""Backup of the database file while others write, with SQLite's online backup API."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

import apsw

from memorizer.adapters.sqlite.connection import STORAGE_ERRORS, open_connection, unavailable
from memorizer.domain.backups import BackupProgress
from memorizer.domain.errors import BackupFailed, BackupRunning

SUFFIX: Final = ".db"
PAGES_PER_STEP: Final = 2_000
"""Pages copied between two reports of progress; 8 MB."""
VM_STEPS_PER_CHECK: Final = 1_000_000
"""Of SQLite's machine between two looks while the copy is examined; some milliseconds."""


class SqliteDumper:
    """Implements adapters.sql.backup_store.Dumper."""

    suffix = SUFFIX

    def __init__(self, path: Path) -> None:
        self._path = path

    def store_id(self) -> str:
        try:
            with closing(open_connection(self._path, read_only=True)) as connection:
                [(store_id,)] = connection.execute("SELECT id FROM store")
        except STORAGE_ERRORS as error:
            raise unavailable(error) from error
        return str(store_id)

    @contextmanager
    def lock(self) -> Iterator[None]:
        # SQLite's own lock on a file beside: the system lets go of it with its process
        with closing(apsw.Connection(str(self._path.with_name("backup.lock")))) as lock:
            try:
                lock.execute("BEGIN EXCLUSIVE")
            except apsw.BusyError as error:
                raise BackupRunning from error
            except STORAGE_ERRORS as error:
                raise unavailable(error) from error
            yield

    def write(self, part: Path, watch: BackupProgress) -> None:
        try:
            with (
                closing(open_connection(self._path, read_only=True)) as source,
                closing(apsw.Connection(str(part))) as target,
            ):
                # inside a transaction the source stands still, else each write begins it anew
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_schema").fetchall()
                _copy(source, target, watch)
                target.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside
        except STORAGE_ERRORS as error:
            raise unavailable(error) from error

    def verify(self, part: Path, watch: BackupProgress) -> int:
        return verify_backup(part, watch)


def verify_backup(file: Path, watch: BackupProgress = lambda _: None) -> int:
    """Look at every page, and count the memories. Raises BackupFailed."""
    try:
        with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            connection.set_progress_handler(partial(_report_progress, watch), VM_STEPS_PER_CHECK)
            faults = [str(fault) for (fault,) in connection.execute("PRAGMA quick_check(3)")]
            if faults != ["ok"]:
                raise BackupFailed(f"{file} is damaged: {'; '.join(faults)}.")
            [(memories,)] = connection.execute("SELECT count(*) FROM visible_memories")
            return int(memories)
    except apsw.Error as error:
        raise BackupFailed(f"{file} is no backup of Memorizer, or damaged ({error}).") from error


def _report_progress(watch: BackupProgress) -> bool:
    """Return False, which continues the statement; what `watch` raises aborts it."""
    watch(1.0)
    return False


def _copy(source: apsw.Connection, target: apsw.Connection, watch: BackupProgress) -> None:
    with target.backup("main", source, "main") as backup:
        while not backup.done:
            backup.step(PAGES_PER_STEP)
            watch(1 - backup.remaining / max(backup.page_count, 1))
