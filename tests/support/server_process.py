"""`memorizer start` as a process of its own, whose limits and log a test has in its hands."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

from support.processes import started


@dataclass(frozen=True)
class ServerProcess:
    """A server that listens."""

    url: str
    pid: int
    log: list[dict[str, Any]] = field(default_factory=list)
    """What it said since it listens."""

    @contextmanager
    def limited(self, what: int, limit: int) -> Iterator[None]:
        """Lower one of its limits (resource.RLIMIT_…) for a while."""
        soft, hard = resource.prlimit(self.pid, what)
        resource.prlimit(self.pid, what, (limit, hard))
        try:
            yield
        finally:
            resource.prlimit(self.pid, what, (soft, hard))

    def open_files(self) -> int:
        """How many file descriptors it has."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def warnings(self) -> list[str]:
        """The events that were worth a warning, or an error."""
        return [entry["event"] for entry in self.log if entry["level"] in {"warning", "error"}]


@contextmanager
def server_process(data_dir: Path, **settings: str) -> Iterator[ServerProcess]:
    """On a free port, killed at the end."""
    arguments = ("memorizer", "start", "--port", "0", "--data-dir", str(data_dir))
    with started(*arguments, **settings) as process:
        assert process.stderr is not None
        lines = iter(process.stderr)
        listening = next(line for line in lines if '"event": "listening"' in line)
        server = ServerProcess(json.loads(listening)["url"], process.pid)
        # a log that nobody reads would fill its pipe and stop the server
        Thread(target=_read, args=(lines, server.log), daemon=True).start()
        yield server


def _read(lines: Iterator[str], log: list[dict[str, Any]]) -> None:
    for line in lines:  # one by one, as they come
        entry = json.loads(line) if line.startswith("{") else {"level": "raw", "event": line}
        log.append(entry)
