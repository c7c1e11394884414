"""Agents as bare as can be, over pipes and over HTTP: what is measured is the server."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any, Final

from benchmarks.processes import ROOT

LEGACY: Final = "2025-11-25"
MODERN: Final = "2026-07-28"
WHO: Final = {"name": "benchmark", "version": "1"}
META: Final = "io.modelcontextprotocol"


class StdioProcess:
    """Speaks with `memorizer mcp`."""

    def __init__(self, data_dir: Path) -> None:
        self._numbers = count(1)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "memorizer", "mcp", "--data-dir", str(data_dir)],
            cwd=ROOT,
            env={k: v for k, v in os.environ.items() if not k.startswith("MEMORIZER_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """The result of a request."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(_message(method, params, next(self._numbers)) + b"\n")
        self.process.stdin.flush()
        return _result(self.process.stdout.readline())

    def greet(self) -> None:
        """The handshake."""
        hello = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": WHO}
        self.ask("initialize", hello)

    def call(self, tool: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        """A tool's result."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})

    def kill(self) -> float:
        """End it at once; the seconds of processor time that it took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.kill()
        _, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stdin.close()
        self.process.stdout.close()
        return used.ru_utime + used.ru_stime


@contextmanager
def stdio_agent(data_dir: Path) -> Iterator[StdioProcess]:
    """An agent that has made the handshake."""
    agent = StdioProcess(data_dir)
    try:
        agent.greet()
        yield agent
    finally:
        agent.kill()


class Posting:
    """Speaks with /mcp over one connection, in either era of the protocol."""

    def __init__(self, port: int, version: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._version = version
        self._numbers = count(1)

    def call(self, tool: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        """A tool's result."""
        params: dict[str, object] = {"name": tool, "arguments": arguments}
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": self._version,
        }
        if self._version == MODERN:
            params["_meta"] = {
                f"{META}/protocolVersion": MODERN,
                f"{META}/clientInfo": WHO,
                f"{META}/clientCapabilities": {},
            }
            headers |= {"Mcp-Method": "tools/call", "Mcp-Name": tool}
        body = _message("tools/call", params, next(self._numbers))
        self._connection.request("POST", "/mcp", body, headers)
        reply = self._connection.getresponse()
        said = reply.read()
        assert reply.status == HTTPStatus.OK, said
        return _result(said)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _message(method: str, params: Mapping[str, object], number: int) -> bytes:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return json.dumps(message).encode()


def _result(said: bytes) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(said)["result"]
    assert not result.get("isError"), result
    return result
