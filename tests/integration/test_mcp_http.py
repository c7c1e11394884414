"""/mcp as an HTTP address: what it answers, to whom, and in which era of the protocol."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from memorizer.domain.auth import Scope
from memorizer.mcp.tools import CORE
from memorizer.services import Services
from support.agents import agent
from support.mcp_server import listening, serving
from support.memorizer import Memorizer
from support.waiting import HANG_SECONDS

HEADERS = {"Accept": "application/json, text/event-stream"}
JSON = {"Content-Type": "application/json"}
MODERN = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the application without a network."""
    async with serving(services) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers=HEADERS
        ) as client:
            yield client


def request(method: str, **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def data(reply: httpx.Response) -> list[dict[str, Any]]:
    """The messages in a reply's stream."""
    assert reply.status_code == 200, reply.text
    if reply.headers["Content-Type"].startswith("application/json"):
        return [reply.json()]
    lines = reply.text.splitlines()
    return [json.loads(line[5:]) for line in lines if line.startswith("data:") and line[5:].strip()]


HELLO = request(
    "initialize",
    protocolVersion="2025-06-18",
    capabilities={},
    clientInfo={"name": "someone", "version": "1"},
)


@pytest.mark.parametrize("accept", [None, "application/json", "application/json;q=0.9, text/html"])
async def test_who_accepts_json_only_gets_json(
    client: httpx.AsyncClient, accept: str | None
) -> None:
    del client.headers["Accept"]
    headers = {} if accept is None else {"Accept": accept}
    for asked in (HELLO, request("tools/list"), request("resources/list")):
        reply = await client.post("/mcp", json=asked, headers=headers)
        assert reply.status_code == 200
        assert reply.json()["result"]


async def test_who_accepts_neither_json_nor_streams_is_told_so(client: httpx.AsyncClient) -> None:
    reply = await client.post("/mcp", json=HELLO, headers={"Accept": "text/html"})
    assert reply.status_code == 406


@pytest.mark.parametrize(
    ("params", "where"),
    [
        (r'{"name":"store","arguments":{"text":"cut \ud83d"}}', "params.arguments.text"),
        (r'{"name":"get_many","arguments":{"ids":["a","\uDE00"]}}', "params.arguments.ids[1]"),
        (r'{"name":"store","arguments":{"\ud83d":1}}', "params.arguments"),
    ],
)
async def test_half_an_emoji_is_refused_under_the_id_of_the_call(
    client: httpx.AsyncClient, params: str, where: str
) -> None:
    body = f'{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{params}}}'
    said = (await client.post("/mcp", content=body, headers=JSON)).json()
    assert said["id"] == 7
    assert said["error"]["code"] == -32_602
    assert said["error"]["message"].startswith(f"{where} holds half of a character")


async def test_a_whole_emoji_in_escapes_is_no_half(client: httpx.AsyncClient) -> None:
    arguments = r'{"text":"whole \ud83d\ude00","type":"note","source":"x"}'
    body = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"store","arguments":'
    [said] = data(await client.post("/mcp", content=f"{body}{arguments}}}}}", headers=JSON))
    assert not said["result"]["isError"]


async def test_a_handshake_is_answered_without_a_session(client: httpx.AsyncClient) -> None:
    reply = await client.post("/mcp", json=HELLO)
    [answer] = data(reply)
    assert answer["result"]["protocolVersion"] == "2025-06-18"
    assert answer["result"]["serverInfo"]["name"] == "memorizer"
    assert "Mcp-Session-Id" not in reply.headers


async def test_a_session_id_from_before_a_restart_does_no_harm(client: httpx.AsyncClient) -> None:
    reply = await client.post(
        "/mcp", json=request("tools/list"), headers={"Mcp-Session-Id": "long-gone"}
    )
    assert len(data(reply)[0]["result"]["tools"]) == len(CORE)


async def test_the_other_spelling_of_the_address_is_no_redirect(client: httpx.AsyncClient) -> None:
    assert data(await client.post("/mcp/", json=HELLO))


async def test_a_client_of_the_modern_era_needs_no_handshake(client: httpx.AsyncClient) -> None:
    reply = await client.post(
        "/mcp",
        json=request("server/discover", _meta=META),
        headers={"MCP-Protocol-Version": MODERN, "Mcp-Method": "server/discover"},
    )
    assert reply.json()["result"]["supportedVersions"] == [MODERN]


@pytest.mark.parametrize("method", ["GET", "DELETE", "HEAD", "PUT"])
async def test_other_methods_are_refused_and_never_unknown(
    client: httpx.AsyncClient, method: str
) -> None:
    reply = await client.request(method, "/mcp")
    assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "path",
    ["/.well-known/oauth-protected-resource", "/.well-known/oauth-authorization-server/mcp"],
)
async def test_nothing_looks_like_a_login(client: httpx.AsyncClient, path: str) -> None:
    reply = await client.get(path, headers={"Accept": "text/html"})
    assert reply.status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/register"),
        ("GET", "/authorize"),
        ("POST", "/token"),
        ("GET", "/.well-known/oauth-protected-resource/mcp"),
        ("POST", "/.well-known/nothing"),
    ],
)
async def test_who_looks_for_a_login_is_told_that_there_is_none_though_tokens_exist(
    client: httpx.AsyncClient, services: Services, method: str, path: str
) -> None:
    await services.auth.create("somebody", Scope.ADMIN)

    reply = await client.request(method, path)

    assert reply.status_code == 404
    if not path.startswith("/.well-known/"):
        assert "Authorization: Bearer TOKEN" in reply.json()["error_description"]


