"""Opening the database file, and what its errors mean to a person."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import apsw
import structlog

from memorizer.adapters.sqlite.fts5_functions import add_frequencies
from memorizer.domain.errors import StorageDamaged, StorageUnavailable

log = structlog.get_logger()

BUSY_TIMEOUT_MS: Final = 30_000
"""How long one process waits for another's write transaction; ours take milliseconds."""
WAL_LIMIT_BYTES: Final = 16_000_000
"""The write-ahead log is cut back to this once all of it is in the database."""

_REMEDIES: Final[dict[type[apsw.Error], str]] = {
    apsw.FullError: "The disk is full. Free some space; nothing was half-written.",
    apsw.ReadOnlyError: "The database cannot be written. Check the owner and mode of its folder.",
    apsw.CantOpenError: "The database cannot be opened. Check that its folder exists, and that "
    "this process may open more files (`ulimit -n`).",
    apsw.BusyError: "Another program holds the database locked. Find and stop it.",
    apsw.LockedError: "Another program holds the database locked. Find and stop it.",
    apsw.ProtocolError: "Another program holds the database locked. Find and stop it.",
    apsw.NoMemError: "There is not enough memory. Stop other programs, or give this one more.",
    apsw.InterruptError: "The database took too long. See what else this machine is doing, and "
    "try again.",
    apsw.SchemaChangeError: "Another program changed the schema of the database. Try again.",
    apsw.PermissionsError: "The database may not be used like this. Check its owner and mode.",
    apsw.AbortError: "The database gave up the transaction. Try again.",
    apsw.IOError: "Reading or writing the disk failed. Check the disk, and whether a "
    "quota or a limit of this process is reached; nothing was half-written.",
    apsw.CorruptError: "The database file is damaged. It was not changed.",
    apsw.NotADBError: "The file is not a database any more. It was not changed.",
}
STORAGE_ERRORS: Final = tuple(_REMEDIES)
"""The file, the disk or the machine is at fault; the whole transaction is in doubt."""
_UNEXPECTED: Final = (
    "SQLite failed in a way that Memorizer does not know. Nothing was half-written. "
    "If it happens again, run `memorizer doctor`, and report it with the log."
)


def _sqlite_vec() -> str:
    """Return the path of the extension; importing its package would load numpy."""
    spec = find_spec("sqlite_vec")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("sqlite_vec is not installed")
    return str(Path(spec.origin).with_name("vec0"))


def open_connection(path: Path, *, read_only: bool = False) -> apsw.Connection:
    """Open with the settings every connection shares. Raises StorageUnavailable."""
    try:
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(BUSY_TIMEOUT_MS)
        connection.enable_load_extension(True)
        connection.load_extension(_sqlite_vec())
        connection.enable_load_extension(False)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
        add_frequencies(connection)
        # the workspaces that a scoped transaction sees, 0 for none; of this connection alone
        connection.execute("CREATE TEMP TABLE scope_workspaces (seq INTEGER PRIMARY KEY)")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:  # what is purged leaves the pages of the file, which backups copy
            connection.execute("PRAGMA secure_delete = ON")
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error
    return connection


@contextmanager
def write_transaction(connection: apsw.Connection) -> Iterator[None]:
    """Hold the file's write lock for a transaction, which any error rolls back."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        roll_back(connection)
        raise


def roll_back(connection: apsw.Connection) -> None:
    """Undo the transaction, unless SQLite did so by itself, as on a full disk."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def force_close(connection: apsw.Connection) -> None:
    """Close a connection that is of no use any more, whatever it says; what it did is undone."""
    with suppress(apsw.Error):
        connection.close(True)  # positional only: by force


def unavailable(error: apsw.Error) -> StorageUnavailable:
    """Say what an error of SQLite means and what to do."""
    for kind, remedy in _REMEDIES.items():
        if isinstance(error, kind):
            is_damage = isinstance(error, apsw.CorruptError | apsw.NotADBError)
            return (StorageDamaged if is_damage else StorageUnavailable)(f"{remedy} ({error})")
    log.error("SQLite failed unexpectedly", exc_info=error)  # then a client's reply is not enough
    return StorageUnavailable(f"{_UNEXPECTED} ({error})")
