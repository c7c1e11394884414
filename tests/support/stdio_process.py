"""A program behind pipes that speaks JSON-RPC, one message a line, as a client starts it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.processes import environment, started
from support.waiting import HANG_SECONDS

HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "piped-agent", "version": "1"},
}


class StdioProcess:
    """Asks one question at a time; remembers what else came."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.beside: list[dict[str, Any]] = []
        self._asked = 100  # tests send their own lines with lower ids

    def hello(self) -> dict[str, Any]:
        """The handshake's result."""
        result: dict[str, Any] = self.ask("initialize", **HELLO)["result"]
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return result

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        return self.answer(self.begin(method, **params))

    def call(self, tool: str, **arguments: object) -> dict[str, Any]:
        """A tool's facts."""
        answer = self.ask("tools/call", name=tool, arguments=arguments)
        assert not answer["result"]["isError"], answer
        facts: dict[str, Any] = answer["result"]["structuredContent"]
        return facts

    def begin(self, method: str, **params: object) -> int:
        """The id of a request that is now under way."""
        self._asked += 1
        self.send({"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params})
        return self._asked

    def answer(self, request_id: int | None) -> dict[str, Any]:
        """The answer to a request; notifications before it are kept."""
        while True:
            message = self.next()
            if "method" not in message and message["id"] == request_id:
                return message
            self.beside.append(message)

    def next(self) -> dict[str, Any]:
        """Fails when the program ends or says what is no JSON-RPC."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the program ended without an answer"
        message: dict[str, Any] = json.loads(line)
        assert message["jsonrpc"] == "2.0"
        return message

    def send(self, message: object) -> None:
        self.send_line(json.dumps(message))

    def send_line(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Hang up, as a client does; the exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.stdin = None  # so that nobody flushes it again
        return self.process.wait(HANG_SECONDS)


@contextmanager
def memorizer_mcp(data_dir: Path, *python: str, **settings: str) -> Iterator[StdioProcess]:
    """`memorizer mcp` on a data directory, or another Python program in its place."""
    command = python or ("-m", "memorizer", "mcp", "--data-dir")
    process = subprocess.Popen(
        [sys.executable, *command, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**settings),
    )
    try:
        yield StdioProcess(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def server(data_dir: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """`memorizer start` on the directory, answering."""
    command = ("memorizer", "start", "--port", "0", "--data-dir", str(data_dir), *options)
    with started(*command, **settings) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if '"event": "listening"' in line:
                break
        yield process
