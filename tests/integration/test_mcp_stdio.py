"""`memorizer mcp`: on standard input and output, alone or as a bridge to a running server."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.client.stdio import StdioServerParameters

from memorizer.mcp.stdio import messages, server_discovery
from memorizer.mcp.stdio.static_replies import StaticReplies
from memorizer.mcp.tools import CORE
from support.agents import Mode, agent
from support.processes import environment
from support.stdio_process import HELLO, StdioProcess, memorizer_mcp, server
from support.waiting import HANG_SECONDS

MODERN: dict[str, object] = {
    messages.META_VERSION: "2026-07-28",
    messages.META_CAPABILITIES: {},
}
LIGHT = """
import sys
from pathlib import Path
from memorizer.cli import entry, mcp
from memorizer.mcp.stdio.static_replies import StaticReplies
StaticReplies("core").answer({"id": 1, "method": "tools/list"})
slow = {"mcp", "pydantic", "asyncio", "typer", "numpy", "apsw", "starlette"} & set(sys.modules)
sys.exit(f"imported: {slow}" if slow else 0)
"""
NOISY = """
import os, sys
from pathlib import Path
from memorizer.cli import mcp
real = mcp._create_loop
def noisy(data_dir, workspace):
    print("printed", flush=True)
    os.write(1, b"written\\n")
    os.system("echo said by a child")
    assert sys.stdin.read() == ""
    return real(data_dir, workspace)
