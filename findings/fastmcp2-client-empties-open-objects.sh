#!/usr/bin/env bash
# Packages: fastmcp 2.14.7 (control: fastmcp 3.2.4), mcp 1.x as they choose it. Seen on 2026-11-30.
#
# Guess: a tool whose output schema holds a free-form object (`{"type": "object"}`, even with
# `"additionalProperties": true`) gives its keys to the caller: the client's `result.data` is the same
# answer as `structured_content`, only typed.
#
# Seen: fastmcp 2's client builds a class without fields for that object and fills nothing in:
# `data.metadata` is `Root()`, a list of open objects is a list of `Root()`, and no warning or error is
# given. `structured_content` of the same result holds everything. fastmcp 3 gives the keys.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
cat > "$tmp/server.py" <<'PY'
import asyncio

import mcp.types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

server = Server("notes")


@server.list_tools()
async def tools() -> list[types.Tool]:
    schema = {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "metadata": {"type": "object"},
            "extra": {"type": "object", "additionalProperties": True},
            "hits": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["id"],
    }
    return [types.Tool(name="find", inputSchema={"type": "object"}, outputSchema=schema)]


@server.call_tool()
async def call(name: str, arguments: dict) -> dict:
    return {"id": "1", "metadata": {"source": "chat"}, "extra": {"n": 3}, "hits": [{"score": 0.5}]}


async def main() -> None:
    async with stdio_server() as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


asyncio.run(main())
PY
cat > "$tmp/client.py" <<'PY'
import asyncio
import sys

import fastmcp


async def main() -> None:
    servers = {"mcpServers": {"notes": {"command": sys.executable, "args": [sys.argv[1]]}}}
    async with fastmcp.Client(servers) as client:
        result = await client.call_tool("find", {})
    print(f"fastmcp {fastmcp.__version__}")
    print(f"  structured_content {result.structured_content}")
    print(f"  data               {result.data}")
    assert result.data.id == "1", "the typed part of the answer"
    assert result.structured_content["metadata"] == {"source": "chat"}
    print("  keys of the open objects in data:", "source" in repr(result.data), "score" in repr(result.data))
    kept = "source" in repr(result.data) and "score" in repr(result.data)
    assert kept == (sys.argv[2] == "kept"), "this changed"


asyncio.run(main())
PY
for case in 2.14.7:lost 3.2.4:kept; do
  python3 -m venv "$tmp/${case%:*}"
  "$tmp/${case%:*}/bin/pip" install --quiet --disable-pip-version-check "fastmcp==${case%:*}"
  "$tmp/${case%:*}/bin/python" -W ignore "$tmp/client.py" "$tmp/server.py" "${case#*:}" 2> "$tmp/log" || { cat "$tmp/log" >&2; exit 1; }
done
echo 'Still so.'
