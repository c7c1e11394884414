#!/usr/bin/env bash
# Packages: smolagents 1.26.0 and autogen-ext 0.7.5, each with its extra `mcp`. Seen on 2026-11-30.
#
# Guess: a kit with its extra, in a fresh environment, brings an MCP SDK that the kit was made for, or
# the installer says that none fits.
#
# Seen: both extras have no upper bound and bring mcp 2.3.0; `pip check` finds nothing wrong; and the
# part of the kit that the extra is for fails at its import of names that version 2 no longer has. With
# mcp 1.27.0 put in by hand both work.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME="$tmp"
try() { # NAME: what the kit says when its MCP part is used
  "$tmp/$1/bin/python" -W ignore "$tmp/use-$1.py" 2> "$tmp/log" || tail -1 "$tmp/log"
}
cat > "$tmp/use-smolagents.py" <<'PY'
from smolagents import MCPClient

try:
    MCPClient([])  # no server to speak to: imported is all that is asked
except ImportError:
    raise
except Exception:
    pass
print("imported")
PY
cat > "$tmp/use-autogen-ext.py" <<'PY'
import autogen_ext.tools.mcp

print("imported")
PY
for kit in smolagents:1.26.0:'cannot import name' autogen-ext:0.7.5:'cannot import name'; do
  IFS=: read -r name version words <<< "$kit"
  python3 -m venv "$tmp/$name"
  "$tmp/$name/bin/pip" install --quiet --disable-pip-version-check "$name[mcp]==$version"
  "$tmp/$name/bin/pip" check
  "$tmp/$name/bin/pip" list --disable-pip-version-check 2> "$tmp/log" | grep -E '^mcp +'
  try "$name" | tee "$tmp/seen"
  grep -qF "$words" "$tmp/seen" || { echo "$name: this changed"; exit 1; }
  "$tmp/$name/bin/pip" install --quiet --disable-pip-version-check 'mcp[ws]==1.27.0'
  echo "$name with mcp 1.27.0: $(try "$name" | tee "$tmp/seen")"
  grep -qx imported "$tmp/seen" || { echo "$name: the ordinary case fails"; exit 1; }
done
echo 'Still so.'
