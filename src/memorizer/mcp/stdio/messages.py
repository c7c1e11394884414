"""JSON-RPC messages as they pass through: read, addressed over HTTP, refused."""

import base64
import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

PARSE_ERROR: Final = -32_700
INVALID_REQUEST: Final = -32_600
INTERNAL_ERROR: Final = -32_603
OK: Final = 200

META_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
META_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
META_SERVER: Final = "io.modelcontextprotocol/serverInfo"
NAMED_BY: Final[Mapping[str, str]] = {
    "tools/call": "name",
    "prompts/get": "name",
    "resources/read": "uri",
}
"""The parameter that modern HTTP wants in a header too."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    """Who is at the other end, once it has said so."""

    name: str = "mcp"
    version: str = ""
    protocol: str | None = None
    """What was agreed on in the handshake."""


class Request:
    """One request on its way. It may be cancelled at any time, even before anybody works on it."""

    def __init__(self, message: Json, client: Client) -> None:
        self.id = message["id"]
        self.message = message
        self.client = client
        self.is_cancelled = False
        self._lock = threading.Lock()
        self._on_cancel: Callable[[], object] | None = None

    def cancel(self) -> None:
        """Tell whoever works on it."""
        with self._lock:
            self.is_cancelled = True
            if self._on_cancel is not None:
                self._on_cancel()

    def on_cancel(self, do: Callable[[], object] | None) -> None:
        """Do this when it is cancelled, which may be at once; None: there is nothing to stop."""
        with self._lock:
            self._on_cancel = do
            if do is not None and self.is_cancelled:
                do()


def headers(message: Json, client: Client) -> dict[str, str]:
    """Return the HTTP headers for a message."""
    params = message.get("params")
    params = params if isinstance(params, dict) else {}
    found = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "User-Agent": f"{quote(client.name, safe=' ')}/{quote(client.version)}",
    }
    modern = modern_version(message)
    if modern is not None:
        found["MCP-Protocol-Version"] = _header(modern)
        found["Mcp-Method"] = _header(str(message.get("method")))
        name = params.get(NAMED_BY.get(str(message.get("method")), ""))
        if isinstance(name, str):
            found["Mcp-Name"] = _header(name)
    elif client.protocol is not None and message.get("method") != "initialize":
        found["MCP-Protocol-Version"] = client.protocol
    return found


def modern_version(message: Json) -> str | None:
    """Return the protocol version in the message itself, as clients without a handshake send it."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    version = meta.get(META_VERSION) if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _header(value: str) -> str:
    """As it is, or in Base64 where a header could not carry it."""
    if re.fullmatch(r"[!-~]([ -~]*[!-~])?", value) and not value.startswith("=?base64?"):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def refusal(id_: object, code: int, message: str) -> bytes:
    """Return a JSON-RPC error."""
    error = {"code": code, "message": message}
    return json.dumps({"jsonrpc": "2.0", "id": id_, "error": error}).encode()


def answer(id_: object, result: Json) -> bytes:
    """Return a JSON-RPC result."""
    return json.dumps({"jsonrpc": "2.0", "id": id_, "result": result}).encode()


class Reply:
    """Takes an HTTP reply apart into JSON-RPC messages, as its pieces come in."""

    def __init__(self, message: Json, status: int, kind: str) -> None:
        self._message = message
        self._status = status
        self._is_stream = status == OK and kind.startswith("text/event-stream")
        self._rest = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the complete messages so far: the SDK writes each as one line of data."""
        self._rest += chunk
        if not self._is_stream:
            return []
        *lines, self._rest = self._rest.split(b"\n")
        data = [line[5:].strip() for line in lines if line.startswith(b"data:")]
        return [each for each in data if each]

    def end(self) -> list[bytes]:
        """Return the message of a reply that was no stream; empty if there is none."""
        if self._is_stream or "id" not in self._message:
            return []
        try:
            said = json.loads(self._rest)
        except ValueError:
            said = None
        if isinstance(said, dict) and "jsonrpc" in said:
            return [json.dumps(said | {"id": self._message["id"]}).encode()]
        # not the protocol's layer: the body was too large, the host foreign
        words = said.get("message") if isinstance(said, dict) else None
        words = words or f"The Memorizer server answered with status {self._status}."
        return [refusal(self._message["id"], INTERNAL_ERROR, str(words))]
