"""Backups: what one is, what an attempt came to, when the next is due."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

RETRY_MS: Final = 3_600_000
"""How long after a failed attempt the next one is made, if backups are not made more often."""


_NAME: Final = re.compile(r"memorizer-\d{8}-\d{6}-\d{3}")


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A backup that was opened and found whole."""

    path: str
    bytes: int
    memories: int


@dataclass(frozen=True, slots=True)
class BackupRun:
    """An attempt to make a backup: it has a file, or an error. Times are UTC milliseconds."""

    id: str
    started_at: int
    ended_at: int
    host: str
    file: BackupFile | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where backups go, how often they are made (never without `every_ms`), how many stay."""

    directory: str
    every_ms: int | None
    keep: int

    def next_at(self, last_good: BackupRun | None, last: BackupRun | None) -> int | None:
        """When the next one is due; 0: at once. None where they are not made by themselves."""
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


def backup_name(at: int) -> str:
    """The name of a backup made at this time, without its ending; in the order of time."""
    return f"memorizer-{datetime.fromtimestamp(at // 1000, UTC):%Y%m%d-%H%M%S}-{at % 1000:03}"


def is_backup_name(stem: str) -> bool:
    """Whether a file with this name, without its ending, is one of ours."""
    return _NAME.fullmatch(stem) is not None


BackupProgress = Callable[[float], None]
"""Is told which share is done, again and again; what it raises ends the backup."""
