#!/usr/bin/env bash
# Packages: mcp 2.3.0, against mcp 1.30.0 (the Python SDK of the Model Context Protocol).
# Seen on 2026-11-30.
#
# Guess: a tool that raises ValueError("there is no note 7") gives the model these words in an answer
# marked as an error, as it did in every 1.x: that is how a model learns what to do next. Version 2
# renames FastMCP to MCPServer, and such an error still arrives as an error of the tool.
#
# Seen: with 2.3.0 the model reads "Error executing tool read_note" and no more; the words go to the
# server's log alone. They come through when raised as the SDK's own ToolError, or when its own check of the
# arguments fails (then with the value that was sent). A resource's exception is cut in the same way.
# Nothing warns of it: the same server code runs, and its answers say less.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/finding.py" <<'PY'
import asyncio
import sys

if sys.argv[1].startswith("1."):
    from mcp.server.fastmcp import FastMCP as Server
    from mcp.server.fastmcp.exceptions import ToolError
    from mcp.shared.memory import create_connected_server_and_client_session

    def connected(server):
        return create_connected_server_and_client_session(server._mcp_server)
else:
    from mcp import Client as connected
    from mcp.server import MCPServer as Server
    from mcp.server.mcpserver.exceptions import ToolError

server = Server("notes")


@server.tool()
def read_note(id: int) -> str:
    raise ValueError("there is no note 7")


@server.tool()
def read_list(id: int) -> str:
    raise ToolError("there is no list 7")


async def main() -> None:
    async with connected(server) as client:

        async def told(tool: str, id: object) -> str:
            result = await client.call_tool(tool, {"id": id})
            words = result.content[0].text
            print(f"mcp {sys.argv[1]}: {words.splitlines()[0]!r}")
            return words

        raised = await told("read_note", 7)
        assert "there is no list 7" in await told("read_list", 7), "the ordinary case"
        assert "valid integer" in await told("read_note", "seven"), "the ordinary case"
        assert ("there is no note 7" in raised) == sys.argv[1].startswith("1."), "this changed"


asyncio.run(main())
PY
for version in 1.30.0 2.3.0; do
  python3 -m venv "$tmp/$version"
  "$tmp/$version/bin/pip" install --quiet --disable-pip-version-check "mcp==$version"
  "$tmp/$version/bin/python" -W ignore "$tmp/finding.py" "$version" 2> "$tmp/log" || { tail -5 "$tmp/log" >&2; exit 1; }
done
grep -q 'there is no note 7' "$tmp/log" # the log of 2.3.0
echo 'Still so.'