async def test_refusals_are_json_rpc_errors_because_clients_show_nothing_else(
    client: httpx.AsyncClient, services: Services
) -> None:
    too_large = await client.post("/mcp", json=request("tools/call", text="x" * 4_000_001))
    foreign = await client.post("/mcp", json=HELLO, headers={"Host": "evil.example"})
    await services.auth.create("somebody", Scope.ADMIN)
    anonymous = await client.post("/mcp", json=HELLO)

    replies = [too_large, foreign, anonymous]
    assert [reply.status_code for reply in replies] == [413, 403, 401]
    for reply in replies:
        said = reply.json()
        assert (said["jsonrpc"], said["id"]) == ("2.0", None)
        assert said["error"]["message"] == said["message"]
    assert "Authorization: Bearer TOKEN" in anonymous.json()["error"]["message"]
    assert anonymous.headers["WWW-Authenticate"] == "Bearer"


async def test_the_address_of_an_unknown_workspace_is_an_error_and_never_a_wider_search(
    client: httpx.AsyncClient,
) -> None:
    for address in ("/mcp/nothing", "/mcp/not%20a%20path/", "/mcp/all"):
        [said] = data(await client.post(address, json=HELLO))
        assert said["error"]["code"] == -32_602, address
        assert "workspace" in said["error"]["message"], address


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
async def test_pages_of_other_sites_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    reply = await client.post("/mcp", json=HELLO, headers=headers)
    assert reply.status_code == 403


async def test_a_page_of_this_server_may_ask(client: httpx.AsyncClient) -> None:
    reply = await client.post("/mcp", json=HELLO, headers={"Origin": "http://localhost"})
    assert data(reply)


async def test_a_body_that_is_too_large_is_refused(client: httpx.AsyncClient) -> None:
    reply = await client.post("/mcp", json=request("tools/call", text="x" * 4_000_001))
    assert reply.status_code == 413


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"jsonrpc":"2.0"}', b"\xff\xfe"])
async def test_what_is_no_message_is_the_clients_fault(
    client: httpx.AsyncClient, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    reply = await client.post("/mcp", content=body, headers=headers)
    assert 400 <= reply.status_code < 500


async def test_an_unknown_tool_is_an_error_that_names_the_known_ones(
    client: httpx.AsyncClient,
) -> None:
    reply = await client.post("/mcp", json=request("tools/call", name="serach", arguments={}))
    [answer] = data(reply)
    assert answer["error"]["code"] == -32602
    assert "search_memories" in answer["error"]["message"]


async def test_an_unknown_prompt_is_an_error_that_names_the_known_ones(
    client: httpx.AsyncClient,
) -> None:
    [answer] = data(await client.post("/mcp", json=request("prompts/get", name="nope")))
    assert answer["error"]["code"] == -32602
    assert "remember" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        (
            "recall",
            {"topic": "tea", "zz": "1"},
            "Unknown argument: 'zz'. The prompt recall takes: topic (required).",
        ),
        (
            "recall",
            {},
            "Missing argument: 'topic'. The prompt recall takes: topic (required).",
        ),
        (
            "recall",
            {"about": "tea"},
            (
                "Unknown argument: 'about'. Missing argument: 'topic'."
                " The prompt recall takes: topic (required)."
            ),
        ),
        (
            "remember",
            {"topic": "tea"},
            "Unknown argument: 'topic'. The prompt remember takes: about (optional).",
        ),
        (
            "instructions",
            {"a": "1", "b": "2"},
            "Unknown argument: 'a', 'b'. The prompt instructions takes no arguments.",
        ),
    ],
)
async def test_wrong_arguments_of_a_prompt_are_named_with_those_there_are(
    client: httpx.AsyncClient, name: str, arguments: dict[str, str], told: str
) -> None:
    asked = request("prompts/get", name=name, arguments=arguments)
    [answer] = data(await client.post("/mcp", json=asked))
    assert (answer["error"]["code"], answer["error"]["message"]) == (-32602, told)


