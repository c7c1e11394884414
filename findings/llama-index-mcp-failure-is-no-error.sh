#!/usr/bin/env bash
# Packages: llama-index-tools-mcp 0.6.0, llama-index-core 0.14.25, mcp 2.3.0. Seen on 2026-11-30.
#
# Guess: when a tool of an MCP server answers with isError, LlamaIndex's ToolOutput has is_error True,
# as it has when a Python function used as a tool raises: agents and callbacks branch on that field.
#
# Seen: is_error is False. The failure is in `raw_output.is_error`, and as words within the text that
# the model reads, which is the whole result printed, `content=[TextContent(...)] is_error=True` and all.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check \
  llama-index-tools-mcp==0.6.0 llama-index-core==0.14.25 mcp==2.3.0
cat > "$tmp/server.py" <<'PY'
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("notes")


@server.tool()
def read_note(id: str) -> str:
    if id == "1":
        return "milk"
    raise ToolError(f"there is no note {id}")


server.run("stdio")
PY
cat > "$tmp/client.py" <<'PY'
import asyncio
import sys

from llama_index.core.tools import FunctionTool
from llama_index.core.tools.calling import acall_tool
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec


def read_file(id: str) -> str:
    raise ValueError(f"there is no file {id}")


async def main() -> None:
    client = BasicMCPClient(sys.executable, args=[sys.argv[1]])
    (remote,) = await McpToolSpec(client=client).to_tool_list_async()
    local = FunctionTool.from_defaults(read_file)
    outputs = [await acall_tool(tool, {"id": id}) for tool, id in ((local, "2"), (remote, "1"), (remote, "2"))]
    for name, output in zip(("a function that raises", "an MCP tool", "an MCP tool that fails"), outputs):
        print(f"{name}: is_error {output.is_error}, {output.content!r}")
    failed, good, silent = outputs
    assert failed.is_error and not good.is_error, "the ordinary cases"
    assert silent.raw_output.is_error and "there is no note 2" in silent.content
    assert not silent.is_error, "it is an error now"


asyncio.run(main())
PY
"$tmp/venv/bin/python" -W ignore "$tmp/client.py" "$tmp/server.py" 2> "$tmp/log" || { tail -5 "$tmp/log" >&2; exit 1; }
echo 'Still so.'
