"""New files that nobody else may read: they hold what somebody remembers."""

import os
from pathlib import Path
from typing import IO, Final

PRIVATE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
_NEW: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)
"""Never a file, nor a link, that somebody else put there."""


def create(path: Path) -> IO[bytes]:
    """Open a new file for writing. Raises FileExistsError where there is one, or a link."""
    return open(os.open(path, _NEW, PRIVATE), "wb")  # noqa: PTH123 - with a mode from the beginning
