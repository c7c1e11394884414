"""Where the browser of the browser tests is, and how it gets there.

`python tests/support/chromium.py` installs one if there is none.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Chromium as distributions call it."""


def find() -> str | None:
    """The path of a Chromium: Playwright's own, else the machine's."""
    own = Path(playwright_path())
    return str(own) if own.is_file() else next(filter(None, map(shutil.which, NAMES)), None)


def playwright_path() -> str:
    """Where Playwright would have its own Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - starts a process

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def install() -> None:
    """Install a Chromium: Playwright's own, else Debian's if we are root."""
    if _succeeds(sys.executable, "-m", "playwright", "install", "chromium"):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _succeeds("apt-get", "install", "-y", "-q", "chromium")


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


if __name__ == "__main__":
    if find() is None:
        install()
    found = find()
    sys.stdout.write(f"Browser tests run in {found}.\n" if found else "There is no Chromium.\n")
