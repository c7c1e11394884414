"""A driver in the environment of its peer, asked over pipes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final

from benchmarks.peers.venvs import python_of
from benchmarks.processes import ROOT

OURS: Final = "memorizer"
GRACE_SECONDS: Final = 5.0


class PeerFailed(Exception):
    """What the peer said instead of an answer."""


class Peer:
    """A running driver."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self.name = name
        self._requests: IO[str] | None = process.stdin
        self._replies: IO[str] | None = process.stdout

    def ask(self, do: str, **what: Any) -> Any:
        """Wait for the answer. Raises PeerFailed."""
        assert self._requests is not None
        assert self._replies is not None
        try:
            print(json.dumps({"do": do, **what}), file=self._requests, flush=True)
        except BrokenPipeError:
            raise PeerFailed(f"{self.name} ended; see its log") from None
        reply = json.loads(self._replies.readline() or '{"error": "ended; see its log"}')
        if "error" in reply:
            raise PeerFailed(f"{self.name}: {reply['error']}")
        return reply["answer"]


@contextmanager
def running(name: str, home: Path) -> Iterator[Peer]:
    """Start the driver of this name; what it writes for itself goes under `home`."""
    home.mkdir(parents=True, exist_ok=True)
    python = sys.executable if name == OURS else python_of(name)
    module = f"benchmarks.peers.drivers.{name.replace('-', '_')}"
    with (
        (home / "log.txt").open("a") as log,
        subprocess.Popen(
            [python, "-m", module],
            cwd=ROOT,
            env=_environment(home),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield Peer(name, process)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    """By the end of its requests; a driver that is still busy is not waited for long."""
    assert process.stdin is not None
    with suppress(BrokenPipeError):
        process.stdin.close()
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _environment(home: Path) -> dict[str, str]:
    """Its own home, no settings of ours, and no look at the network for models."""
    mine = {k: v for k, v in os.environ.items() if not k.startswith("MEMORIZER_")}
    return {**mine, "HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
