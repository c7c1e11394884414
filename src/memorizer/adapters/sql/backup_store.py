"""Backups as files: under a working name until they are whole, then under their own."""

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
"""A working file that nobody wrote to for so long was left behind by a process that was killed."""
ANOTHER_BACKUP_HINT: Final = (
    "Nothing was changed. Name another backup; they lie in `backups` of the data directory, or "
    "where MEMORIZER_BACKUP_DIR says."
)
"""What to do when one cannot be restored."""

UNREVOKED_TOKENS: Final = (
    "SELECT name, scope, expires_at FROM tokens WHERE revoked_at IS NULL ORDER BY created_at, id"
)


class Dumper(Protocol):
    """How one kind of database is copied into a file."""

    @property
    def suffix(self) -> str:
        """Of the names of its backups, with the dot."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """As ports.backups.BackupMaker has it."""
        ...

    def write(self, part: Path, watch: BackupProgress) -> None:
        """Copy everything into this file, which is there and empty."""
        ...

    def verify(self, part: Path, watch: BackupProgress) -> int:
        """Open it, read all of it, and count its memories. Raises BackupFailed."""
        ...


class BackupStore:
    """Fulfils ports.backups.BackupMaker."""

    def __init__(self, copier: Dumper) -> None:
        self._copier = copier

    def lock(self) -> AbstractContextManager[None]:
        return self._copier.lock()

    def make(self, directory: Path, at: int, watch: BackupProgress) -> BackupFile:
        with _explained(directory):
            directory.mkdir(mode=PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
            self._clear_away(directory)
            target = self._free_name(directory, at)
            part = target.with_name(f"{target.name}.{uuid4().hex[:8]}{PART_SUFFIX}")
            part.touch(mode=PRIVATE_FILE_MODE, exist_ok=False)
            try:
                self._copier.write(part, watch)
                memories = self._copier.verify(part, watch)
                replace_durably(part, target)
            finally:
                part.unlink(missing_ok=True)
            return BackupFile(str(target.absolute()), target.stat().st_size, memories)

    def prune(self, directory: Path, keep: int) -> None:
        with _explained(directory):
            for file in list_backups(directory, self._copier.suffix)[keep:]:
                file.unlink(missing_ok=True)

    def _free_name(self, directory: Path, at: int) -> Path:
        """Two may be made within a millisecond, if somebody insists."""
        while (path := directory / f"{backup_name(at)}{self._copier.suffix}").exists():
            at += 1
        return path

    def _clear_away(self, directory: Path) -> None:
        """What a process that was killed left behind; another store may share the directory."""
        abandoned = time.time() - ABANDONED_AFTER_SECONDS
        for part in directory.glob(f"memorizer-*{self._copier.suffix}*{PART_SUFFIX}*"):
            with suppress(FileNotFoundError):
                if part.stat().st_mtime < abandoned:
                    part.unlink()


def list_backups(directory: Path, ending: str) -> list[Path]:
    """The backups in a directory, newest first."""
    if not directory.is_dir():
        return []
    files = [
        file for file in directory.iterdir() if file.suffix == ending and is_backup_name(file.stem)
    ]
    return sorted(files, key=lambda file: file.stem, reverse=True)


def replace_durably(part: Path, target: Path) -> None:
    """Give a file its name, once it is on the disk for sure."""
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
def _explained(directory: Path) -> Iterator[None]:
    """Raises BackupFailed for what the file system refuses."""
    try:
        yield
    except OSError as error:
        where = error.filename or directory
        raise BackupFailed(
            f"{where} cannot be written: {error.strerror or error}.",
            "Free space there, or name another directory with MEMORIZER_BACKUP_DIR or --to.",
        ) from error
