#!/usr/bin/env bash
# Packages: anthropic 2.14.0, mcp 2.3.0. Seen on 2026-11-30.
#
# Guess: the Anthropic SDK's helper that turns a resource of an MCP server into a block of a message
# takes any resource that is text: JSON is the commonest of them, and a plain text block holds it.
#
# Seen: `mcp_resource_to_content` raises UnsupportedMCPValueError for application/json (and for XML and
# YAML named application/...), though the contents are TextResourceContents with a `text`. The same text
# is taken as text/plain, text/html, text/csv, and with no MIME type at all: a server that says less
# about its resource is understood better.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check anthropic==2.14.0 mcp==2.3.0
"$tmp/venv/bin/python" - <<'PY'
import mcp.types as types
from anthropic.lib.tools.mcp import UnsupportedMCPValueError, mcp_resource_to_content

TEXT = '{"answer": 42}'


def taken(mime_type: str | None) -> bool:
    contents = types.TextResourceContents(uri="note://1", mime_type=mime_type, text=TEXT)
    try:
        block = mcp_resource_to_content(types.ReadResourceResult(contents=[contents]))
    except UnsupportedMCPValueError as error:
        print(f"{mime_type}: {error}")
        return False
    print(f"{mime_type}: {block}")
    assert TEXT in repr(block)
    return True


for mime_type in ("text/plain", "text/markdown", "text/html", "text/csv", None):
    assert taken(mime_type), mime_type
for mime_type in ("application/json", "application/xml", "application/yaml"):
    assert not taken(mime_type), mime_type
PY
echo 'Still so.'
