"""Output that cannot be encoded does not turn a finished command into a failure."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.processes import environment

TEXT = "पसंदीदा किताब — naïve ✓ 🐝"
COMMANDS = (
    ("add", TEXT),
    ("search", "किताब"),
    ("trash", "list"),
    ("duplicates",),
    ("jobs", "list"),
    ("reembed", "--watch"),
    ("backup",),
    ("models", "list"),
    ("token", "create", "--name", "किताब", "--scope", "read"),
    ("token", "list"),
    ("doctor",),
)

NARROW, WINDOWS = "ascii", "cp1252"
"""The least that there is, and what Windows gives a program whose output is redirected."""


def run(encoding: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """What a terminal of this encoding is told by `memorizer WORDS`."""
    return subprocess.run(
        [sys.executable, "-m", "memorizer", *words],
        env=environment() | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )


@pytest.mark.timeout(900)  # many commands, each starts a process
def test_every_command_ends_well_where_the_terminal_lacks_signs(tmp_path: Path) -> None:
    folder = ("--data-dir", str(tmp_path / "data"))
    notes = tmp_path / "किताब.md"
    notes.write_text(TEXT, encoding="utf-8")
    for words in (*COMMANDS, ("import", str(notes)), ("export", str(tmp_path / "किताब.jsonl"))):
        done = run(NARROW, *words, *folder)

        assert done.returncode == 0, (words, done.stderr)
        done.stdout.decode(NARROW)


def test_json_is_utf_8_and_whole(tmp_path: Path) -> None:
    folder = ("--data-dir", str(tmp_path))
    added = run(WINDOWS, "add", TEXT, "--json", *folder)
    found = run(WINDOWS, "search", "किताब", "--json", *folder)
    export = run(WINDOWS, "export", "-", *folder)
    described = run(WINDOWS, "openapi")

    assert json.loads(added.stdout)["text"] == TEXT
    assert json.loads(found.stdout)["results"][0]["memory"]["text"] == TEXT
    assert TEXT in export.stdout.decode()
    assert json.loads(described.stdout)["openapi"]


def test_an_error_stays_an_error_in_words(tmp_path: Path) -> None:
    done = run(NARROW, "export", str(tmp_path), "--data-dir", str(tmp_path / "किताब"))

    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
    assert b"Traceback" not in done.stderr


def test_a_name_that_is_no_utf_8_is_said_too(tmp_path: Path) -> None:
    missing = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.md")
    done = run("utf-8", "import", missing, "--data-dir", str(tmp_path / "data"))

    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
