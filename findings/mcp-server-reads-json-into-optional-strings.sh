#!/usr/bin/env bash
# Package: mcp 2.3.0 (the Python SDK of the Model Context Protocol). Seen on 2026-11-30.
#
# Guess: a parameter `text: str | None` takes every string, as its published input schema says
# (anyOf string, null), and the function gets the string that was sent.
#
# Seen: a string that reads as a JSON object or list is parsed before it is checked, unless the
# annotation is exactly `str`. So a note whose text is '{"a": 1}' is refused with "Input should be a
# valid string", the text 'null' arrives as None, and with `str | dict` a string arrives as a dict. The
# same texts go through a parameter annotated `str`, and through this one when they are 'true', '12' or
# '"quoted"'. So a default of None decides whether a tool can be handed JSON as text.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0
cat > "$tmp/finding.py" <<'PY'
import asyncio

from mcp import Client
from mcp.server import MCPServer

server = MCPServer("notes")


@server.tool()
def required(text: str) -> str:
    return repr(text)


@server.tool()
def optional(text: str | None = None) -> str:
    return repr(text)


@server.tool()
def either(text: str | dict) -> str:
    return repr(text)


async def main() -> None:
    async with Client(server) as client:

        async def got(tool: str, text: str) -> str:
            result = await client.call_tool(tool, {"text": text})
            lines = result.content[0].text.splitlines()
            print(f"{tool}({text!r}): {'refused, ' + lines[2].strip()[:34] if result.is_error else lines[0]}")
            return "refused" if result.is_error else lines[0]

        schemas = {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}
        assert {"type": "string"} in schemas["optional"]["properties"]["text"]["anyOf"]
        for text in ('{"a": 1}', '["a"]', "null", "true", "12", '"quoted"', "plain"):
            assert await got("required", text) == repr(text), "the ordinary case"
        for text in ("true", "12", '"quoted"', "plain"):
            assert await got("optional", text) == repr(text), "the ordinary case"
        assert await got("optional", '{"a": 1}') == "refused"
        assert await got("optional", '["a"]') == "refused"
        assert await got("optional", "null") == "None"
        assert await got("either", '{"a": 1}') == "{'a': 1}"


asyncio.run(main())
PY
"$tmp/venv/bin/python" -W ignore "$tmp/finding.py" 2> "$tmp/log" || { tail -5 "$tmp/log" >&2; exit 1; }
echo 'Still so.'
