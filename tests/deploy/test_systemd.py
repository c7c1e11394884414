"""deploy/systemd."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from memorizer.cli import session
from support.deployment import SYSTEMD, require_command, units

PROGRAM = "/opt/memorizer/bin/memorizer"
MAX_EXPOSURE = 2.0
"""On systemd's scale from 0, for nothing, to 10, for everything."""
UNITS = units()
ANALYZE = shutil.which("systemd-analyze")

each_unit = pytest.mark.parametrize("name", UNITS)
with_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not here")


@each_unit
@with_systemd
def test_systemd_understands_it(name: str, tmp_path: Path) -> None:
    result = _analyzed("verify", "--man=no", str(_installed(name, tmp_path)))

    assert (result.stdout + result.stderr, result.returncode) == ("", 0)


@each_unit
@with_systemd
def test_systemd_finds_it_little_exposed(name: str, tmp_path: Path) -> None:
    result = _analyzed("security", "--offline=true", str(_installed(name, tmp_path)))

    level = re.search(r"Overall exposure level .*: ([\d.]+)", result.stdout)
    assert level is not None, result.stderr
    assert float(level[1]) <= MAX_EXPOSURE


@each_unit
def test_its_command_exists(name: str) -> None:
    [command] = UNITS[name]["ExecStart"]
    program, *words = command.split()

    assert program == PROGRAM
    require_command(words)


def test_server_and_worker_are_shut_in_alike() -> None:
    server, worker = (
        {key: value for key, value in unit.items() if key != "ExecStart"} for unit in UNITS.values()
    )
    assert server == worker


def test_the_settings_in_the_example_are_understood_those_in_comments_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    example = (SYSTEMD / "memorizer.env.example").read_text()
    given = re.findall(r"^#?(MEMORIZER_\w+)=(.*)$", example, re.MULTILINE)
    for variable, value in given:
        monkeypatch.setenv(variable, value)

    session.load_settings()

    assert given
    assert not session.misspelt(dict(given))


@each_unit
def test_systemd_waits_longer_than_we_take(name: str) -> None:
    example = (SYSTEMD / "memorizer.env.example").read_text()
    grace = re.search(r"^MEMORIZER_GRACE_SECONDS=(\d+)$", example, re.MULTILINE)

    assert grace is not None
    assert int(grace[1]) < int(UNITS[name]["TimeoutStopSec"][0])


@each_unit
def test_its_data_are_in_the_one_directory_that_it_may_write(name: str) -> None:
    [state] = UNITS[name]["StateDirectory"]
    assert f"MEMORIZER_DATA_DIR=/var/lib/{state}" in UNITS[name]["Environment"]
    assert UNITS[name]["ProtectSystem"] == ["strict"]


def _installed(name: str, folder: Path) -> Path:
    """The unit, with a program that exists here; a template as its first."""
    program = Path(sys.executable).parent / "memorizer"
    unit = folder / name.replace("@.", "@1.")
    unit.write_text((SYSTEMD / name).read_text().replace(PROGRAM, str(program)))
    return unit


def _analyzed(*words: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *words], capture_output=True, text=True, check=False)
