"""Packages of npm that tests need, installed once, however many processes want them."""

import fcntl
import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

INSTALL = (
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
)


def install(folder: Path, npm: Sequence[str], environment: Mapping[str, str]) -> None:
    """Install what the folder's lock file names; skips the test where npm cannot."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".installed"
    with (folder / ".gitignore").open() as shared:
        fcntl.flock(shared, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == lock:
            return
        command = [*npm, *INSTALL]
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"npm could not install the packages of {folder.name}: {done.stderr}")
        stamp.write_text(lock)
