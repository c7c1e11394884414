"""What the mirror wrote into its folder: a small SQLite file in it, and the lock of its writer."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from memorizer.domain.errors import MirrorFailed
from memorizer.ports.mirror import MirrorState

FILE: Final = "mirror.db"
LOCK: Final = "lock"
BUSY_SECONDS: Final = 5.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS files (
  path TEXT PRIMARY KEY, memory_id TEXT NOT NULL, stamp TEXT NOT NULL, digests TEXT NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (
  only INTEGER PRIMARY KEY CHECK (only = 1), store_id TEXT NOT NULL, at INTEGER NOT NULL,
  marker TEXT NOT NULL, notes INTEGER NOT NULL, problems INTEGER NOT NULL, problem TEXT NOT NULL
);
"""


class Entry(NamedTuple):
    """A file that the mirror wrote, or is about to write.

    `digests` has that of its content, and behind a blank that of the content which it replaces;
    `stamp` is empty until it is written.
    """

    path: str
    memory_id: str
    stamp: str
    digests: str
    size: int = -1
    mtime_ns: int = -1

    @property
    def was_written(self) -> bool:
        """Whether it is more than an intent: whatever is there now is the mirror's to replace."""
        return bool(self.stamp) or " " in self.digests


class Ledger:
    """The files of the mirror. Raises sqlite3.Error."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def entries(self) -> dict[str, Entry]:
        """Return all by path; without those that would lead out of the folder."""
        rows = self._connection.execute("SELECT * FROM files")
        return {row[0]: Entry(*row) for row in rows if _is_inside(row[0])}

    def put(self, entries: Iterable[Entry], gone: Iterable[str] = ()) -> None:
        """Write and delete entries in one transaction."""
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)", entries
            )
            self._connection.executemany(
                "DELETE FROM files WHERE path = ?", [(path,) for path in gone]
            )

    def store_id(self) -> str | None:
        """Return whose mirror it is; None for a new one."""
        row = self._connection.execute("SELECT store_id FROM state").fetchone()
        return None if row is None else str(row[0])

    def state(self) -> MirrorState | None:
        """Return what was written last."""
        row = self._connection.execute(
            "SELECT at, marker, notes, problems, problem FROM state WHERE marker <> ''"
        ).fetchone()
        return None if row is None else MirrorState(*row)

    def set_state(self, store_id: str, state: MirrorState) -> None:
        """Write what was written last."""
        values = (store_id, state.at, state.marker, state.notes, state.problems, state.problem)
        self._connection.execute(
            "INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?, ?, ?, ?)", values
        )


@contextmanager
def opened(folder: Path) -> Iterator[Ledger]:
    """Open the ledger in a folder. A damaged one is begun anew: files say whose they are.

    Raises sqlite3.Error.
    """
    file = folder / FILE
    with closing(_connect(file)) as connection:
        try:
            connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            connection.close()
            file.unlink()
            with closing(_connect(file)) as anew:
                anew.executescript(_SCHEMA)
                yield Ledger(anew)
            return
        yield Ledger(connection)


@contextmanager
def locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of the only writer; False while another one has it. Raises sqlite3.Error.

    It is SQLite's on a file: the system lets go of it with its process.
    """
    with closing(sqlite3.connect(folder / LOCK, timeout=0, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            yield False
            return
        yield True


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)


def explained(error: sqlite3.Error | OSError, folder: Path) -> MirrorFailed:
    """Return the error as a person is told it."""
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    place = getattr(error, "filename", None)
    inside = ""
    with suppress(TypeError, ValueError):
        inside = f", at {Path(place).relative_to(folder)}" if place else ""
    return MirrorFailed(
        f"The mirror {folder} cannot be written: {reason}{inside}.",
        hint="Make the folder writable for the user who runs Memorizer, or free some space; what "
        "is missing is written then. Nothing else waits for it.",
    )


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\\" not in path
