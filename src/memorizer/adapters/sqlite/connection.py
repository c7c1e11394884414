"""Opening the database file, and what its errors mean to a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw
import sqlite_vec

from memorizer.domain.errors import StorageDamaged, StorageUnavailable

BUSY_TIMEOUT_MS: Final = 30_000
"""How long one process waits for another's write transaction; ours take milliseconds."""

_REMEDIES: Final[dict[type[apsw.Error], str]] = {
    apsw.FullError: "The disk is full. Free some space; nothing was half-written.",
    apsw.ReadOnlyError: "The database cannot be written. Check the owner and mode of its folder.",
    apsw.CantOpenError: "The database cannot be opened. Check that its folder exists, and that "
    "this process may open more files (`ulimit -n`).",
    apsw.BusyError: "Another program holds the database locked. Find and stop it.",
    apsw.LockedError: "Another program holds the database locked. Find and stop it.",
    apsw.IOError: "Reading or writing the disk failed. Check the disk, and whether a "
    "quota or a limit of this process is reached; nothing was half-written.",
    apsw.CorruptError: "The database file is damaged. It was not changed.",
    apsw.NotADBError: "The file is not a database any more. It was not changed.",
}
STORAGE_ERRORS: Final = tuple(_REMEDIES)


def open_connection(path: Path, *, read_only: bool = False) -> apsw.Connection:
    """Open with the settings every connection shares. Raises StorageUnavailable."""
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.enable_load_extension(True)
        connection.load_extension(sqlite_vec.loadable_path())
        connection.enable_load_extension(False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error
    return connection


@contextmanager
def exclusive(connection: apsw.Connection) -> Iterator[None]:
    """A write transaction that holds the file from its first statement on; undone by any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def unavailable(error: apsw.Error) -> StorageUnavailable:
    """Say what a storage error means and what to do."""
    for kind, remedy in _REMEDIES.items():
        if isinstance(error, kind):
            is_damage = isinstance(error, apsw.CorruptError | apsw.NotADBError)
            return (StorageDamaged if is_damage else StorageUnavailable)(f"{remedy} ({error})")
    return StorageUnavailable(str(error))
