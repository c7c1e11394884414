#!/usr/bin/env bash
# Packages: openai-agents 0.24.0, mcp 2.3.0. Seen on 2026-11-30.
#
# Guess: `convert_schemas_to_strict` for the tools of an MCP server keeps a tool's meaning: strict mode
# wants every property required, so an optional one becomes one that may be null, and a property with
# `additionalProperties` is closed or refused.
#
# Seen: optional properties become required as they are: `tags`, an array that may be left out, must be
# given and may not be null, and `limit` keeps its "default": 10 beside being required, so the model has
# to invent a value for each. And one property of open objects anywhere turns strictness off for
# the whole tool, without an error or a warning: then all the optional ones are optional again.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check openai-agents==0.24.0 mcp==2.3.0
cat > "$tmp/finding.py" <<'PY'
import json

import mcp.types as types
from agents.mcp import MCPServerStdio
from agents.mcp.util import MCPUtil

server = MCPServerStdio({"command": "true"})  # never started: only the conversion is asked for
OPTIONAL = {
    "limit": {"type": "integer", "default": 10},
    "tags": {"type": "array", "items": {"type": "string"}},
}


def converted(*, strict: bool, **more: dict) -> tuple[bool, dict]:
    schema = {"type": "object", "properties": {"query": {"type": "string"}, **OPTIONAL, **more}, "required": ["query"]}
    tool = types.Tool(name="search", input_schema=schema)
    function = MCPUtil.to_function_tool(tool, server, strict)
    print(f"asked for strict {strict}, got {function.strict_json_schema}: {json.dumps(function.params_json_schema)}")
    return function.strict_json_schema, function.params_json_schema


strict, schema = converted(strict=False)
assert not strict and schema["required"] == ["query"], "the ordinary case"
strict, schema = converted(strict=True)
assert strict and schema["required"] == ["query", "limit", "tags"]
assert schema["properties"]["tags"] == OPTIONAL["tags"], "may be null now"
assert schema["properties"]["limit"] == OPTIONAL["limit"], "without a default now"
strict, schema = converted(strict=True, metadata={"type": "object", "additionalProperties": True})
assert not strict and schema["required"] == ["query"], "strict, or refused, now"
PY
"$tmp/venv/bin/python" -W ignore "$tmp/finding.py"
echo 'Still so.'
