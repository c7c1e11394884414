"""`memorizer connect`: what it does to the configuration of coding agents."""

import json
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from memorizer.cli.client_config import CLIENTS
from memorizer.cli.hook import EVENT_NAMES
from support.processes import environment
from support.waiting import HANG_SECONDS

CLAUDE = (
    '{\n    "numStartups": 7,\n    "mcpServers": {\n        "other": {"command": "x"}\n    }\n}\n'
)
CODEX = """\
# what I like
model = "gpt-9"  # the newest

[mcp_servers.other]
command = "x"
"""
FILES = {
    "claude-code": ".claude.json",
    "claude-desktop": ".config/Claude/claude_desktop_config.json",
    "cursor": ".cursor/mcp.json",
    "vscode": ".config/Code/User/mcp.json",
    "codex": ".codex/config.toml",
    "gemini": ".gemini/settings.json",
}
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the paths are Linux's")


def connect(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in environment().items() if k not in {"XDG_CONFIG_HOME", "CODEX_HOME"}}
    done = subprocess.run(
        [sys.executable, "-m", "memorizer", "connect", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
        env=kept | {"HOME": str(home)},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stderr
    return done


def files(home: Path) -> dict[str, str]:
    return {
        str(file.relative_to(home)): file.read_text(encoding="utf-8")
        for file in home.rglob("*")
        if file.is_file()
    }


def test_claude_code_is_connected_by_the_full_path_of_the_command_and_keeps_all_else(
    tmp_path: Path,
) -> None:
    (tmp_path / ".claude.json").write_text(CLAUDE)

    done = connect(tmp_path, "claude-code", "--data-dir", "memories", "--yes")

    config = json.loads(files(tmp_path)[".claude.json"])
    entry = config["mcpServers"]["memorizer"]
    assert (config["numStartups"], config["mcpServers"]["other"]) == (7, {"command": "x"})
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-3:] == ["mcp", "--data-dir", str(Path("memories").absolute())]
    assert '+        "memorizer": {' in done.stdout, "the change is shown"
    listed = subprocess.run(
        [entry["command"], *entry["args"][:-3], "--version"], capture_output=True, check=True
    )
    assert listed.stdout.startswith(b"memorizer "), "the command can be started"


def test_a_second_run_changes_nothing_and_says_so(tmp_path: Path) -> None:
    connect(tmp_path, "cursor", "--yes")
    before = files(tmp_path)

    again = connect(tmp_path, "cursor", "--yes")

    assert files(tmp_path) == before
    assert "Cursor is connected already" in again.stderr
    assert again.stdout == ""


@ON_LINUX
@pytest.mark.parametrize("client", FILES)
def test_removing_leaves_no_trace(tmp_path: Path, client: str) -> None:
    connect(tmp_path, client, "--yes")
    assert list(files(tmp_path)) == [FILES[client]]

    connect(tmp_path, client, "--remove", "--yes")
    again = connect(tmp_path, client, "--remove", "--yes")

    assert files(tmp_path) == {}
    assert "is not connected" in again.stderr


@pytest.mark.parametrize(
    ("client", "name", "text"),
    [
        ("claude-code", ".claude.json", json.dumps(json.loads(CLAUDE), indent=4) + "\n"),
        ("codex", ".codex/config.toml", CODEX),
    ],
)
def test_what_was_there_comes_back_byte_for_byte(
    tmp_path: Path, client: str, name: str, text: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(0o640)

    connect(tmp_path, client, "--yes")
    connected = file.read_text()
    connect(tmp_path, client, "--remove", "--yes")

    assert "memorizer" in connected
    assert file.read_text() == text
    assert file.stat().st_mode & 0o777 == 0o640


def test_codex_keeps_its_comments_and_gets_the_variable_of_the_token(tmp_path: Path) -> None:
    file = tmp_path / ".codex" / "config.toml"
    file.parent.mkdir()
    file.write_text(CODEX)
    remote = ["--server", "https://memory.example/", "--token-variable", "MEMORY_TOKEN"]

    connect(tmp_path, "codex", *remote, "--yes")

    text = file.read_text()
    assert text.startswith(CODEX)
    assert tomllib.loads(text)["mcp_servers"]["memorizer"] == {
        "url": "https://memory.example/mcp",
        "bearer_token_env_var": "MEMORY_TOKEN",
    }


@ON_LINUX
@pytest.mark.parametrize(
    ("client", "reference"),
    [
        ("claude-code", "${MEMORY_TOKEN}"),
        ("cursor", "${env:MEMORY_TOKEN}"),
        ("vscode", "${env:MEMORY_TOKEN}"),
        ("gemini", "$MEMORY_TOKEN"),
    ],
)
def test_a_token_stays_in_its_variable_as_each_client_writes_it(
    tmp_path: Path, client: str, reference: str
) -> None:
    remote = ["--server", "https://memory.example", "--token-variable", "MEMORY_TOKEN"]
    connect(tmp_path, client, *remote, "--yes")

    [text] = files(tmp_path).values()
    assert f'"Authorization": "Bearer {reference}"' in text


def test_a_dry_run_shows_the_change_and_makes_none(tmp_path: Path) -> None:
    done = connect(tmp_path, "gemini", "--dry-run")

    assert '+    "memorizer": {' in done.stdout
    assert files(tmp_path) == {}


def test_without_an_answer_nothing_is_changed(tmp_path: Path) -> None:
    connect(tmp_path, "cursor", code=1)
    assert files(tmp_path) == {}


HOOK_FILES = {
    "claude-code": ".claude/settings.json",
    "codex": ".codex/hooks.json",
    "gemini": ".gemini/settings.json",
    "cursor": ".cursor/hooks.json",
}
THEIRS = {
    "claude-code": {
        "model": "x",
        "hooks": {
            "SessionStart": [{"matcher": "startup", "hooks": [{"type": "command", "command": "a"}]}]
        },
    },
    "codex": {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "b"}]}]}},
    "gemini": {
        "ui": {},
        "hooks": {"BeforeAgent": [{"hooks": [{"type": "command", "command": "c"}]}]},
    },
    "cursor": {"version": 1, "hooks": {"stop": [{"command": "c"}]}},
}


