"""Making backups of the whole database, and remembering how that went."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from memorizer.domain.backups import BackupFile, BackupProgress, BackupRun


class BackupMaker(Protocol):
    """Everything takes its time and must not run in the event loop."""

    def lock(self) -> AbstractContextManager[None]:
        """Nobody else makes one meanwhile, in any process. Raises BackupRunning."""
        ...

    def make(self, directory: Path, at: int, watch: BackupProgress) -> BackupFile:
        """A consistent state of the whole database, verified, or no file at all.

        Raises BackupFailed, StorageUnavailable.
        """
        ...

    def prune(self, directory: Path, keep: int) -> None:
        """Remove all but the newest backups from a directory, and nothing else."""
        ...


class BackupLog(Protocol):
    """The attempts. All inside a transaction."""

    def add(self, run: BackupRun) -> None:
        """Keep it, and forget very old ones."""
        ...

    def newest(self, *, limit: int) -> list[BackupRun]:
        """Newest first."""
        ...

    def newest_good(self) -> BackupRun | None:
        """The last one that made a backup."""
        ...
