"""The files of this repository."""

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LARGEST_BYTES: Final = 2_000_000


def kept_files() -> list[Path]:
    """All files that git has or would take, but for the very large."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = [ROOT / name.decode() for name in listed.split(b"\0") if name]
    return [path for path in paths if path.is_file() and path.stat().st_size < LARGEST_BYTES]
