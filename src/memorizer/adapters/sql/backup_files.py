"""Backup files: written under a temporary name, verified, then renamed."""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from memorizer.domain.backups import BackupFile, BackupProgress, backup_name, is_backup_name
from memorizer.domain.errors import BackupFailed

PART_SUFFIX: Final = ".part"
PRIVATE_FILE_MODE: Final = 0o600
PRIVATE_DIRECTORY_MODE: Final = 0o700
ABANDONED_AFTER_SECONDS: Final = 3_600
"""A temporary file not written to for so long was left behind by a process that was killed."""
ANOTHER_BACKUP_HINT: Final = (
    "Nothing was changed. Name another backup; they lie in `backups` of the data directory, or "
    "where MEMORIZER_BACKUP_DIR says."
)
"""Appended to the error when a backup cannot be restored."""


class Dumper(Protocol):
    """Writes and verifies the backup of one kind of database."""

    @property
    def suffix(self) -> str:
        """The file name suffix of its backups, with the dot."""
        ...

    def store_id(self) -> str:
        """Return the id of the store. Raises StorageUnavailable."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Hold the lock of ports.backups.BackupMaker.lock. Raises BackupRunning."""
        ...

    def write(self, part: Path, watch: BackupProgress) -> None:
        """Copy the whole database into an existing empty file. Raises what `watch` raises."""
        ...

    def verify(self, part: Path, watch: BackupProgress) -> int:
        """Read the whole file. Return its number of memories. Raises BackupFailed."""
        ...


class BackupStore:
    """Implements ports.backups.BackupMaker."""

    def __init__(self, dumper: Dumper) -> None:
        self._dumper = dumper

    def lock(self) -> AbstractContextManager[None]:
        return self._dumper.lock()

    def make(self, directory: Path, at: int, watch: BackupProgress) -> BackupFile:
        with _os_errors_explained(directory):
            directory.mkdir(mode=PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
            self._delete_abandoned_parts(directory)
            target = self._free_name(directory, at)
            part = target.with_name(f"{target.name}.{uuid4().hex[:8]}{PART_SUFFIX}")
            part.touch(mode=PRIVATE_FILE_MODE, exist_ok=False)
            try:
                self._dumper.write(part, watch)
                memories = self._dumper.verify(part, watch)
                replace_durably(part, target)
            finally:
                part.unlink(missing_ok=True)
            return BackupFile(str(target.absolute()), target.stat().st_size, memories)

    def prune(self, directory: Path, keep: int) -> None:
        with _os_errors_explained(directory):
            own = list_backups(directory, self._dumper.suffix, self._dumper.store_id())
            for file in own[keep:]:
                file.unlink(missing_ok=True)

    def _free_name(self, directory: Path, at: int) -> Path:
        """Return a path named for the time, or the next free millisecond."""
        store_id = self._dumper.store_id()
        while (path := directory / f"{backup_name(at, store_id)}{self._dumper.suffix}").exists():
            at += 1
        return path

    def _delete_abandoned_parts(self, directory: Path) -> None:
        """Delete old temporary files; others may be of another store in the same directory."""
        abandoned = time.time() - ABANDONED_AFTER_SECONDS
        for part in directory.glob(f"memorizer-*{self._dumper.suffix}*{PART_SUFFIX}*"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < abandoned:
                    part.unlink()


def list_backups(directory: Path, ending: str, store_id: str | None = None) -> list[Path]:
    """Return the backups of one store or (None) of all in a directory, newest first."""
    if not directory.is_dir():
        return []
    files = [
        file
        for file in directory.iterdir()
        if file.suffix == ending and is_backup_name(file.stem, store_id)
    ]
    return sorted(files, key=lambda file: file.stem, reverse=True)


def replace_durably(part: Path, target: Path) -> None:
    """Rename a file after flushing it, and flush the directory: it survives a power failure."""
    _flush(part)
    part.replace(target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _os_errors_explained(directory: Path) -> Iterator[None]:
    """Raise BackupFailed, with a remedy, for an OSError."""
    try:
        yield
    except OSError as error:
        where = error.filename or directory
        raise BackupFailed(
            f"{where} cannot be written: {error.strerror or error}.",
            "Free space there, or name another directory with MEMORIZER_BACKUP_DIR or --to.",
        ) from error
