"""Nothing leaves the machine, and nothing is left on it outside the data directory."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support import isolated_network
from support.fresh_home import EVERYDAY_USE, PROGRAM, FreshHome
from support.processes import TESTS
from support.stdio_process import StdioProcess
from support.waiting import HANG_SECONDS

MODULE = (sys.executable, "-m", "memorizer")
NATIVE_LOOKUP = "import ctypes; ctypes.CDLL(None).getaddrinfo(b'example.org', None, None, bytes(8))"
PYTHON_LOOKUP = "import socket\ntry: socket.getaddrinfo('example.org', 443)\nexcept OSError: pass"

alone = pytest.mark.skipif(
    not isolated_network.is_possible(), reason="needs Linux with user namespaces"
)


@pytest.fixture
def fresh(tmp_path: Path) -> FreshHome:
    return FreshHome(tmp_path)


@pytest.mark.timeout(900)  # many commands, each starts a process
def test_no_command_leaves_a_file_outside_the_data_directory(fresh: FreshHome) -> None:
    notes = fresh.data_dir / "notes.md"
    fresh.run(str(PROGRAM), "add", "Bees dance to point.")
    assert fresh.data_dir.is_dir()
    notes.write_text("Ants leave a trail.\n")
    for command in (
        (*MODULE, "add", "Ship on Thursdays"),
        (*MODULE, "search", "insects that show the way"),
        (*MODULE, "import", str(notes)),
        (*MODULE, "reembed", "--watch"),
        (*MODULE, "duplicates"),
        (*MODULE, "export", str(fresh.data_dir / "all.jsonl")),
        (*MODULE, "backup"),
        (*MODULE, "doctor"),
        (*MODULE, "models", "list"),
        (*MODULE, "token", "list"),
        (*MODULE, "openapi"),
    ):
        fresh.run(*command)

        assert fresh.files_elsewhere() == [], command


@pytest.mark.parametrize("command", ["start", "worker"])
def test_no_process_that_stays_leaves_one(command: str, fresh: FreshHome) -> None:
    words = [*MODULE, command, *(("--port", "0") if command == "start" else ())]
    with subprocess.Popen(
        words, cwd=fresh.root, env=fresh.environment(), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if '"level": "info"' in line)
        fresh.run(*MODULE, "add", "Bees dance to point.")
        fresh.run(*MODULE, "search", "insects")
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=HANG_SECONDS)
    assert process.returncode == 0

    assert fresh.files_elsewhere() == []


@pytest.mark.parametrize("is_short", [True, False])
def test_no_conversation_with_an_agent_leaves_one(is_short: bool, fresh: FreshHome) -> None:
    with subprocess.Popen(
        [*MODULE, "mcp", *(() if is_short else (f"--data-dir={fresh.data_dir}",))],
        cwd=fresh.root,
        env=fresh.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        agent = StdioProcess(process)
        agent.hello()
        agent.call("store", text="Bees dance to point.")
        assert agent.end() == 0

    assert (fresh.data_dir / "memorizer.db").exists()
    assert fresh.files_elsewhere() == []


def test_whoever_wants_the_reports_is_left_alone(fresh: FreshHome) -> None:
    code = "import os, memorizer; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    for given, kept in (({}, "1"), ({"ORT_DISABLE_TELEMETRY": "0"}, "0")):
        asked = [sys.executable, "-c", code]
        said = subprocess.check_output(asked, env=fresh.environment(**given), text=True)
        assert said.strip() == kept


@alone
@pytest.mark.timeout(900)
def test_in_everyday_use_no_packet_goes_elsewhere(fresh: FreshHome) -> None:
    assert fresh.packets(*EVERYDAY_USE) == []
    assert fresh.files_elsewhere() == []


@alone
@pytest.mark.parametrize("lookup", [NATIVE_LOOKUP, PYTHON_LOOKUP])
def test_a_packet_that_goes_elsewhere_would_be_seen(lookup: str, fresh: FreshHome) -> None:
    assert fresh.packets(sys.executable, "-c", lookup) == ["192.0.2.53 port 53"]


@pytest.mark.timeout(900)
def test_in_everyday_use_python_asks_for_nothing_elsewhere(fresh: FreshHome) -> None:
    assert audited(fresh, *EVERYDAY_USE) == ""


def test_what_python_asks_for_elsewhere_would_be_seen(fresh: FreshHome) -> None:
    assert audited(fresh, sys.executable, "-c", PYTHON_LOOKUP) == (
        "socket.getaddrinfo example.org\n"
    )


def audited(fresh: FreshHome, *command: str) -> str:
    """What Python was asked to reach while the command ran, this machine left out."""
    log = fresh.root / "audit.txt"
    log.touch()
    path = f"{TESTS / 'support' / 'audited'}:{TESTS}"
    fresh.run(*command, PYTHONPATH=path, MEMORIZER_TEST_AUDIT=str(log))
    return log.read_text()
