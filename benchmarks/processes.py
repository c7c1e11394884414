"""Other processes of ours, started, asked over HTTP, and ended."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PATIENCE_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 0.005


@contextmanager
def started(*arguments: str | Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m ARGUMENTS` without settings from the environment; ended as by Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("MEMORIZER_")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def address(port: int) -> str:
    """Where a process of ours listens."""
    return f"http://127.0.0.1:{port}"


def wait_for_answer(port: int) -> None:
    """Return with the first answer of /healthz."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _answers(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing answers on port {port}")
        time.sleep(AGAIN_SECONDS)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()


def resident_mb(pid: int) -> float:
    """The memory a process holds, in MB of 2^20 bytes."""
    reply = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True)
    return int(reply.stdout) / 1024


def processor_seconds(pid: int) -> float:
    """What a process has used of all cores so far."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
