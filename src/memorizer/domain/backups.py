"""Backup files, attempts to make one, and the schedule."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

RETRY_MS: Final = 3_600_000
"""Wait after a failed attempt, unless the interval of backups is shorter."""


_NAME: Final = re.compile(r"memorizer-\d{8}-\d{6}-\d{3}(?:-([0-9a-f]{8}))?")
"""Earlier versions did not name the store."""
STORE_CHARACTERS: Final = 8
"""Of a store's id in the names of its backups."""


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup whose content was verified. `bytes` is its size."""

    path: str
    bytes: int
    memories: int


@dataclass(frozen=True, slots=True)
class BackupRun:
    """An attempt to make a backup, with its file or its error. Times are UTC milliseconds."""

    id: str
    started_at: int
    ended_at: int
    host: str
    file: BackupFile | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Directory, interval (None: only on request) and number of backups that are kept."""

    directory: str
    every_ms: int | None
    keep: int

    def next_at(self, last_good: BackupRun | None, last: BackupRun | None) -> int | None:
        """When the next backup is due (UTC milliseconds, 0: now); None without an interval."""
        if self.every_ms is None:
            return None
        due = 0 if last_good is None else last_good.started_at + self.every_ms
        if last is None or last.error is None:
            return due
        return max(due, last.started_at + min(RETRY_MS, self.every_ms))


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token that was not revoked, as a restored database has it."""

    name: str
    scope: str
    expires_at: int | None
    """UTC milliseconds."""


@dataclass(frozen=True, slots=True)
class RestoredDatabase:
    """What a restore put in place, and where the database of before is, if there was one."""

    memories: int
    kept: Path | None
    tokens: Sequence[StoredToken] = ()


def time_stamp(at: int) -> str:
    """`at` (UTC ms) as a part of file names; sorts by time."""
    return f"{datetime.fromtimestamp(at // 1000, UTC):%Y%m%d-%H%M%S}-{at % 1000:03}"


def backup_name(at: int, store_id: str) -> str:
    """Return the file name, without suffix, of a backup made `at` (UTC ms); it sorts by time."""
    return f"memorizer-{time_stamp(at)}-{store_id[:STORE_CHARACTERS]}"


def is_backup_name(stem: str, store_id: str | None = None) -> bool:
    """Whether `backup_name` makes this file name, for this store or (None) for any."""
    match = _NAME.fullmatch(stem)
    return match is not None and (store_id is None or match[1] == store_id[:STORE_CHARACTERS])


BackupProgress = Callable[[float], None]
"""Called repeatedly with the share done, 0-1; an exception from it ends the backup."""
