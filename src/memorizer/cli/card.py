"""Draws mcp/stdio/card.json from the server itself: `python -m memorizer.cli.card`.

A test compares the file with what this draws, so it cannot go stale.
"""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

from memorizer.bootstrap import open_services
from memorizer.mcp.http_transport import HttpTransport
from memorizer.mcp.stdio import messages
from memorizer.mcp.stdio.messages import Client
from memorizer.mcp.stdio.static_replies import FILE
from memorizer.mcp.tools import GROUPS
from memorizer.settings import Settings

LISTS = ("prompts/list", "resources/list", "resources/templates/list")
NEWEST = HANDSHAKE_PROTOCOL_VERSIONS[-1]


async def drawn(version: str = NEWEST) -> str:
    """The file as it should be, asked for in this version of the protocol."""
    with TemporaryDirectory() as folder:
        async with open_services(Settings(data_dir=Path(folder))) as assembly:
            asked: dict[str, dict[str, Any]] = {}
            for group in GROUPS:
                endpoint = HttpTransport(group)
                async with endpoint.serving(assembly.services):
                    asked[group] = await _asked(endpoint, version)
    return json.dumps(_card(asked), indent=1, ensure_ascii=False) + "\n"


def _card(asked: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    any_group = next(iter(asked.values()))
    handshake = any_group["initialize"]
    del handshake["protocolVersion"], handshake["serverInfo"]["version"]
    return {
        "versions": list(HANDSHAKE_PROTOCOL_VERSIONS),
        "initialize": handshake,
        "lists": {method: any_group[method] for method in LISTS},
        "tools": {group: answers["tools/list"] for group, answers in asked.items()},
    }


async def _asked(endpoint: HttpTransport, version: str) -> dict[str, Any]:
    transport = httpx.ASGITransport(endpoint)
    hello = {
        "protocolVersion": version,
        "capabilities": {},
        "clientInfo": {"name": "card", "version": "1"},
    }
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answers = {"initialize": await _ask(client, version, "initialize", hello)}
        for method in (*LISTS, "tools/list"):
            answers[method] = await _ask(client, version, method, {})
    return answers


async def _ask(
    client: httpx.AsyncClient, version: str, method: str, params: Mapping[str, Any]
) -> Any:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = messages.headers(message, Client(protocol=version))
    reply = await client.post("/mcp", json=message, headers=headers)
    found = messages.Reply(message, reply.status_code, reply.headers["Content-Type"])
    [answer] = found.feed(reply.content) + found.end()
    return json.loads(answer)["result"]


if __name__ == "__main__":
    FILE.write_text(asyncio.run(drawn()), encoding="utf-8")
