"""A user who never ran anything here: an empty home, and an environment that says nothing."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from support import isolated_network
from support.processes import TESTS

KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""Of our own environment. Not CI: libraries stop reporting to their makers when they see it."""
EVERYDAY_USE = (sys.executable, "-m", "support.everyday_use")
PROGRAM = Path(sys.executable).with_name("memorizer")


@dataclass(frozen=True)
class FreshHome:
    """Its data directory is the usual one, `~/.memorizer`."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def data_dir(self) -> Path:
        return self.home / ".memorizer"

    def environment(self, **more: str) -> dict[str, str]:
        """Creates the folders that it names."""
        folders = {"HOME": self.home, "TMPDIR": self.root / "tmp"}
        for folder in folders.values():
            folder.mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        own = {name: str(folder) for name, folder in folders.items()}
        return {**kept, **own, "PYTHONPATH": str(TESTS), **more}

    def run(self, *command: str, **variables: str) -> None:
        """Fails with what it said if it fails."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def packets(self, *command: str, **variables: str) -> list[str]:
        """Where packets went while the command ran, this machine left out."""
        report = self.root / "report.json"
        self.run(*isolated_network.command(report, *command), **variables)
        places: list[str] = json.loads(report.read_text())
        report.unlink()
        return places

    def files_elsewhere(self) -> list[str]:
        """All files that are not in the data directory."""
        return sorted(
            str(path.relative_to(self.root))
            for path in self.root.rglob("*")
            if path.is_file() and not path.is_relative_to(self.data_dir)
        )
