"""A virtual environment for each peer, made when it is wanted first and kept.

requirements/PEER.txt is what `uv pip freeze` says where the peer was installed together with
what its driver needs: onnxruntime and tokenizers for the model, pysqlite3-binary for vectors in
SQLite, hiredis so that every client of Redis parses as fast.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from benchmarks.processes import ROOT

REQUIREMENTS: Final = Path(__file__).parent / "requirements"
KEPT: Final = ROOT / "benchmarks" / "results"
NEEDS_PYTHON: Final = {"basic-memory": "3.12"}
LONGEST_REASON: Final = 200
PYENV: Final = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))


class NotInstalled(Exception):
    """There is no environment for a peer, and why."""


def requirements(peer: str) -> str:
    """What is installed for it: every package, with its version."""
    return (REQUIREMENTS / f"{peer}.txt").read_text(encoding="utf-8")


def python_of(peer: str) -> Path:
    """The interpreter that can import the peer. Raises NotInstalled."""
    folder = KEPT / "venvs" / peer
    installed = folder / "installed.txt"
    if not installed.exists() or installed.read_text(encoding="utf-8") != requirements(peer):
        _uv("venv", "--clear", "--python", _interpreter(peer), folder)
        # the list is complete, and some peers demand others that do not exist yet
        _uv("pip", "install", "--no-deps", "--python", folder, "-r", REQUIREMENTS / f"{peer}.txt")
        installed.write_text(requirements(peer), encoding="utf-8")
    return folder / "bin" / "python"


def _interpreter(peer: str) -> str:
    """This one, or one that is new enough; uv looks into the path and fetches one if it may."""
    wanted = NEEDS_PYTHON.get(peer)
    if wanted is None:
        return sys.executable
    found = sorted(PYENV.glob(f"versions/{wanted}.*/bin/python"))
    return str(found[-1]) if found else wanted


def _uv(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "uv", "--quiet", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotInstalled(" ".join(done.stderr.split())[:LONGEST_REASON])
