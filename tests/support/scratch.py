"""Where tests write: into memory, where the system has a place for that.

Thousands of small databases are made and dropped, and each waits for the disk again and again.
A process that is killed leaves the same behind in memory; only a machine that dies would not.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - folders in it have random names
ENOUGH_BYTES: Final = 2_000_000_000
"""A run of all tests takes a third of it; containers often have 64 MB there."""


def scratch() -> Path:
    """A folder in memory, else the one for temporary files."""
    if IN_MEMORY.is_dir() and _serves(IN_MEMORY):
        return IN_MEMORY
    return Path(tempfile.gettempdir())


def _serves(folder: Path) -> bool:
    """Whether there is room, and programs that tests put there may be started."""
    may_start = not os.statvfs(folder).f_flag & os.ST_NOEXEC
    return may_start and os.access(folder, os.W_OK) and _room(folder) > ENOUGH_BYTES


def _room(folder: Path) -> int:
    return shutil.disk_usage(folder).free
