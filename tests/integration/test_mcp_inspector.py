"""The official inspector's command line, as a client that is not ours: every tool, both ways."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memorizer.mcp.stdio import server_discovery
from memorizer.mcp.tools import CORE
from support.conformance import INSPECTOR, run
from support.stdio_process import server


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a running server, over which standard input and output is a bridge."""
    data_dir = tmp_path_factory.mktemp("data")
    with server(data_dir):
        yield data_dir


@pytest.fixture(params=["http", "stdio"])
def target(request: pytest.FixtureRequest, running: Path) -> tuple[str, ...]:
    """How the inspector is told where the server is."""
    found = server_discovery.read(running)
    assert found is not None
    if request.param == "http":
        return f"http://localhost:{found.port}/mcp", "--transport", "http"
    return sys.executable, "-m", "memorizer", "mcp", "--data-dir", str(running)


async def inspect(target: tuple[str, ...], *options: str) -> Any:
    status, said = await run(INSPECTOR, "--cli", *target, "-q", "--format", "json", *options)
    assert status == 0, said
    return json.loads(said)["result"]


async def test_no_schema_is_found_fault_with(target: tuple[str, ...]) -> None:
    listing = await inspect(target, "--method", "tools/list", "--strict")
    assert [tool["name"] for tool in listing["tools"]] == [tool.name for tool in CORE]


async def test_every_tool_can_be_called(target: tuple[str, ...]) -> None:
    async def call(tool: str, **arguments: object) -> dict[str, Any]:
        text = json.dumps(arguments)
        options = ("--method", "tools/call", "--tool-name", tool, "--tool-args-json", text)
        facts: dict[str, Any] = (await inspect(target, *options))["structuredContent"]
        return facts

    tea = await call("store", type="note", text="Tea wants 80 degrees.", source="test", title="T")
    pot = await call("store", type="note", text="A pot for tea.", source="test", title="P")
    one = {"id": tea["id"]}
    assert (await call("search_memories", query="tea"))["count"] >= 2
    assert (await call("edit", **one, old_text="80", new_text="70"))["version"] == 2
    assert (await call("update_metadata", **one, tags=["tea"]))["version"] == 3
    assert (await call("revert_to_version", **one, versionNumber=1))["version"] == 4
    link = await call("create_relationship", fromId=pot["id"], toId=tea["id"], type="holds")
    assert link["isNew"]
    assert (await call("get", **one))["relationships"][0]["type"] == "holds"
    assert len((await call("get_many", ids=[tea["id"], pot["id"]]))["memories"]) == 2
    assert (await call("delete", **one))["id"] == tea["id"]
