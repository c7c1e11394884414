#!/usr/bin/env bash
# Package: @openai/codex 0.171.0 (npm). Seen on 2026-11-30.
#
# Guess: a mistake in one MCP server of ~/.codex/config.toml costs that server: Codex skips it with a
# warning, as it skips keys that it does not know.
#
# Seen: an unknown key, in the server's table or on top, passes without a word. But a number in the
# server's `env` (`PORT = 5000` instead of `"5000"`), or `command` and `url` together, fails the whole
# configuration: `codex mcp list` and `codex features list` end with an error, so that no other server
# works either, nor anything else that reads the file.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm install --silent --no-audit --no-fund --no-package-lock --cache "$tmp/cache" @openai/codex@0.171.0
export HOME="$tmp/home"
unset CODEX_HOME
mkdir -p "$HOME/.codex"
good='[mcp_servers.good]
command = "true"
'
try() {
  printf '%s\n%s\n' "$1" "$good" > "$HOME/.codex/config.toml"
  local ended=0
  node_modules/.bin/codex mcp list > listed 2>&1 || ended=$?
  node_modules/.bin/codex features list > features 2>&1 || ended=$((ended + $?))
  echo "$ended"
}
unknown=$(try $'no_such_key = 1\n[mcp_servers.notes]\ncommand = "true"\nno_such_key = 1')
grep -q good listed
text=$(try $'[mcp_servers.notes]\ncommand = "true"\nenv = { PORT = "5000" }')
number=$(try $'[mcp_servers.notes]\ncommand = "true"\nenv = { PORT = 5000 }')
grep 'invalid type' listed
! grep -q good listed
both=$(try $'[mcp_servers.notes]\ncommand = "true"\nurl = "http://127.0.0.1:9/mcp"')
echo "exit codes of both commands, summed: unknown keys $unknown, text $text, number $number, command and url $both"
[ "$unknown" = 0 ] && [ "$text" = 0 ] && [ "$number" -ge 2 ] && [ "$both" -ge 2 ]
echo 'Still so.'