async def test_a_client_without_a_handshake_is_known_by_its_user_agent(
    client: httpx.AsyncClient, services: Services
) -> None:
    arguments = {"type": "note", "text": "Bees dance.", "source": ""}
    reply = await client.post(
        "/mcp",
        json=request("tools/call", name="store", arguments=arguments),
        headers={"User-Agent": "claude-code/2.1.280 (cli)"},
    )
    id_ = data(reply)[0]["result"]["structuredContent"]["id"]
    [event] = await services.history.events(id_)
    memory = await services.memories.get(id_)
    assert (event.actor, memory.content.source) == ("claude-code", "claude-code")


async def test_a_long_call_reports_its_progress(memorizer: Memorizer) -> None:
    memorizer.writer.gate.clear()
    async with listening(memorizer.services, tools="all") as url, agent(url) as ours:
        await memorizer.start_worker()
        stored = await ours.call("store", type="note", text="Bees dance.", source="test")
        seen: list[float] = []

        async def note(progress: float, total: float | None, message: str | None) -> None:
            assert (total, bool(message)) == (100, True)
            seen.append(progress)
            memorizer.writer.gate.set()

        watched = await ours.client.call_tool(
            "watch_job", {"jobId": stored["titleJobId"]}, progress_callback=note
        )

    assert watched.structured_content is not None
    assert watched.structured_content["state"] == "completed"
    assert seen == sorted(seen)
    assert seen[-1] == 100


async def test_open_streams_end_when_the_server_stops(memorizer: Memorizer) -> None:
    async with (
        listening(memorizer.services) as url,
        httpx.AsyncClient(timeout=HANG_SECONDS) as client,
    ):
        stream = client.stream(
            "POST",
            url,
            json=request("subscriptions/listen", _meta=META, notifications={}),
            headers=HEADERS
            | {"MCP-Protocol-Version": MODERN, "Mcp-Method": "subscriptions/listen"},
        )
        async with stream as reply:
            lines = reply.aiter_lines()
            assert await anext(lines) == "event: message"
            memorizer.services.signals.close()
            rest = [line async for line in lines]

    assert len([line for line in rest if line.startswith("data:")]) == 1


async def test_many_agents_at_once_lose_nothing(services: Services) -> None:
    async with listening(services) as url, agent(url) as ours:
        ids = await asyncio.gather(*(ours.store(f"Memory number {n}.") for n in range(30)))

    assert len(await services.memories.get_many(ids)) == 30


async def test_before_and_after_its_time_it_asks_for_patience(services: Services) -> None:
    async with serving(services) as app:
        transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        reply = await client.post("/mcp", json=HELLO, headers=HEADERS)
    assert (reply.status_code, reply.headers["Retry-After"]) == (503, "1")


async def test_the_handshake_of_an_agent_is_noted(
    client: httpx.AsyncClient, services: Services
) -> None:
    for name in ("codex", "claude-code", "codex", "gemini"):
        hello = {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": name, "version": "2"},
        }
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
        accept = {"Accept": "application/json, text/event-stream"}
        assert (await client.post("/mcp", json=body, headers=accept)).status_code == 200
    assert [each.name for each in services.clients.newest()] == ["gemini", "codex", "claude-code"]
