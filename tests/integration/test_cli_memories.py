"""Commands on memories: in process, through the server on the data directory, with --server."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx
import pytest

from memorizer.cli import rest
from memorizer.http.dependencies import COMMAND_AGENT
from memorizer.mcp.stdio import server_discovery
from support.commands import Cli, Ran
from support.processes import environment, started
from support.server_process import server_process
from support.waiting import HANG_SECONDS

TEA = "Green tea wants water of 80 degrees.\r\nBlack tea wants more."
HEAVY = {"fastapi", "numpy", "onnxruntime", "apsw", "structlog", "pydantic_settings", "httpx"}
PLACES = ("in process", "beside a server", "with a bound token")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a running server."""
    data_dir = tmp_path_factory.mktemp("served")
    with server_process(data_dir):
        yield data_dir


def said(ran: Ran) -> Any:
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def local_client(data_dir: Path) -> httpx.Client:
    """Asks the server on a data directory as commands do."""
    record = server_discovery.read(data_dir)
    assert record is not None
    return httpx.Client(
        base_url=f"http://{record.host}:{record.port}",
        headers={"Authorization": f"Bearer {record.key}"},
    )


@pytest.fixture
def place(
    request: pytest.FixtureRequest, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """Where commands work, and the name under which their changes are logged."""
    if request.param == "in process":
        return request.param, "cli"
    served: Path = request.getfixturevalue("served")
    monkeypatch.setenv("MEMORIZER_DATA_DIR", str(served))
    if request.param == "beside a server":
        return request.param, "cli"
    cli("workspace", "create", "acme")
    name = f"bound-{os.urandom(4).hex()}"
    made = cli("token", "create", "--name", name, "--scope", "write", "-w", "acme")
    with local_client(served) as client:
        monkeypatch.setenv("MEMORIZER_SERVER", str(client.base_url))
    monkeypatch.setenv("MEMORIZER_TOKEN", made.out.strip())
    return request.param, name


@pytest.mark.parametrize("place", PLACES, indirect=True)
def test_a_memory_is_stored_read_changed_and_brought_back(
    cli: Cli, place: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = f"{TEA} So it was {place[1]}, {place[0]}."
    stored = said(cli("add", "-", "--title", "Tea", "--tag", "hot", "--json", stdin=given.encode()))
    id_ = stored["id"]
    beginning = id_[:-4]

    assert said(cli("get", beginning, "--json"))["text"] == given
    assert cli("get", id_, "--text").out == given
    assert id_ in [each["id"] for each in said(cli("list", "--tag", "HOT", "--json"))["memories"]]
    assert id_ in cli("search", "water for tea").out
    assert id_ in said(cli("context", "--json"))["ids"]
    assert said(cli("stats", "--json"))["memories"] >= 1
    assert said(cli("tag", beginning, "drinks", "--remove", "HOT", "--json"))["tags"] == ["drinks"]

    script = tmp_path / "editor.py"
    script.write_text(
        "import sys; p = sys.argv[1]; t = open(p, newline='').read(); "
        "open(p, 'w', newline='').write(t.replace('80', '75') + '\\n')"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {script}")
    edited = said(cli("edit", beginning, "--json"))
    assert (edited["version"], edited["text"]) == (3, given.replace("80", "75"))
    assert said(cli("edit", id_, "--text", "-", "--json", stdin=b"Only water."))["version"] == 4
    assert cli("diff", id_, "2", "3").out.splitlines()[:3] == [
        "version 2 → 3",
        "- Green tea wants water of 80 degrees.",
        "+ Green tea wants water of 75 degrees.",
    ]
    assert said(cli("diff", id_, "--json"))["added"] == 1
    assert said(cli("revert", id_, "1", "--json"))["text"] == given

    other = said(cli("add", "Water boils at 100 degrees.", "--json"))["id"]
    link = said(cli("link", id_, other, "--type", "needs", "--json"))
    assert said(cli("link", other, "--json"))["relationships"] == [link]
    assert said(cli("link", id_, other, "--remove", "--json"))["count"] == 1
    assert cli("link", id_).out == "No links.\n"

    assert "archivedAt" in said(cli("archive", id_, "--json"))
    assert id_ not in cli("list").out
    assert id_ in cli("list", "--archived").out
    assert "archivedAt" not in said(cli("restore", beginning, "--json"))
    deleted = said(cli("delete", id_, other, "--json"))
    assert [each["id"] for each in deleted["memories"]] == [id_, other]
    assert cli("get", beginning).code == 3
    assert cli("restore", beginning, other).out.count("✓ Restored") == 2
    assert said(cli("pin", id_, "--json"))["pinned"] is True

    events = said(cli("history", id_, "-n", "100", "--json"))["events"]
    assert {each["actor"] for each in events if each["actor"] != "title-generation"} == {place[1]}
    numbers = [
        each["version"] for each in said(cli("history", id_, "--versions", "--json"))["versions"]
    ]
    assert numbers[0] == 5
    assert ("v1 " in cli("history", id_).out, "by " in cli("history", id_).out) == (True, True)


def test_json_is_that_of_the_rest_api(
    cli: Cli, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORIZER_DATA_DIR", str(served))
    id_ = said(cli("add", TEA, "--title", "Tea", "--json"))["id"]
    searched = {"query": "tea", "limit": 10}

    with local_client(served) as client:
        for arguments, path in (
            (("get", id_), f"/api/memories/{id_}"),
            (("list",), "/api/memories"),
            (("history", id_), f"/api/memories/{id_}/events"),
            (("link", id_), f"/api/memories/{id_}/relationships"),
            (("trash", "list"), "/api/trash"),
            (("workspace", "list"), "/api/workspaces"),
        ):
            assert said(cli(*arguments, "--json")) == client.get(path).json(), arguments
        found = client.post("/api/search", json=searched).json()
        assert said(cli("search", "tea", "--json")) == found
        opened = cli("open", id_[:-3], "--url").out
        assert (
            opened == f"{client.base_url}/memories/{id_}".replace("//memories", "/memories") + "\n"
        )


def test_a_bound_token_sees_nothing_of_others_by_any_beginning(
    cli: Cli, served: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORIZER_DATA_DIR", str(served))
    cli("workspace", "create", "narrow")
    hidden = said(cli("add", "Nobody shall know.", "--json"))["id"]
    made = cli("token", "create", "--name", "narrow", "--scope", "write", "-w", "narrow")
    with local_client(served) as client:
        server = ("--server", str(client.base_url))
    monkeypatch.delenv("MEMORIZER_DATA_DIR")

    # first, so that the server reads its tokens again: it remembers for a second that it had none
    monkeypatch.setenv("MEMORIZER_TOKEN", made.out.strip())
    assert said(cli("list", *server, "--all", "--json"))["count"] == 0
    monkeypatch.delenv("MEMORIZER_TOKEN")
    unknown = cli("list", *server)
    assert (unknown.code, "Set MEMORIZER_TOKEN" in unknown.err) == (1, True)
    monkeypatch.setenv("MEMORIZER_TOKEN", made.out.strip())
    for given in (hidden, hidden[:-3], hidden[:4]):
        for command in (("get",), ("edit", "--title", "x"), ("delete",), ("restore",)):
            ran = cli(command[0], given, *command[1:], *server)
            assert (ran.code, ran.out) == (3, ""), (command, given)
            assert "Nobody" not in ran.err
    assert cli("list", "--server", "ftp://x").err.startswith("error: --server is 'ftp://x'")
    both = cli("list", *server, "--data-dir", str(served))
    assert "exclude each other" in both.err


def test_what_is_not_there_is_exit_code_3_and_an_ambiguous_beginning_names_all(cli: Cli) -> None:
    first = said(cli("add", "One.", "--json"))["id"]
    second = said(cli("add", "Two.", "--json"))["id"]
    common = "".join(
        a for a, b in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=True))
    )

    several = cli("delete", common)
    assert (several.code, several.out) == (1, "")
    assert re.findall(r"^  (\S+)  (\S+)$", several.err, re.MULTILINE) == [
        (second, "Two."),
        (first, "One."),
    ]
    for missing in ("ffff", "01900000-0000-7000-8000-000000000000", "no id"):
        ran = cli("get", missing)
        assert (ran.code, ran.out) == (3, "")
        assert ran.err.startswith(f"error: There is no memory '{missing}'.")
    assert cli("delete", first, "ffff").code == 3
    assert said(cli("list", "--json"))["count"] == 2, "nothing is deleted where one id is wrong"
    assert cli("open").err.startswith("error: No server runs on ")


def test_a_text_that_somebody_else_changed_meanwhile_is_kept_in_a_file(
    cli: Cli, served: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMORIZER_DATA_DIR", str(served))
    id_ = said(cli("add", "Before.", "--title", "Editing", "--json"))["id"]
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import subprocess, sys\n"
        "open(sys.argv[1], 'w').write('Mine.')\n"
        f"subprocess.run([sys.executable, '-m', 'memorizer', 'edit', {id_!r}, '--text', 'Theirs.'],"
        " check=True, stdout=subprocess.DEVNULL)\n"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")

    ran = cli("edit", id_)

    assert (ran.code, ran.out) == (1, "")
    found = re.search(r"Your text is in (\S+);", ran.err)
    assert found is not None, ran.err
    assert Path(found[1]).read_text() == "Mine."
    assert Path(found[1]).stat().st_mode & 0o077 == 0
    assert cli("get", id_, "--text").out == "Theirs."
    assert cli("edit", id_, "--text", "-", stdin=Path(found[1]).read_bytes()).code == 0
    Path(found[1]).unlink()
    monkeypatch.setenv("VISUAL", "false")
    assert "ended with exit code 1; nothing was changed" in cli("edit", id_).err


def test_a_search_beside_a_server_imports_nothing_heavy(served: Path) -> None:
    code = (
        "import sys; sys.argv = ['memorizer', 'search', 'tea']\n"
        "from memorizer.cli import entry\n"
        "try: entry.run()\n"
        "except SystemExit as ended: assert not ended.code, ended\n"
        f"print({sorted(HEAVY)!r}, set({sorted(HEAVY)!r}) & set(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(data_dir=str(served)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr.endswith(" set()\n"), ran.stderr


def test_the_command_and_the_server_agree_on_its_name() -> None:
    assert rest.AGENT.startswith(COMMAND_AGENT)


def test_ctrl_c_says_that_the_job_goes_on(cli: Cli, data_dir: Path) -> None:
    job = said(cli("add", "A text without a title.", "--json"))["titleJobId"]

    with started("memorizer", "jobs", "watch", job, data_dir=str(data_dir)) as process:
        assert process.stderr is not None
        assert "No worker is running" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=HANG_SECONDS)

    assert process.returncode == 130
    assert (
        f"The job goes on wherever a worker runs. Follow it with `memorizer jobs watch {job}`"
        in err
    )


def test_on_a_terminal_a_list_keeps_to_its_width_and_shows_ids_whole(
    cli: Cli, data_dir: Path
) -> None:
    id_ = said(cli("add", "tea " * 40, "--tag", "hot", "--json"))["id"]
    main, other = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "memorizer", "list"],
            env={**environment(data_dir=str(data_dir)), "COLUMNS": "70", "TERM": "xterm"},
            stdin=other,
            stdout=other,
            stderr=other,
        )
        os.close(other)
        shown = b""
        while chunk := _read(main):
            shown += chunk
        assert process.wait(HANG_SECONDS) == 0
    finally:
        os.close(main)
    [line] = re.sub(rb"\x1b\[[\d;]*m", b"", shown).decode().splitlines()
    assert line.startswith(f"{id_}  tea tea")
    assert len(line) <= 70


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("memorizer sea", "search"),
        ("memorizer workspace re", "rename"),
        ("memorizer get --wo", "--workspace"),
    ],
)
def test_shells_complete_commands_and_options(words: str, expected: str) -> None:
    completing = {
        "_MEMORIZER_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.argv = ['memorizer']\nfrom memorizer.cli import entry; entry.run()",
        ],
        env=environment() | completing,
        capture_output=True,
        text=True,
        check=False,
    )
    assert expected in ran.stdout.split(), ran.stderr


def test_a_secret_is_reported_listed_and_purged(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    stored = cli("add", f"Use {token}.", "--title", "T")
    assert "note: it held what looks like a secret (GitHub token)." in stored.err

    [finding] = said(cli("secrets", "list", "--json"))["findings"]
    assert (finding["current"], finding["kinds"]) == (True, ["GitHub token"])
    assert token not in cli("secrets", "list").out
    assert cli("secrets", "purge", finding["memoryId"], "--yes").code == 0
    assert said(cli("secrets", "list", "--json"))["count"] == 0
    assert cli("get", finding["memoryId"], "--text").out == "Use [secret removed]."

    monkeypatch.setenv("MEMORIZER_SECRETS", "refuse")
    refused = cli("add", token)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("error: text: holds what looks like a secret (GitHub token)")
