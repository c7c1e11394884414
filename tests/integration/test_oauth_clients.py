"""Real clients find the login by themselves: the official SDKs, mcp-remote and the Inspector.

A server with a public https address stands behind a proxy that speaks TLS; a person's browser is
played by support/oauth_person.py.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)

from mcp import Client
from memorizer.bootstrap import open_services
from memorizer.domain.auth import Scope, Token
from memorizer.settings import Settings
from support.conformance import FOLDER, INSPECTOR, environment, node_22
from support.oauth_person import visit
from support.processes import TESTS
from support.server_process import server_process
from support.tls_proxy import Certificate, certificate, tls_proxy
from support.waiting import HANG_SECONDS

REMOTE = FOLDER / "node_modules" / "mcp-remote" / "dist" / "proxy.js"


@dataclass(frozen=True)
class PublicServer:
    """A server that others reach at a public address, and a person with a token there."""

    url: str
    token: str
    trusted: Certificate
    settings: Settings
    browser: Path

    async def connections(self) -> list[Token]:
        """What clients were given."""
        async with open_services(self.settings) as container:
            return [t for t in await container.services.auth.tokens() if t.name != "mine"]

    def node_environment(self, home: Path) -> dict[str, str]:
        return environment(node_22()) | {
            "NODE_EXTRA_CA_CERTS": str(self.trusted.certificate),
            "BROWSER": str(self.browser),
            "HOME": str(home),
            "MCP_AUTO_OPEN_ENABLED": "true",  # the Inspector opens a browser without a terminal
            "MCP_REMOTE_CONFIG_DIR": str(home / "remote"),
        }


async def _token(settings: Settings) -> str:
    async with open_services(settings) as container:
        return (await container.services.auth.create("mine", Scope.ADMIN))[1]


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublicServer]:
    folder = tmp_path_factory.mktemp("public")
    trusted = certificate(folder)
    settings = Settings(data_dir=folder / "data")
    token = asyncio.run(_token(settings))
    browser = folder / "browser"
    browser.write_text(
        f"#!/bin/sh\nexport PYTHONPATH={TESTS} PERSON_TOKEN={token} "
        f"PERSON_TRUSTS={trusted.certificate}\n"
        f'exec {sys.executable} -m support.oauth_person "$1"\n'
    )
    browser.chmod(0o755)
    with (
        tls_proxy(trusted) as (url, forward_to),
        server_process(settings.data_dir, public_url=url, worker="false") as server,
    ):
        forward_to(urlsplit(server.url).port or 0)
        yield PublicServer(url, token, trusted, settings, browser)


class Stored:
    """What a Python client keeps."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


async def python_tools(public: PublicServer, stored: Stored) -> list[str]:
    """Log in if that is needed, and list the tools."""
    there = ""

    async def redirect(url: str) -> None:
        nonlocal there
        arguments = url, public.token, str(public.trusted.certificate)
        there = await asyncio.to_thread(visit, *arguments)

    async def answer() -> AuthorizationCodeResult:
        fields = {name: value[0] for name, value in parse_qs(urlsplit(there).query).items()}
        return AuthorizationCodeResult.model_validate(fields)

    provider = OAuthClientProvider(
        server_url=f"{public.url}/mcp",
        client_metadata=OAuthClientMetadata.model_validate(
            {"client_name": "python", "redirect_uris": ["http://localhost:9/callback"]}
        ),
        storage=stored,
        redirect_handler=redirect,
        callback_handler=answer,
    )
    tls = public.trusted.client_context()
    async with httpx2.AsyncClient(auth=provider, verify=tls, timeout=HANG_SECONDS) as http:
        transport = streamable_http_client(f"{public.url}/mcp", http_client=http)
        async with Client(transport) as client:
            return [tool.name for tool in (await client.list_tools()).tools]


async def test_the_python_sdk_logs_in_and_comes_again_with_the_tokens_it_stored(
    public: PublicServer,
) -> None:
    stored = Stored()
    assert "search_memories" in await python_tools(public, stored)
    first = stored.tokens
    assert first is not None
    assert first.scope == "memory:read memory:write"
    # a new process that finds them
    assert "store" in await python_tools(public, stored)
    assert stored.tokens == first
    names = [token.name for token in await public.connections()]
    assert names.count("python (localhost)") == 1


@pytest.mark.parametrize("kind", ["sdk", "client"])
async def test_both_typescript_sdks_log_in_and_refresh(
    public: PublicServer, kind: str, tmp_path: Path
) -> None:
    said = await run(public, tmp_path, FOLDER / "oauth_client.mjs", kind, f"{public.url}/mcp")
    facts = json.loads(said.splitlines()[-1])
    assert "search_memories" in facts["tools"]
    assert facts["iss"] == public.url
    assert facts["refreshed"]
    assert f"ts {kind} (127.0.0.1)" in [token.name for token in await public.connections()]


async def test_the_inspector_logs_in(public: PublicServer, tmp_path: Path) -> None:
    target = f"{public.url}/mcp", "--transport", "http", "-q", "--format", "json"
    said = await run(public, tmp_path, INSPECTOR, "--cli", *target, "--method", "tools/list")
    assert "search_memories" in said


async def test_mcp_remote_logs_in_and_passes_calls_on(public: PublicServer, tmp_path: Path) -> None:
    node = await asyncio.to_thread(node_22)
    process = await asyncio.create_subprocess_exec(
        node,
        REMOTE,
        f"{public.url}/mcp",
        env=public.node_environment(tmp_path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    info = {"protocolVersion": "2025-06-18", "capabilities": {}}
    info["clientInfo"] = {"name": "test", "version": "1"}
    for number, (method, params) in enumerate([("initialize", info), ("tools/list", {})]):
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        process.stdin.write(json.dumps(message).encode() + b"\n")
    async with asyncio.timeout(HANG_SECONDS):
        replies: dict[object, Any] = {}
        while len(replies) < 2:
            reply = json.loads(await process.stdout.readline())
            replies[reply.get("id")] = reply
    process.kill()
    await process.communicate()
    assert "search_memories" in [tool["name"] for tool in replies[1]["result"]["tools"]]
    assert any("127.0.0.1" in t.name or "localhost" in t.name for t in await public.connections())


async def run(public: PublicServer, home: Path, *command: str | Path) -> str:
    """What a program of Node's says."""
    node = await asyncio.to_thread(node_22)
    process = await asyncio.create_subprocess_exec(
        node,
        *command,
        env=public.node_environment(home),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(HANG_SECONDS):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return said.decode()