@pytest.mark.parametrize("client", HOOK_FILES)
def test_hooks_are_entered_once_with_the_full_command_and_removed_without_a_trace(
    tmp_path: Path, client: str
) -> None:
    options = ["--hooks", "--workspace", "auto", "--data-dir", "my memories", "--yes"]
    connect(tmp_path, client, *options)
    before = files(tmp_path)
    hooks = json.loads(before[HOOK_FILES[client]])["hooks"]
    again = connect(tmp_path, client, *options)

    assert set(hooks) == set(EVENT_NAMES[client].values())
    for event, name in EVENT_NAMES[client].items():
        [entry] = hooks[name]
        [handler] = [entry] if client == "cursor" else entry["hooks"]
        command = shlex.split(handler["command"])
        place = ["--data-dir", str(Path("my memories").absolute()), "--workspace", "auto"]
        assert command[-8:] == ["hook", event, "--client", client, *place]
        assert Path(command[0]).is_absolute()
        assert handler.get("timeout", 3) == (3_000 if client == "gemini" else 3)
    if client == "codex":  # any other key there, and Codex drops the whole file
        assert json.loads(before[HOOK_FILES[client]]).keys() == {"hooks"}
    assert files(tmp_path) == before
    assert "is connected already" in again.stderr

    connect(tmp_path, client, "--remove", "--yes")
    assert files(tmp_path) == {}


@pytest.mark.parametrize("client", HOOK_FILES)
def test_hooks_of_others_stay_byte_for_byte(tmp_path: Path, client: str) -> None:
    file = tmp_path / HOOK_FILES[client]
    file.parent.mkdir()
    file.write_text(text := json.dumps(THEIRS[client], indent=4) + "\n")

    connect(tmp_path, client, "--hooks", "--yes")
    connected = json.loads(file.read_text())
    connect(tmp_path, client, "--hooks", "--data-dir", "elsewhere", "--yes")
    moved = file.read_text()
    connect(tmp_path, client, "--remove", "--yes")

    assert "hook session-start" in str(connected)
    assert "elsewhere" in moved
    assert moved.count("hook session-start") == 1, "the old one was replaced"
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("vscode", "--hooks"), "has no hooks"),
        (("codex", "--hooks", "--server", "http://localhost:5000"), "leave out --server"),
        (
            ("codex", "--workspace", "a", "--server", "http://localhost:5000"),
            "belongs to a command",
        ),
    ],
)
def test_what_cannot_be_entered_is_refused_before_anything_is_written(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = connect(tmp_path, *arguments, "--yes", code=1)
    assert said in done.stderr
    assert files(tmp_path) == {}


def test_codex_says_that_hooks_must_be_trusted(tmp_path: Path) -> None:
    done = connect(tmp_path, "codex", "--hooks", "--yes")
    assert "/hooks" in done.stderr


@pytest.mark.parametrize("text", ['{"hooks": []}', '{"hooks": {"SessionStart": {}}}', "[]"])
def test_hooks_that_cannot_be_understood_stay_as_they_are(tmp_path: Path, text: str) -> None:
    file = tmp_path / HOOK_FILES["codex"]
    file.parent.mkdir()
    file.write_text(text)

    done = connect(tmp_path, "codex", "--hooks", "--yes", code=1)

    assert "hooks.json" in done.stderr
    assert files(tmp_path) == {HOOK_FILES["codex"]: text}


@pytest.mark.parametrize("text", ["{ // mine\n}", "[]", '{"mcpServers": []}', "\xff\xfe"])
def test_a_file_that_cannot_be_understood_stays_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / ".cursor" / "mcp.json"
    file.parent.mkdir()
    file.write_bytes(text.encode("latin-1"))

    done = connect(tmp_path, "cursor", "--yes", code=1)

    assert file.read_bytes() == text.encode("latin-1")
    assert "mcp.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_who_names_no_known_client_is_told_which_there_are(tmp_path: Path) -> None:
    done = connect(tmp_path, "emacs", code=1)
    for client in CLIENTS:
        assert client.name in done.stderr
