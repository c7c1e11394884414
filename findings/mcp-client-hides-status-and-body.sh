#!/usr/bin/env bash
# Package: mcp 2.3.0 (the Python SDK of the Model Context Protocol). Seen on 2026-11-30.
#
# Guess: when a server answers the HTTP request with 401, 429 or 503, the client's error tells the status
# at least, and the reason in the body if it is JSON or plain text: enough to see an expired token.
#
# Seen: all three end as the same "Server returned an error response", without status, body or headers.
# Only a body that is itself a JSON-RPC error is shown, whatever the status, and 404 has words of its own
# ("Not Found"). So a gateway's 401 looks like its 503, and a Retry-After is lost.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0
cat > "$tmp/finding.py" <<'PY'
import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from mcp import Client, MCPError

REASON = "the token of this client has expired"
PLAIN = json.dumps({"error": REASON}).encode()
current: tuple[int, str, bytes | None] = (0, "", None)


class Gateway(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, kind, body = current
        if body is None:
            error = {"code": -32000, "message": REASON}
            body = json.dumps({"jsonrpc": "2.0", "id": request.get("id"), "error": error}).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


def leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for part in error.exceptions for leaf in leaves(part)]
    return [error]


async def shown(label: str, status: int, kind: str, body: bytes | None) -> str:
    global current
    current = (status, kind, body)
    try:
        async with Client(f"http://127.0.0.1:{gateway.server_port}/mcp") as client:
            await client.list_tools()
    except Exception as error:
        (leaf,) = leaves(error)
        assert isinstance(leaf, MCPError), leaf
        print(f"{status} {label}: {leaf}")
        return f"{leaf} {leaf.error.data}"
    raise AssertionError("no error")


async def main() -> None:
    assert REASON in await shown("JSON-RPC error", 401, "application/json", None), "the ordinary case"
    for status in (401, 429, 503):
        for label, kind, body in (("JSON", "application/json", PLAIN), ("text", "text/plain", REASON.encode())):
            words = await shown(label, status, kind, body)
            assert "Server returned an error response" in words
            assert str(status) not in words and REASON not in words, "told now"


with HTTPServer(("127.0.0.1", 0), Gateway) as gateway:
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    asyncio.run(main())
    gateway.shutdown()
PY
"$tmp/venv/bin/python" -W ignore "$tmp/finding.py" 2> "$tmp/log" || { tail -5 "$tmp/log" >&2; exit 1; }
echo 'Still so.'
