"""Generate src/memorizer/mcp/stdio/card.json from the MCP server: `python -m tools.mcp_card`.

A test compares the committed file with the generated text.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from memorizer.bootstrap import open_services
from memorizer.mcp.http_transport import HttpTransport
from memorizer.mcp.stdio import messages
from memorizer.mcp.stdio.messages import Client
from memorizer.mcp.stdio.static_replies import FILE
from memorizer.mcp.tools import GROUPS
from memorizer.settings import Settings

DISCOVER = "server/discover"
LIST_METHODS = ("prompts/list", "resources/list", "resources/templates/list")
NEWEST_VERSION = HANDSHAKE_PROTOCOL_VERSIONS[-1]
MODERN_VERSION = MODERN_PROTOCOL_VERSIONS[-1]
MODERN_PARAMS = {
    "_meta": {
        messages.META_VERSION: MODERN_VERSION,
        messages.META_CAPABILITIES: {},
    }
}


async def card_json(version: str = NEWEST_VERSION) -> str:
    """Return the text of card.json, asking the server in this version of the protocol."""
    with TemporaryDirectory() as folder:
        async with open_services(Settings(data_dir=Path(folder))) as container:
            replies: dict[str, dict[str, Any]] = {}
            modern: dict[str, dict[str, Any]] = {}
            for group in GROUPS:
                transport = HttpTransport(group)
                async with transport.serving(container.services):
                    replies[group] = await _replies(transport, version)
                    modern[group] = await _modern_replies(transport)
    return json.dumps(_card(replies, modern), indent=1, ensure_ascii=False) + "\n"


def _card(
    replies: Mapping[str, dict[str, Any]], modern: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    any_group = next(iter(replies.values()))
    handshake = any_group["initialize"]
    del handshake["protocolVersion"], handshake["serverInfo"]["version"]
    return {
        "versions": list(HANDSHAKE_PROTOCOL_VERSIONS),
        "initialize": handshake,
        "lists": {method: any_group[method] for method in LIST_METHODS},
        "tools": {group: results["tools/list"] for group, results in replies.items()},
        "modern": _modern_part(replies, modern),
    }


def _modern_part(
    replies: Mapping[str, dict[str, Any]], modern: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return what the version without a handshake adds to the replies of the older ones."""
    group = next(iter(modern))
    discover = modern[group][DISCOVER]
    del discover["_meta"][messages.META_SERVER]["version"]
    more: dict[str, Any] = {}
    for method in (*LIST_METHODS, "tools/list"):
        for each, results in modern.items():
            old, new = replies[each][method], results[method]
            if {key: new.get(key) for key in old} != old:
                raise ValueError(f"{method} differs between the versions of the protocol")
            new["_meta"] = discover["_meta"]
            more[method] = {key: value for key, value in new.items() if key not in old}
    return {"versions": list(MODERN_PROTOCOL_VERSIONS), "discover": discover, "lists": more}


async def _modern_replies(app: HttpTransport) -> dict[str, Any]:
    """Return the result of each method in the version without a handshake, by its name."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return {
            method: await _call(client, None, method, MODERN_PARAMS)
            for method in (DISCOVER, *LIST_METHODS, "tools/list")
        }


async def _replies(app: HttpTransport, version: str) -> dict[str, Any]:
    """Return the result of each method, by its name."""
    handshake = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "card", "version": "1"},
    }
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        results = {"initialize": await _call(client, version, "initialize", handshake)}
        for method in (*LIST_METHODS, "tools/list"):
            results[method] = await _call(client, version, method, {})
    return results


async def _call(
    client: httpx.AsyncClient, version: str | None, method: str, params: Mapping[str, Any]
) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = messages.headers(message, Client(protocol=version))
    response = await client.post("/mcp", json=message, headers=headers)
    reply = messages.Reply(message, response.status_code, response.headers["Content-Type"])
    [answer] = reply.feed(response.content) + reply.end()
    return json.loads(answer)["result"]


if __name__ == "__main__":
    FILE.write_text(asyncio.run(card_json()), encoding="utf-8")
