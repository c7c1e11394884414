"""`memorizer start` and `memorizer worker` as processes: how they begin, work and end."""

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.processes import started
from support.waiting import HANG_SECONDS

Process = subprocess.Popen[str]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Process]:
    with started("memorizer", "start", "--port", "0", "--data-dir", str(tmp_path)) as process:
        yield process


def until(process: Process, event: str) -> dict[str, Any]:
    """The log entry of an event; entries before it are skipped."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if f'"event": "{event}"' in line:
            entry: dict[str, Any] = json.loads(line)
            return entry
    raise AssertionError(f"{event!r} was never logged, only: {''.join(lines)}")


def test_a_server_answers_and_ends_with_exit_code_0_on_sigterm(server: Process) -> None:
    url = until(server, "listening")["url"]

    assert httpx.get(f"{url}/healthz", timeout=HANG_SECONDS).json()["status"] == "ok"
    server.terminate()

    assert server.wait(timeout=HANG_SECONDS) == 0


def test_a_stop_ends_streams_that_would_go_on_for_ever(server: Process) -> None:
    url = until(server, "listening")["url"]

    with httpx.stream("GET", f"{url}/api/admin/events", timeout=HANG_SECONDS) as stream:
        lines = stream.iter_lines()
        next(lines)
        server.send_signal(signal.SIGINT)
        list(lines)

    assert server.wait(timeout=HANG_SECONDS) == 0


def test_the_worker_in_the_server_writes_titles_which_the_command_line_can_watch(
    server: Process, tmp_path: Path
) -> None:
    url = until(server, "listening")["url"]
    text = "Honey never spoils."
    reply = httpx.post(f"{url}/api/memories", json={"text": text}, timeout=HANG_SECONDS).json()

    command = ("memorizer", "jobs", "watch", reply["titleJobId"], "--data-dir", str(tmp_path))
    with started(*command) as watcher:
        out, err = watcher.communicate(timeout=HANG_SECONDS)

    assert watcher.returncode == 0, err
    *_, last, result = out.splitlines()
    assert last == "100 %  completed"
    assert json.loads(result.removeprefix("✓ "))["title"]


def test_a_worker_takes_jobs_and_ends_with_exit_code_0_on_ctrl_c(tmp_path: Path) -> None:
    with started("memorizer", "add", "Bees dance.", "--data-dir", str(tmp_path)) as adding:
        adding.communicate(timeout=HANG_SECONDS)
    with started("memorizer", "worker", "--data-dir", str(tmp_path)) as worker:
        ended = until(worker, "job attempt ended")
        worker.send_signal(signal.SIGINT)

        assert ended["state"] == "completed"
        assert ended["job_id"]
        assert worker.wait(timeout=HANG_SECONDS) == 0


def test_a_taken_port_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(
            "memorizer", "start", "--port", str(port), "--data-dir", str(tmp_path / "data")
        ) as server:
            out, err = server.communicate(timeout=HANG_SECONDS)

    assert (server.returncode, out) == (1, "")
    [line] = err.splitlines()
    assert line.startswith(f"error: Port {port} is in use; perhaps Memorizer runs already?")
    assert "Try: memorizer start --port " in line
    assert not (tmp_path / "data").exists()


def test_a_reader_that_goes_away_is_no_error() -> None:
    with started("memorizer", "openapi") as printing:
        assert printing.stdout is not None
        assert printing.stderr is not None
        printing.stdout.close()
        err = printing.stderr.read()
        printing.wait(timeout=HANG_SECONDS)

    assert err == ""
