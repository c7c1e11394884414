#!/usr/bin/env bash
# Packages: agno 3.1.10, mcp 2.3.0. Seen on 2026-11-30.
#
# Guess: the surest way to name an MCP server that is started over stdio is the full path of its
# executable, since it depends on no PATH: `MCPTools(command="/opt/notes/bin/notes-server --stdio")`.
#
# Seen: for an existing executable file outside PATH, agno raises ValueError "MCP command needs to use
# one of the following executables: ..." (a list of launchers such as npx, uvx and docker), for its full
# path and for its relative path alike: only the last part of the path is compared, so the path itself
# never counts. A full path that ends in `python` is taken.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check agno==3.1.10 mcp==2.3.0
mkdir "$tmp/notes"
printf '#!/bin/sh\necho started\n' > "$tmp/notes/notes-server-of-this-finding"
chmod +x "$tmp/notes/notes-server-of-this-finding"
cd "$tmp"
"$tmp/notes/notes-server-of-this-finding"
"$tmp/venv/bin/python" - "$tmp/notes/notes-server-of-this-finding" "$tmp/venv/bin/python" <<'PY'
import sys

from agno.tools.mcp import MCPTools


def taken(label: str, command: str) -> bool:
    try:
        MCPTools(command=command)
    except ValueError as error:
        print(f"{label}: refused, {str(error)[:60]}...")
        return False
    print(f"{label}: taken")
    return True


server, python = sys.argv[1:]
assert taken("an interpreter by its full path", f"{python} server.py")
assert not taken("an executable by its full path", f"{server} --stdio")
assert not taken("an executable by its relative path", "./notes/notes-server-of-this-finding --stdio")
PY
echo 'Still so.'
