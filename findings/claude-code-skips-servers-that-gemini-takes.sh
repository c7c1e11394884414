#!/usr/bin/env bash
# Packages: @anthropic-ai/claude-code 2.1.332, @google/gemini-cli 0.61.0 (npm). Seen on 2026-11-30.
#
# Guess: `{"url": "http://..."}` under `mcpServers`, the shortest entry there is for a remote MCP server,
# means the same to both: connect over HTTP.
#
# Seen: Gemini CLI connects to it by Streamable HTTP: it posts `initialize`. Claude Code never tries: it
# skips the entry and lists the other servers, with the warning that an entry with a "url" needs a "type".
# With `"type": "http"` added both connect, so that is the one entry that serves both.
set -euo pipefail
tmp=$(mktemp -d)
trap 'kill $server 2>/dev/null || true; rm -rf "$tmp"' EXIT
cd "$tmp"
npm install --silent --no-audit --no-fund --no-package-lock --cache "$tmp/cache" \
  @anthropic-ai/claude-code@2.1.332 @google/gemini-cli@0.61.0
cat > server.py <<'PY'
import http.server
import sys


class Refusing(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with open("asked", "a") as asked:
            asked.write(f"POST {body[:200]!r}\n")
        self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
python3 server.py > port &
server=$!
until [ -s port ]; do sleep 0.1; done
url="http://127.0.0.1:$(cat port)/mcp"
export HOME="$tmp/home"
mkdir -p "$HOME/.gemini" "$HOME/project"
printf '{"%s": "TRUST_FOLDER"}' "$HOME/project" > "$HOME/.gemini/trustedFolders.json"
cd "$HOME/project"
asked() { if [ -f "$tmp/asked" ]; then wc -l < "$tmp/asked"; else echo 0; fi; }
for entry in "{\"url\": \"$url\"}" "{\"type\": \"http\", \"url\": \"$url\"}"; do
  echo "== ${entry/$url/URL}"
  printf '{"mcpServers": {"notes": %s}}' "$entry" | tee "$HOME/.claude.json" > "$HOME/.gemini/settings.json"
  before=$(asked)
  "$tmp/node_modules/.bin/gemini" mcp list > /dev/null 2>&1 || true
  by_gemini=$(asked)
  "$tmp/node_modules/.bin/claude" mcp list > "$tmp/claude.txt" 2>&1 || true
  by_claude=$(asked)
  echo "requests by Gemini CLI: $((by_gemini - before)), by Claude Code: $((by_claude - by_gemini))"
  grep -o 'Skipped .*' "$tmp/claude.txt" || true
  [ $((by_gemini - before)) -gt 0 ]
  case $entry in
    *type*) [ $((by_claude - by_gemini)) -gt 0 ] ;;
    *) [ $((by_claude - by_gemini)) -eq 0 ] && grep -q 'no "type"' "$tmp/claude.txt" ;;
  esac
done
grep -q initialize "$tmp/asked"
echo 'Still so.'
