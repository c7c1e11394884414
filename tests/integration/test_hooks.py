"""`memorizer hook`: context for a client in time, and silence whatever goes wrong."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from memorizer.cli.hook import EVENT_NAMES, MAX_OUTPUT
from memorizer.mcp.stdio import server_discovery
from memorizer.mcp.stdio.server_discovery import ServerRecord
from support.processes import environment
from support.server_process import ServerProcess, server_process
from support.waiting import HANG_SECONDS
from support.web import Answer, Asked, serving

CLIENTS = tuple(EVENT_NAMES)
RULE = "Never deploy on Fridays."
PROMPT = {"session_id": "s", "prompt": "On which days do we deploy?"}
ENOUGH_SECONDS = 20
"""Ten deadlines: on a busy machine Python alone takes seconds to start."""


def hook(data_dir: Path, event: str, client: str, given: object, *more: str) -> str:
    """What the hook prints. It must end by itself, with 0 and without a child left behind."""
    process = start(data_dir, event, client, *more)
    text = given if isinstance(given, str) else json.dumps(given)
    printed, errors = process.communicate(text.encode(), timeout=ENOUGH_SECONDS)
    assert (process.returncode, errors) == (0, b"")
    with pytest.raises(ProcessLookupError):  # nobody is left of its group
        os.killpg(process.pid, 0)
    return printed.decode()


def start(data_dir: Path, event: str, client: str, *more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "memorizer",
            "hook",
            event,
            "--client",
            client,
            "--data-dir",
            str(data_dir),
            *more,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hooks")


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[ServerProcess]:
    with server_process(data_dir) as running:
        for workspace in ("acme", "other"):
            httpx.post(f"{running.url}/api/workspaces", json={"name": workspace})
        body = {"text": RULE, "title": "Deploying", "workspace": "acme"}
        reply = httpx.post(f"{running.url}/api/memories", json=body)
        assert reply.status_code == 201, reply.text
        yield running


def context_of(client: str, printed: str) -> str:
    """What a client takes of an answer: with any other key, Codex would drop all of it."""
    answered: dict[str, Any] = json.loads(printed)
    if client == "cursor":
        assert answered.keys() - {"continue"} == {"additional_context"}
        return str(answered["additional_context"])
    assert answered.keys() == {"hookSpecificOutput"}
    said = answered["hookSpecificOutput"]
    assert said.keys() == {"hookEventName", "additionalContext"}
    return str(said["additionalContext"])


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("client", CLIENTS)
def test_each_client_gets_the_pack_in_its_own_shape(data_dir: Path, client: str) -> None:
    given = {"session_id": client, "conversation_id": client, "prompt": PROMPT["prompt"]}

    begun = hook(data_dir, "session-start", client, given | {"source": "startup"})
    again = hook(data_dir, "prompt", client, given)
    resumed = hook(data_dir, "session-start", client, given | {"source": "resume"})
    other = hook(data_dir, "prompt", client, given | {"session_id": f"{client}-2"})

    assert RULE in context_of(client, begun)
    assert (again, resumed) == ("", ""), "it is in the conversation already"
    assert RULE in context_of(client, other)
    if client != "cursor":
        names = [json.loads(each)["hookSpecificOutput"]["hookEventName"] for each in (begun, other)]
        assert names == list(EVENT_NAMES[client].values())[:2]


@pytest.mark.usefixtures("server")
def test_a_workspace_is_that_of_the_clients_folder(data_dir: Path, tmp_path: Path) -> None:
    own, foreign = tmp_path / "acme", tmp_path / "other"
    for folder in (own, foreign):
        folder.mkdir()
    auto = ("--workspace", "auto")

    found = hook(data_dir, "session-start", "claude-code", {"cwd": str(own)}, *auto)
    others = hook(data_dir, "session-start", "claude-code", {"cwd": str(foreign)}, *auto)
    unknown = hook(data_dir, "session-start", "claude-code", {"cwd": str(tmp_path)}, *auto)
    named = hook(data_dir, "session-start", "cursor", {}, "--workspace", "acme")
    roots = hook(data_dir, "session-start", "cursor", {"workspace_roots": [str(own)]}, *auto)

    assert RULE in found
    assert RULE in named
    assert RULE in roots
    assert (others, unknown) == ("", "")


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("given", ["", "no JSON", "[]", "{", {"prompt": ""}, {"prompt": None}])
def test_what_cannot_be_read_or_asked_is_met_with_silence(data_dir: Path, given: object) -> None:
    assert hook(data_dir, "prompt", "codex", given) == ""


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("event", ["pre-compact", "session-end"])
def test_events_without_a_transcript_do_nothing(data_dir: Path, event: str) -> None:
    assert hook(data_dir, event, "claude-code", PROMPT) == ""


@pytest.mark.parametrize("client", CLIENTS)
def test_the_new_part_of_a_transcript_is_handed_over_once(
    server: ServerProcess, data_dir: Path, tmp_path: Path, client: str
) -> None:
    transcript = tmp_path / f"{client}.jsonl"
    said = f"From now on the {client} pipeline must never skip its tests."
    line = {"type": "user", "message": {"role": "user", "content": said}}
    transcript.write_text(json.dumps(line) + "\n")
    given = {"session_id": f"hand-over-{client}", "transcript_path": str(transcript)}

    assert hook(data_dir, "pre-compact", client, given) == ""
    assert hook(data_dir, "session-end", client, given) == ""
    with transcript.open("a") as file:
        file.write(json.dumps(line | {"message": {"role": "user", "content": "Thanks."}}) + "\n")
    assert hook(data_dir, "session-end", client, given) == ""

    jobs = httpx.get(f"{server.url}/api/admin/jobs", params={"limit": 100}).json()["jobs"]
    assert len([job for job in jobs if job["name"] == "capture-statements"]) >= 1
    kept = [json.loads(file.read_text())["end"] for file in (data_dir / "hooks").glob("*.json")]
    assert transcript.stat().st_size in kept


@pytest.mark.usefixtures("server")
def test_an_input_that_never_ends_is_answered_when_it_is_whole(data_dir: Path) -> None:
    process = start(data_dir, "prompt", "claude-code")
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(json.dumps(PROMPT | {"session_id": "endless"}).encode())
    process.stdin.flush()
    try:
        assert RULE in context_of("claude-code", process.stdout.read().decode())
        assert process.wait(ENOUGH_SECONDS) == 0
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def test_an_input_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    process = start(tmp_path, "prompt", "claude-code")
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert process.wait(ENOUGH_SECONDS) == 0
        assert process.stdout.read() == b""
    finally:
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def test_a_dead_server_is_met_with_silence(tmp_path: Path) -> None:
    record = ServerRecord("127.0.0.1", 1, 1, "gone", "key")
    assert hook(tmp_path, "prompt", "gemini", PROMPT) == ""
    with server_discovery.announced(tmp_path, record):
        assert hook(tmp_path, "prompt", "gemini", PROMPT) == ""


def test_a_server_that_hangs_is_met_with_silence(server: ServerProcess, data_dir: Path) -> None:
    os.kill(server.pid, signal.SIGSTOP)
    try:
        assert hook(data_dir, "prompt", "codex", PROMPT | {"session_id": "hangs"}) == ""
    finally:
        os.kill(server.pid, signal.SIGCONT)


@pytest.mark.parametrize(
    "wrong",
    [
        None,  # never answers
        Answer.of({"error": "Unavailable"}, 503),
        Answer(body=b"{}", breaks_after=1),
        Answer.of([]),
        Answer.of({"markdown": 7}),
        Answer.of({"markdown": ""}),
    ],
)
def test_an_answer_that_is_late_or_wrong_is_met_with_silence(
    tmp_path: Path, wrong: Answer | None
) -> None:
    def answer(asked: Asked) -> Answer:
        if asked.path == "/healthz":
            return Answer.of({}, Memorizer_Instance="slow")
        if wrong is None:
            web.over.wait(HANG_SECONDS)
        return wrong or Answer()

    with serving(answer) as web:
        record = ServerRecord("127.0.0.1", int(web.url.rpartition(":")[2]), 1, "slow", "key")
        with server_discovery.announced(tmp_path, record):
            assert hook(tmp_path, "prompt", "claude-code", PROMPT) == ""
        assert [asked.path.partition("?")[0] for asked in web.asked] == ["/healthz", "/api/context"]
        web.over.set()


def test_a_stranger_on_the_port_gets_neither_key_nor_prompt(tmp_path: Path) -> None:
    with serving(lambda _: Answer.of({"markdown": "Obey."})) as web:
        record = ServerRecord("127.0.0.1", int(web.url.rpartition(":")[2]), 1, "mine", "key")
        with server_discovery.announced(tmp_path, record):
            assert hook(tmp_path, "prompt", "claude-code", PROMPT) == ""
        assert [asked.path for asked in web.asked] == ["/healthz"]
        assert "Authorization" not in web.asked[0].headers


@pytest.mark.parametrize("arguments", [[], ["prompt"], ["prompt", "--client", "emacs"], ["x"]])
def test_a_wrong_command_line_says_so_and_stops_nobody(arguments: list[str]) -> None:
    """Exit code 2 of a hook would keep a prompt from being sent."""
    done = subprocess.run(
        [sys.executable, "-m", "memorizer", "hook", *arguments],
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env=environment(),
    )
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.startswith(b"usage: memorizer hook")


def test_only_the_standard_library_is_imported() -> None:
    seen = (
        "import sys; from memorizer.cli import entry, hook, workspace_detection;"
        "from memorizer.mcp.stdio import server_discovery;"
        "print(*{name.partition('.')[0] for name in sys.modules} - {'__main__', 'memorizer'})"
    )
    plain = subprocess.run(
        [sys.executable, "-I", "-c", seen], capture_output=True, text=True, check=True
    )
    bare = subprocess.run(
        [sys.executable, "-I", "-c", "import sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    known = {*sys.stdlib_module_names, *bare.stdout.replace(".", " ").split()}
    assert set(plain.stdout.split()) <= known
    assert MAX_OUTPUT <= 9_000
