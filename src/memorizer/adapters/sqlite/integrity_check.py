"""Whether the database file is whole, looked at before anything is written to it.

SQLite takes an empty file for a new database, and throws away changes that lie beside it. What
it notices by itself, it notices when it comes to the damaged page: maybe in weeks.
"""

import time
from contextlib import closing
from pathlib import Path
from typing import Final

import apsw

from memorizer.adapters.sqlite.connection import STORAGE_ERRORS, open_connection, unavailable
from memorizer.domain.errors import StorageDamaged

ALWAYS_CHECKED_BYTES: Final = 16_000_000
"""Bytes that are read in a moment, so that they always are."""
MAX_CHECK_SECONDS: Final = 3.0
"""How long a start may look; a large file of which it saw only a part may start."""
VM_STEPS_PER_CHECK: Final = 10_000
MAX_FAULTS: Final = 3
EMPTY_FILE_GRACE_SECONDS: Final = 1.0
"""How long an empty file may be one that another process is just making."""


def check_integrity(path: Path) -> None:
    """Look through a file, as far as that takes no time at all or may be needed.

    Raises StorageDamaged, StorageUnavailable.
    """
    if path.exists() and (_was_left_open(path) or path.stat().st_size <= ALWAYS_CHECKED_BYTES):
        _look_through(path)


def require_content(path: Path) -> None:
    """Raises StorageDamaged where SQLite would begin anew on what is left of a database."""
    if not path.exists():
        if _was_left_open(path):
            raise StorageDamaged(f"{path} is missing, but {_changes(path).name} is there.")
        return
    deadline = time.monotonic() + EMPTY_FILE_GRACE_SECONDS
    while path.stat().st_size == 0:
        if time.monotonic() > deadline:
            raise StorageDamaged(
                f"{path} is empty: it has 0 bytes, which no database has. If nothing was ever "
                "stored here, delete it and start again."
            )
        time.sleep(EMPTY_FILE_GRACE_SECONDS / 20)


def _look_through(path: Path) -> None:
    deadline = time.monotonic() + MAX_CHECK_SECONDS
    try:
        with closing(open_connection(path, read_only=True)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, VM_STEPS_PER_CHECK)
            rows = connection.execute(f"PRAGMA quick_check({MAX_FAULTS})")
            faults = [str(fault) for (fault,) in rows]
    except apsw.InterruptError:
        return
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error
    if faults != ["ok"]:
        found = "; ".join(" ".join(fault.split()) for fault in faults)
        raise StorageDamaged(f"{path} is damaged ({found}). It was not changed.")


def _was_left_open(path: Path) -> bool:
    """Whether changes lie beside the file: it is in use, or its last user did not end well."""
    changes = _changes(path)
    return changes.exists() and changes.stat().st_size > 0


def _changes(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
