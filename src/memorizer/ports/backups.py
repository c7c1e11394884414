"""Making backups of the whole database, and the log of attempts."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from memorizer.domain.backups import BackupFile, BackupProgress, BackupRun


class BackupMaker(Protocol):
    """Makes backup files. All methods block: call them outside of the event loop."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the lock against concurrent backups of any process. Raises BackupRunning."""
        ...

    def make(self, directory: Path, at: int, watch: BackupProgress) -> BackupFile:
        """Write and verify a backup; leave no file when that fails.

        `at` (UTC milliseconds) names the file; `watch` is called with the share done, 0-1.

        Raises BackupFailed, StorageUnavailable.
        """
        ...

    def prune(self, directory: Path, keep: int) -> None:
        """Delete all but the newest `keep` backups of this store, and no other files.

        Other stores may keep theirs in the same directory. Raises BackupFailed,
        StorageUnavailable.
        """
        ...


class BackupLog(Protocol):
    """The log of backup attempts, inside a transaction."""

    def add(self, run: BackupRun) -> None:
        """Insert an attempt and delete very old ones."""
        ...

    def newest(self, *, limit: int) -> list[BackupRun]:
        """Return the latest attempts, newest first."""
        ...

    def newest_good(self) -> BackupRun | None:
        """Return the latest attempt that succeeded; None if none ever did."""
        ...
