"""Detect that the open database file was removed or replaced.

A deleted or replaced file still accepts writes, which are lost when the process ends. So before a
write is acknowledged, check that the path still names the opened file.
"""

from pathlib import Path

from memorizer.domain.errors import StorageUnavailable


class FileIdentity:
    """The device and inode of the file that was opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._opened = _identity(path)

    def require_unchanged(self) -> None:
        """Raise StorageUnavailable when the path leads to no file, or to another one."""
        if _identity(self._path) != self._opened:
            raise StorageUnavailable(
                f"{self._path} was removed or replaced while it was in use; nothing is stored any "
                "more. Put the file back where it was, or restart Memorizer to use what is there "
                "now, after `memorizer restore` if that is nothing."
            )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
