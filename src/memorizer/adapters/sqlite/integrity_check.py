"""Check the database file for damage before anything is written to it.

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
"""Files of up to so many bytes are checked at every start."""
MAX_CHECK_SECONDS: Final = 3.0
"""How long the check may take at a start; the rest of a large file is left unchecked."""
VM_STEPS_PER_CHECK: Final = 10_000
MAX_FAULTS: Final = 3
EMPTY_FILE_GRACE_SECONDS: Final = 1.0
"""How long an empty file may be one that another process is creating."""


def check_integrity(path: Path) -> None:
    """Check a small file, or one that was not closed properly, for at most MAX_CHECK_SECONDS.

    Raises StorageDamaged, StorageUnavailable.
    """
    if path.exists() and (_has_wal(path) or path.stat().st_size <= ALWAYS_CHECKED_BYTES):
        _quick_check(path)


def require_content(path: Path) -> None:
    """Raise StorageDamaged where SQLite would silently start a new database."""
    if not path.exists():
        if _has_wal(path):
            raise StorageDamaged(f"{path} is missing, but {_wal_of(path).name} is there.")
        return
    deadline = time.monotonic() + EMPTY_FILE_GRACE_SECONDS
    while path.stat().st_size == 0:
        if time.monotonic() > deadline:
            raise StorageDamaged(
                f"{path} is empty: it has 0 bytes, which no database has. If nothing was ever "
                "stored here, delete it and start again."
            )
        time.sleep(EMPTY_FILE_GRACE_SECONDS / 20)


def _quick_check(path: Path) -> None:
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


def _has_wal(path: Path) -> bool:
    """Whether changes lie beside the file: it is in use, or its last user did not end well."""
    changes = _wal_of(path)
    return changes.exists() and changes.stat().st_size > 0


def _wal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