mcp._create_loop = noisy
mcp.serve(Path(sys.argv[1]))
"""


@pytest.fixture
def stdio(tmp_path: Path) -> Iterator[StdioProcess]:
    """On an empty directory, with no server beside it."""
    with memorizer_mcp(tmp_path) as stdio:
        yield stdio


def memory(text: str = "Bees dance.", **further: object) -> dict[str, Any]:
    return {"type": "note", "text": text, "source": "test", **further}


def test_nothing_slow_is_loaded_before_the_first_answers() -> None:
    ran = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_alone_it_serves_by_itself_with_a_worker(stdio: StdioProcess) -> None:
    assert stdio.hello()["serverInfo"]["name"] == "memorizer"
    assert len(stdio.ask("tools/list")["result"]["tools"]) == len(CORE)

    stored = stdio.call("store", **memory("Bees dance to tell where food is."))
    read = stdio.call("get", id=stored["id"], includeVersionHistory=True)

    assert read["versions"][-1]["actor"] == "piped-agent"
    assert stdio.end() == 0


def test_titles_are_written_there_too(tmp_path: Path) -> None:
    with memorizer_mcp(tmp_path, mcp_tools="all") as stdio:
        stdio.hello()
        stored = stdio.call("store", **memory("Bees dance to tell where food is."))
        watched = stdio.call("watch_job", jobId=stored["titleJobId"], seconds=60)
        read = stdio.call("get", id=stored["id"])

    assert watched["state"] == "completed"
    assert read["memory"]["title"]


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_official_client_gets_on_with_it_in_both_eras(tmp_path: Path, mode: Mode) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "memorizer", "mcp", "--data-dir", str(tmp_path)],
        env=environment(),
    )
    async with agent(command, mode=mode) as ours:
        id_ = await ours.store("Bees dance.")
        found = await ours.call("search_memories", query="bees")

    assert [hit["id"] for hit in found["results"]] == [id_]


def test_with_a_server_on_the_directory_it_is_a_bridge(tmp_path: Path) -> None:
    with server(tmp_path) as process, memorizer_mcp(tmp_path) as stdio:
        found = server_discovery.read(tmp_path)
        assert found is not None
        assert found.pid == process.pid
        stdio.hello()
        stored = stdio.call("store", **memory())
        events = httpx.get(
            f"http://127.0.0.1:{found.port}/api/memories/{stored['id']}/events",
            timeout=HANG_SECONDS,
        ).json()["events"]

        assert stdio.end() == 0
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=HANG_SECONDS)

    assert events[-1]["actor"] == "piped-agent"
    assert server_discovery.read(tmp_path) is None


def test_a_bridge_needs_nothing_but_the_standard_library(tmp_path: Path) -> None:
    with server(tmp_path), memorizer_mcp(tmp_path) as stdio:
        stdio.hello()
        stdio.call("store", **memory())
        maps = Path(f"/proc/{stdio.process.pid}/maps")
        loaded = maps.read_text() if maps.exists() else ""

    assert "site-packages" not in loaded


@pytest.mark.parametrize(
    "method",
    [
        "server/discover",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
    ],
)
def test_the_first_question_of_the_modern_era_is_answered_before_anything_is_loaded(
    stdio: StdioProcess, method: str
) -> None:
    question = {"id": 1, "method": method, "params": {"_meta": MODERN}}

    at_once = StaticReplies("core").answer(question)
    stdio.call("store", **memory())  # loads the server, which answers from now on
    loaded = stdio.ask(method, _meta=MODERN)

    assert at_once is not None
    assert json.loads(at_once)["result"] == loaded["result"]


def test_a_probe_of_the_modern_era_does_not_spoil_the_handshake(stdio: StdioProcess) -> None:
    probed = stdio.ask("server/discover", _meta=MODERN)
    handshake = stdio.ask("initialize", **HELLO)
    called = stdio.call("store", **memory())

    assert probed["result"]["supportedVersions"] == ["2026-07-28"]
    assert handshake["result"]["protocolVersion"] == "2025-11-25"
    assert called["version"] == 1


def test_the_protocol_is_the_clients_or_else_the_newest(tmp_path: Path) -> None:
    agreed = {}
    for asked in ("2024-11-05", "2025-06-18", "2099-01-01"):
        with memorizer_mcp(tmp_path) as stdio:
            handshake = stdio.ask("initialize", **HELLO | {"protocolVersion": asked})
            agreed[asked] = handshake["result"]["protocolVersion"]

    assert agreed == {
        "2024-11-05": "2024-11-05",
        "2025-06-18": "2025-06-18",
        "2099-01-01": "2025-11-25",
    }


def test_whatever_is_printed_stays_off_the_wire(tmp_path: Path) -> None:
    with memorizer_mcp(tmp_path, "-c", NOISY) as stdio:
        stdio.hello()
        stdio.call("store", **memory())
        stdio.end()
        assert stdio.process.stderr is not None
        beside = stdio.process.stderr.read()

    assert b"printed" in beside
    assert b"written" in beside
    assert b"said by a child" in beside


def test_what_is_not_json_is_an_error_and_the_session_goes_on(stdio: StdioProcess) -> None:
    stdio.send_line("{not json")
    assert stdio.answer(None)["error"]["code"] == -32700
    stdio.send_line('"a text"')
    assert stdio.answer(None)["error"]["code"] == -32600
    assert stdio.hello()


HOSTILE = [
    '{"jsonrpc":"2.0","id":1}',
    '{"jsonrpc":"2.0","id":1,"method":5}',
    '{"jsonrpc":"2.0","method":"initialize"}',
    '{"jsonrpc":"2.0","id":1,"method":"initialize"}',
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":[]}',
    '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":7,"clientInfo":3}}',
    '{"jsonrpc":"2.0","id":{},"method":"tools/list"}',
    '{"jsonrpc":"2.0","id":null,"method":"tools/list"}',
    '{"jsonrpc":"1.0","id":1,"method":"tools/call","params":"x"}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":7,"arguments":[]}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"store","arguments":7}}',
    '{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"memory://\\n\\u0000ü"}}',
    '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":[1]}}',
    '{"jsonrpc":"2.0","id":1,"result":{}}',
    "[]",
    "[[]]",
    "[" * 5_000,
    "\x00",
    "NaN",
]


def test_no_line_ends_a_session(tmp_path: Path) -> None:
    with memorizer_mcp(tmp_path) as stdio:
        for line in HOSTILE:
            stdio.send_line(line)
            assert stdio.ask("ping")["result"] == {}
        stored = stdio.call("store", **memory())
        for line in HOSTILE:  # once more, to the server inside
            stdio.send_line(line)
        assert stdio.call("get", id=stored["id"])
        assert stdio.end() == 0


def test_text_that_no_database_can_hold_is_refused_and_no_crash(stdio: StdioProcess) -> None:
    stdio.hello()
    for text in ("a\x00b", "a\ud800b", " ", ""):
        answer = stdio.ask("tools/call", name="store", arguments=memory(text))
        assert "error" in answer or answer["result"]["isError"]
    assert stdio.call("store", **memory("\U0001f41d bees"))


def test_a_batch_is_answered_one_by_one(stdio: StdioProcess) -> None:
    stdio.send([{"jsonrpc": "2.0", "id": n, "method": "ping"} for n in (7, 8)])
    assert stdio.answer(7)["result"] == {} or stdio.answer(8)["result"] == {}


def test_what_was_asked_before_the_end_of_input_is_answered(tmp_path: Path) -> None:
    call = {"name": "store", "arguments": memory()}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": call},
    ]
    ran = subprocess.run(
        [sys.executable, "-m", "memorizer", "mcp", "--data-dir", str(tmp_path)],
        input="".join(f"{json.dumps(line)}\n" for line in lines),
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
    )
    answers = {answer["id"]: answer for answer in map(json.loads, ran.stdout.splitlines())}
    assert answers[1]["result"]["serverInfo"]["name"] == "memorizer"
    assert answers[2]["result"]["structuredContent"]["version"] == 1


def test_a_cancelled_call_is_not_answered(tmp_path: Path) -> None:
    with memorizer_mcp(tmp_path, mcp_tools="all", worker="false") as stdio:
        stdio.hello()
        job = stdio.call("store", **memory())["titleJobId"]
        arguments = {"jobId": job, "seconds": 2}
        watching = stdio.begin("tools/call", name="watch_job", arguments=arguments)
        cancel = {"requestId": watching}
        stdio.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancel})
        stdio.ask("tools/list")

        assert stdio.end() == 0
        assert watching not in [message.get("id") for message in stdio.beside]


def test_a_server_that_dies_in_a_call_is_an_error_and_the_next_call_works(tmp_path: Path) -> None:
    with (
        server(tmp_path, "--no-worker", mcp_tools="all") as process,
        memorizer_mcp(tmp_path, mcp_tools="all") as stdio,
    ):
        stdio.hello()
        stored = stdio.call("store", **memory())
        token = {"progressToken": 1}
        arguments = {"jobId": stored["titleJobId"], "seconds": 300}
        watching = stdio.begin("tools/call", name="watch_job", arguments=arguments, _meta=token)
        begun = stdio.next()
        assert begun.get("method") == "notifications/progress", begun
        process.kill()
        process.wait(HANG_SECONDS)
        lost = stdio.answer(watching)
        again = stdio.call("get", id=stored["id"])

    assert lost["error"]["code"] == -32603
    assert "went away" in lost["error"]["message"]
    assert again["memory"]["text"] == "Bees dance."


def test_a_server_that_comes_back_elsewhere_is_found(tmp_path: Path) -> None:
    with memorizer_mcp(tmp_path) as stdio:
        with server(tmp_path) as first:
            stdio.hello()
            stored = stdio.call("store", **memory())
            first.kill()
        with server(tmp_path):
            read = stdio.call("get", id=stored["id"])
            maps = Path(f"/proc/{stdio.process.pid}/maps")
            loaded = maps.read_text() if maps.exists() else ""

    assert read["memory"]["id"] == stored["id"]
    assert "site-packages" not in loaded  # it was not served inside


def test_several_at_once_on_one_new_directory_are_safe(tmp_path: Path) -> None:
    with memorizer_mcp(tmp_path) as one, memorizer_mcp(tmp_path) as other:
        for stdio in (one, other):
            stdio.hello()
        began = [(p, p.begin("tools/call", name="store", arguments=memory())) for p in (one, other)]
        ids = [p.answer(n)["result"]["structuredContent"]["id"] for p, n in began]

        assert len(one.call("get_many", ids=ids)["memories"]) == 2
        assert len(other.call("get_many", ids=ids)["memories"]) == 2


def test_wrong_settings_are_told_in_answer_to_a_call(tmp_path: Path) -> None:
    with memorizer_mcp(tmp_path, port="abc") as stdio:
        stdio.hello()
        answer = stdio.ask("tools/call", name="statistics", arguments={})

    assert "MEMORIZER_PORT" in answer["error"]["message"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_at_once(stdio: StdioProcess, number: int) -> None:
    stdio.hello()
    stdio.call("store", **memory())
    stdio.process.send_signal(number)
    assert stdio.process.wait(HANG_SECONDS) == 0


def test_starting_and_stopping_over_and_over_leaves_nothing(tmp_path: Path) -> None:
    for _ in range(10):
        with memorizer_mcp(tmp_path) as stdio:
            stdio.hello()
            assert stdio.end() == 0
            assert stdio.process.stdout is not None
            assert stdio.process.stdout.read() == b""
