"""The door of a server that wants tokens: REST, MCP, streams, and the login of the page."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from memorizer.domain.auth import Scope
from memorizer.domain.memories import Content
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import COOKIE, AuthPolicy
from memorizer.http.auth.rate_limit import LoginThrottle, StreamLimit
from memorizer.mcp.http_transport import HttpTransport
from memorizer.services import Services
from memorizer.services.auth import SESSION_MS
from support.memorizer import Memorizer
from support.waiting import wait_until

KEY = "k" * 64
OWN_PAGE = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
Client = httpx.AsyncClient
Make = Callable[..., Awaitable[dict[str, str]]]


class Slept(list[float]):
    """Notes who would have waited for how long."""

    async def sleep(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def slept() -> Slept:
    return Slept()


@pytest.fixture
async def app(memorizer: Memorizer, slept: Slept) -> AsyncIterator[FastAPI]:
    """As `memorizer start` has it, with /mcp."""
    agents = HttpTransport("all")
    app = create_app(mcp_app=agents, auth_policy=AuthPolicy(local_key=KEY))
    state_of(app).services = memorizer.services
    state_of(app).metrics_registry = memorizer.container.metrics
    state_of(app).authenticator.login_throttle = LoginThrottle(sleep=slept.sleep)
    async with agents.serving(memorizer.services):
        await agents.loaded()
        yield app


@pytest.fixture
def token(services: Services) -> Make:
    """Makes a token and gives the header that shows it."""

    async def make(scope: Scope, name: str = "") -> dict[str, str]:
        _, text = await services.auth.create(name or f"a {scope} one", scope)
        return {"Authorization": f"Bearer {text}"}

    return make


def rpc(method: str, **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def tool(name: str, **arguments: object) -> dict[str, object]:
    return rpc("tools/call", name=name, arguments=arguments)


MCP = {"Accept": "application/json, text/event-stream"}
STORE = tool("store", type="note", text="By an agent.", source="test")


async def refused(client: Client) -> dict[str, float]:
    """What the metrics say, by reason."""
    local = {"Authorization": f"Bearer {KEY}"}
    text = (await client.get("/metrics", headers=local)).text
    prefix = "memorizer_refused_requests_total{"
    lines = [line for line in text.splitlines() if line.startswith(prefix)]
    return {line.split('"')[1]: float(line.rsplit(" ", 1)[1]) for line in lines}


def error_name(reply: httpx.Response) -> str:
    """The short name of a refusal, which JSON-RPC has in `data`."""
    error = reply.json()["error"]
    return str(error["data"]["error"] if isinstance(error, dict) else error)


async def test_a_store_without_tokens_is_open_as_ever(client: Client) -> None:
    assert (await client.post("/api/memories", json={"text": "Anybody."})).status_code == 201
    assert (await client.get("/api/session")).json() == {"required": False, "scope": "admin"}
    assert (await client.get("/readyz")).json()["checks"]


@pytest.mark.parametrize(
    "page",
    [
        {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:3000"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_an_open_store_is_not_changed_by_pages_on_other_ports(
    client: Client, services: Services, page: dict[str, str]
) -> None:
    """No browser asks before it sends a POST without a body, so the server must refuse it."""
    memory = (await services.memories.create(Content("Kept."), actor="test")).memory
    for path in (f"/api/memories/{memory.id}/archive", "/api/admin/jobs/clean", "/mcp"):
        reply = await client.post(path, headers=page)
        assert (reply.status_code, error_name(reply)) == (403, "Forbidden"), path
    assert (await services.memories.get(memory.id)).archived_at is None
    assert (await client.post("/api/admin/jobs/clean", headers=OWN_PAGE)).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_page_elsewhere_cannot_make_the_server_work(client: Client, site: str) -> None:
    """A picture or a script of a page on any site is a GET that no browser asks about."""
    for dest, mode in (("image", "no-cors"), ("empty", "cors"), ("iframe", "navigate")):
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest}
        for path in ("/readyz", "/metrics", "/api/memories", "/favicon.svg", "/healthz"):
            reply = await client.get(path, headers=headers)
            assert (reply.status_code, error_name(reply)) == (403, "Forbidden"), (path, dest)
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for path in ("/", "/memories/new"):
        assert (await client.get(path, headers=link)).status_code == 200, "a link may lead here"
    assert (await client.get("/api/stats", headers={"Sec-Fetch-Site": "none"})).status_code == 200


async def test_x_api_key_counts_like_bearer(client: Client, token: Make) -> None:
    bearer = await token(Scope.WRITE)
    key = {"X-API-Key": bearer["Authorization"].removeprefix("Bearer ")}
    assert (await client.get("/api/stats", headers=key)).status_code == 200
    assert (await client.get("/api/stats", headers=key | bearer)).status_code == 200
    assert (await client.get("/api/admin/tokens", headers=key)).status_code == 403
    stored = await client.post("/mcp", json=STORE, headers=key | MCP)
    assert (stored.status_code, "Stored as" in stored.text) == (200, True)
    proxied = key | {"Authorization": "Basic dXNlcjpwYXNz"}
    assert (await client.get("/api/stats", headers=proxied)).status_code == 200


async def test_two_different_tokens_in_one_request_are_refused(client: Client, token: Make) -> None:
    other = (await token(Scope.ADMIN, "other"))["Authorization"].removeprefix("Bearer ")
    reply = await client.get("/api/stats", headers=await token(Scope.READ) | {"X-API-Key": other})
    assert (reply.status_code, "two different tokens" in reply.json()["message"]) == (401, True)
    assert other not in reply.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("Token {}", "the scheme `Token`; only `Bearer` counts"),
        ("ApiKey {}", "the scheme `ApiKey`; only `Bearer` counts"),
        ("{}", "no scheme; only `Bearer` counts"),
    ],
)
async def test_another_scheme_than_bearer_is_told_so(
    client: Client, token: Make, given: str, said: str
) -> None:
    secret = (await token(Scope.ADMIN))["Authorization"].removeprefix("Bearer ")
    for path in ("/api/stats", "/mcp"):
        reply = await client.post(path, headers={"Authorization": given.format(secret)})
        assert (reply.status_code, said in reply.json()["message"]) == (401, True), reply.text
        assert secret not in reply.text


async def test_once_there_is_a_token_strangers_are_told_what_to_do(
    client: Client, token: Make
) -> None:
    await token(Scope.ADMIN)
    for method, path in [
        ("GET", "/api/memories"),
        ("POST", "/api/memories"),
        ("GET", "/api/admin/events"),
        ("GET", "/metrics"),
        ("POST", "/mcp"),
        ("GET", "/api/nowhere"),
        ("DELETE", "/api/admin/tokens/x"),
    ]:
        reply = await client.request(method, path)
        assert (reply.status_code, reply.headers["WWW-Authenticate"]) == (401, "Bearer"), path
        assert "Authorization: Bearer TOKEN" in reply.json()["message"]
    assert (await refused(client))["no_token"] == 7


async def test_the_page_and_the_signs_of_life_stay_open(client: Client, token: Make) -> None:
    await token(Scope.ADMIN)
    html = {"Accept": "text/html"}
    for path in ("/healthz", "/", "/memories/new", "/admin", "/docs", "/openapi.json"):
        assert (await client.get(path, headers=html)).status_code == 200, path


async def test_readiness_is_told_to_strangers_without_details(client: Client, token: Make) -> None:
    mine = await token(Scope.READ)
    assert (await client.get("/readyz")).json() == {"status": "ready", "checks": []}
    assert (await client.get("/readyz", headers=mine)).json()["checks"]


@pytest.mark.parametrize(
    ("request_", "needed"),
    [
        ("GET /api/memories", Scope.READ),
        ("GET /api/stats", Scope.READ),
        ("GET /metrics", Scope.READ),
        ("POST /api/search", Scope.READ),
        ("GET /api/admin/lifecycle", Scope.READ),
        ("POST /api/memories", Scope.WRITE),
        ("DELETE /api/relationships/01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10", Scope.WRITE),
        ("GET /api/admin/tokens", Scope.ADMIN),
        ("GET /api/admin/jobs", Scope.ADMIN),
        ("POST /api/admin/jobs/clean", Scope.ADMIN),
        ("POST /api/admin/tokens", Scope.ADMIN),
    ],
)
async def test_a_token_opens_what_its_scope_covers_and_nothing_else(
    client: Client, token: Make, request_: str, needed: Scope
) -> None:
    method, path = request_.split()
    for scope in Scope:
        reply = await client.request(method, path, headers=await token(scope))
        if scope.covers(needed):
            assert reply.status_code not in {401, 403}, reply.text
        else:
            assert (reply.status_code, error_name(reply)) == (403, "Forbidden")
            assert reply.json()["details"] == {"scope": scope, "needed": needed}


async def test_the_actor_of_an_event_is_the_tokens_name(client: Client, token: Make) -> None:
    laptop, phone = await token(Scope.WRITE, "laptop"), await token(Scope.WRITE, "Anna's phone")
    made = await client.post("/api/memories", json={"text": "Tea.", "title": "T"}, headers=laptop)
    path = made.headers["Location"]
    await client.patch(path, json={"type": "fact"}, headers=phone)
    await client.post(f"{path}/archive", headers=laptop)

    events = (await client.get(f"{path}/events", headers=laptop)).json()["events"]

    assert [event["actor"] for event in events] == ["laptop", "Anna's phone", "laptop"]


async def test_an_idempotency_key_belongs_to_the_token_that_sent_it(
    client: Client, token: Make
) -> None:
    anna, bob = await token(Scope.WRITE, "anna"), await token(Scope.WRITE, "bob")
    key, tea = {"Idempotency-Key": "k1"}, {"text": "Tea.", "title": "T"}

    made = [await client.post("/api/memories", json=tea, headers=key | who) for who in (anna, bob)]
    other = await client.post("/api/memories", json={"text": "Cup."}, headers=key | bob)
    again = await client.post("/api/memories", json=tea, headers=key | bob)

    assert made[0].json()["id"] != made[1].json()["id"]
    assert "Idempotency-Replayed" not in made[1].headers
    assert other.status_code == 422
    assert again.json()["id"] == made[1].json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_the_actor_of_what_an_agent_does_is_the_tokens_name_whatever_it_says(
    client: Client, token: Make, services: Services
) -> None:
    headers = MCP | await token(Scope.WRITE, "robot")
    stored = await client.post("/mcp", json=STORE, headers=headers)
    id_ = stored.json()["result"]["structuredContent"]["id"]
    edit = tool("edit", id=id_, old_text="By", new_text="From")
    back = tool("revert_to_version", id=id_, versionNumber=1, changedBy="the boss")
    for call in (edit, back):
        reply = await client.post("/mcp", json=call, headers=headers)
        assert "isError" not in reply.json()["result"] or not reply.json()["result"]["isError"]

    events = await services.history.events(id_)

    assert {event.actor for event in events} == {"robot"}
    assert len(events) == 3


@pytest.mark.parametrize(
    ("scope", "call", "needed"),
    [
        (Scope.READ, STORE, "write"),
        (Scope.READ, tool("delete", id="01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10"), "write"),
        (Scope.WRITE, tool("start_job", queue="title-generation"), "admin"),
    ],
)
async def test_a_tool_beyond_the_scope_is_refused_in_words_an_agent_can_pass_on(
    client: Client, token: Make, scope: Scope, call: dict[str, object], needed: str
) -> None:
    reply = await client.post("/mcp", json=call, headers=MCP | await token(scope))
    result = reply.json()["result"]
    assert result["isError"]
    assert f"This needs the scope `{needed}`" in result["content"][0]["text"]


async def test_an_agent_that_may_read_searches(client: Client, token: Make) -> None:
    call = tool("search_memories", query="tea")
    reply = await client.post("/mcp", json=call, headers=MCP | await token(Scope.READ))
    assert "results" in reply.json()["result"]["structuredContent"]


async def test_what_was_deleted_is_not_read_in_its_events_by_who_may_not_delete(
    client: Client, token: Make, services: Services
) -> None:
    """They hold titles, old and new; that it was deleted is no secret to who knows its id."""
    content = Content("Its text.", title="Between us")
    memory = (await services.memories.create(content, actor="test")).memory
    reader, writer = await token(Scope.READ), await token(Scope.WRITE)
    path = f"/api/memories/{memory.id}/events"
    assert (await client.get(path, headers=reader)).status_code == 200

    await services.memories.delete(memory.id, actor="test")

    refusal = await client.get(path, headers=reader)
    assert refusal.status_code == 403
    assert "Between us" not in refusal.text
    assert (await client.get(path, headers=writer)).json()["count"] == 2
    await services.trash.untrash(memory.id, actor="test")
    assert (await client.get(path, headers=reader)).status_code == 200


async def test_a_stream_opens_with_a_token_only(online: Client, token: Make) -> None:
    mine = await token(Scope.READ)
    assert (await online.get("/api/admin/events")).status_code == 401
    async with online.stream("GET", "/api/admin/events", headers=mine) as stream:
        assert stream.status_code == 200
        assert "connected" in await anext(stream.aiter_lines())


async def test_a_stream_ends_with_its_token(
    online: Client, token: Make, services: Services
) -> None:
    mine = await token(Scope.READ, "mine")
    async with online.stream("GET", "/api/admin/events", headers=mine) as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        await services.auth.revoke("mine")
        await services.memories.create(Content("A secret."), actor="test")
        assert "changed" not in "".join([line async for line in lines])


async def test_a_stream_without_a_token_ends_when_the_first_one_is_made(
    online: Client, token: Make, services: Services
) -> None:
    async with online.stream("GET", "/api/admin/events") as stream:
        lines = stream.aiter_lines()
        assert "connected" in await anext(lines)
        await token(Scope.ADMIN)
        await services.memories.create(Content("Not for strangers any more."), actor="test")
        assert [line async for line in lines if "changed" in line] == []


async def test_no_client_holds_more_streams_than_it_may(
    app: FastAPI, online: Client, token: Make
) -> None:
    state_of(app).stream_limit = streams = StreamLimit(1)
    mine, theirs = await token(Scope.READ, "mine"), await token(Scope.READ, "theirs")
    async with online.stream("GET", "/api/admin/events", headers=mine) as stream:
        lines = stream.aiter_lines()  # held: collected, it would close its stream
        await anext(lines)
        second = await online.get("/api/admin/events", headers=mine)
        assert (second.status_code, second.headers["Retry-After"]) == (429, "5")
        async with online.stream("GET", "/api/admin/events", headers=theirs) as other:
            assert other.status_code == 200

    async def all_given_back() -> bool:
        return not streams._open

    await wait_until(all_given_back, description="both places are free again")


async def test_too_many_requests_of_one_token_are_told_when_to_come_again(
    memorizer: Memorizer, token: Make
) -> None:
    app = create_app(auth_policy=AuthPolicy(requests_per_minute=3))
    state_of(app).services = memorizer.services
    transport = httpx.ASGITransport(app)
    mine = await token(Scope.READ)
    async with Client(transport=transport, base_url="http://localhost", headers=mine) as client:
        replies = [await client.get("/api/tags") for _ in range(4)]

    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert int(replies[-1].headers["Retry-After"]) in range(1, 21)
    assert replies[-1].json()["error"] == "Too many requests"


def hostile(text: str) -> list[str]:
    """Tokens of all kinds, from a real one."""
    id_, key = text.split("_")[1:]
    return [
        "",
        " ",
        text[:-1],
        text + "0",
        text.upper(),
        text.replace("mzr", "mzs"),
        text[:-1] + ("0" if text[-1] != "0" else "1"),
        f"mzr_{'0' * 12}_{key}",
        f"mzr_{id_}_{'0' * 64}",
        f"mzr_{id_}",
        f"{text} {text}",
        f"{text},{text}",
        f'"{text}"',
        "null",
        "undefined",
        "' OR 1=1 --",
        "../../server.json",
        "x" * 20_000,
        "é" * 80,
        "\x00",
        KEY[:-1],
    ]


async def test_whatever_is_no_token_of_ours_is_401_and_counted_and_slowed(
    client: Client, services: Services, slept: Slept
) -> None:
    _, text = await services.auth.create("me", Scope.ADMIN)
    wrong = hostile(text)
    for shown in wrong:
        headers = {b"Authorization": f"Bearer {shown}".encode()}
        for path in ("/api/stats", "/mcp", "/readyz", "/api/session"):
            reply = await client.request("POST" if path == "/mcp" else "GET", path, headers=headers)
            assert reply.status_code == 401, (shown, path)
            assert len(shown) < 5 or shown not in reply.text
    assert len(slept) == 4 * len(wrong)
    assert (await refused(client))["wrong_token"] == 4 * len(wrong)
    ours = {"Authorization": f"bearer   {text} "}
    assert (await client.get("/api/stats", headers=ours)).status_code == 200


@pytest.mark.parametrize("scheme", ["Basic", "Digest", "Token", ""])
async def test_other_ways_to_log_in_are_not_taken_for_a_token(
    client: Client, token: Make, scheme: str
) -> None:
    text = (await token(Scope.ADMIN))["Authorization"].removeprefix("Bearer ")
    reply = await client.get("/api/stats", headers={"Authorization": f"{scheme} {text}"})
    assert reply.status_code == 401


async def test_a_password_for_the_proxy_in_front_of_an_open_server_is_not_ours_to_judge(
    client: Client,
) -> None:
    reply = await client.get("/api/stats", headers={"Authorization": "Basic bWU6cGFzcw=="})
    assert reply.status_code == 200


async def test_a_wrong_token_is_wrong_on_an_open_server_too(client: Client) -> None:
    reply = await client.get("/api/stats", headers={"Authorization": f"Bearer {'x' * 81}"})
    assert reply.status_code == 401


async def test_two_authorization_headers_are_none(client: Client, token: Make) -> None:
    good = (await token(Scope.ADMIN))["Authorization"]
    for pair in ([good, "Bearer x"], ["Bearer x", good], [good, good]):
        headers = [("Authorization", value) for value in pair]
        assert (await client.get("/api/stats", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Original-URL": "/healthz"},
        {"X-Rewrite-URL": "/healthz"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1;host=localhost"},
        {"X-HTTP-Method-Override": "GET"},
        {"X-Authenticated-User": "me"},
        {"Cookie": f"{COOKIE}="},
        {"Cookie": f"{COOKIE}=null; {COOKIE}=undefined"},
        {"Cookie": ";;;=;" + "a=b;" * 1_000},
        {"Authorization": ""},
    ],
    ids=str,
)
async def test_no_other_header_opens_the_door(
    client: Client, token: Make, headers: dict[str, str]
) -> None:
    await token(Scope.ADMIN)
    assert (await client.get("/api/stats", headers=headers)).status_code == 401
    assert (await client.post("/api/memories", json={}, headers=headers)).status_code == 401


async def test_a_token_in_the_address_or_the_body_is_no_token(
    client: Client, services: Services
) -> None:
    _, text = await services.auth.create("me", Scope.ADMIN)
    for path in (f"/api/stats?token={text}", f"/api/stats?access_token={text}"):
        assert (await client.get(path)).status_code == 401
    reply = await client.post("/api/search", json={"query": "x", "token": text})
    assert reply.status_code == 401


async def test_strangers_do_not_get_their_bodies_read(client: Client, token: Make) -> None:
    await token(Scope.ADMIN)

    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("somebody read the body")
        yield b""

    assert (await client.post("/api/memories", content=endless())).status_code == 401


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
@pytest.mark.parametrize("path", ["/api/stats", "/mcp", "/healthz", "/api/session", "/"])
async def test_a_foreign_page_is_403_even_with_a_good_token(
    client: Client, token: Make, headers: dict[str, str], path: str
) -> None:
    reply = await client.post(path, headers=headers | await token(Scope.ADMIN))
    assert (reply.status_code, error_name(reply)) == (403, "Forbidden")


async def test_the_key_of_the_data_directory_opens_everything_and_names_nobody(
    client: Client, token: Make, services: Services
) -> None:
    await token(Scope.ADMIN)
    headers = MCP | {"Authorization": f"Bearer {KEY}", "User-Agent": "claude/1"}
    stored = await client.post("/mcp", json=STORE, headers=headers)
    id_ = stored.json()["result"]["structuredContent"]["id"]
    assert [event.actor for event in await services.history.events(id_)] == ["claude"]


class TestLoggingIn:
    """The page trades a token for a cookie that its scripts cannot read."""

    @pytest.fixture
    async def text(self, services: Services) -> str:
        return (await services.auth.create("me", Scope.ADMIN))[1]

    @staticmethod
    async def log_in(client: Client, text: str, **headers: str) -> httpx.Response:
        reply = await client.post("/api/session", json={"token": text}, headers=headers)
        cookie = reply.headers.get("Set-Cookie", "").partition(";")[0]
        client.headers["Cookie"] = cookie
        return reply

    async def test_the_cookie_is_for_the_server_alone(self, client: Client, text: str) -> None:
        reply = await self.log_in(client, text)
        assert reply.json() == {"required": True, "name": "me", "scope": "admin"}
        attributes = set(reply.headers["Set-Cookie"].lower().split("; ")[1:])
        assert attributes == {
            "httponly",
            "samesite=strict",
            "path=/api",
            f"max-age={SESSION_MS // 1000}",
        }
        assert text.rpartition("_")[2] not in reply.headers["Set-Cookie"]

    async def test_a_session_says_to_which_workspaces_it_is_bound(
        self, client: Client, services: Services
    ) -> None:
        await services.auth.create("me", Scope.ADMIN)
        acme = await services.workspaces.create("Acme", actor="me")
        grants = await services.workspaces.grants([("acme", Scope.READ)])
        _, text = await services.auth.create("agent", Scope.WRITE, grants=grants)

        reply = await self.log_in(client, text)

        bound = [{"workspace": "acme", "workspaceId": acme.id, "scope": "read"}]
        assert reply.json()["workspaces"] == bound
        assert (await client.get("/api/session")).json()["workspaces"] == bound
        assert (await client.get("/api/connect")).status_code == 403

    async def test_behind_https_the_cookie_never_travels_without(
        self, client: Client, text: str
    ) -> None:
        reply = await self.log_in(client, text, Origin="https://localhost")
        assert "secure" in reply.headers["Set-Cookie"].lower().split("; ")

    async def test_the_cookie_opens_what_the_token_opens_until_logging_out(
        self, client: Client, text: str
    ) -> None:
        await self.log_in(client, text)
        assert (await client.get("/api/session")).json()["name"] == "me"
        assert (await client.get("/api/admin/tokens")).status_code == 200

        reply = await client.delete("/api/session", headers=OWN_PAGE)

        assert (reply.status_code, "Max-Age=0" in reply.headers["Set-Cookie"]) == (204, True)
        assert (await client.get("/api/session")).json() == {"required": True}
        assert (await client.get("/api/admin/tokens")).status_code == 401

    async def test_a_wrong_token_gets_no_cookie(
        self, client: Client, text: str, slept: Slept
    ) -> None:
        for wrong in hostile(text)[:10]:
            reply = await client.post("/api/session", json={"token": wrong})
            assert reply.status_code in {401, 422}, wrong
            assert "Set-Cookie" not in reply.headers
        assert slept
        assert (await refused(client))["wrong_token"] == len(slept)

    async def test_a_session_begets_no_session(self, client: Client, text: str) -> None:
        reply = await self.log_in(client, text)
        session = client.headers["Cookie"].partition("=")[2]
        assert reply.status_code == 200
        assert (await client.post("/api/session", json={"token": session})).status_code == 401
        del client.headers["Cookie"]
        headers = {"Authorization": f"Bearer {session}"}
        assert (await client.get("/api/stats", headers=headers)).status_code == 401

    async def test_the_token_itself_is_no_cookie(self, client: Client, text: str) -> None:
        headers = {"Cookie": f"{COOKIE}={text}"}
        assert (await client.get("/api/stats", headers=headers)).status_code == 401

    async def test_a_login_ends_with_its_token(
        self, client: Client, text: str, services: Services
    ) -> None:
        await self.log_in(client, text)
        await services.auth.revoke("me")
        assert (await client.get("/api/stats")).status_code == 401

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://localhost:3000"},
            {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "http://127.0.0.1"},
            {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        ],
    )
    async def test_a_page_on_another_port_cannot_use_the_login(
        self, client: Client, text: str, services: Services, headers: dict[str, str]
    ) -> None:
        await self.log_in(client, text)
        memory = (await services.memories.create(Content("Kept."), actor="test")).memory
        path = f"/api/memories/{memory.id}"
        for method, address in (("POST", f"{path}/archive"), ("DELETE", path)):
            reply = await client.request(method, address, headers=headers)
            assert (reply.status_code, error_name(reply)) == (403, "Forbidden")
        assert (await services.memories.get(memory.id)).archived_at is None

    @pytest.mark.parametrize("headers", [OWN_PAGE, {"Origin": "http://localhost"}, {}])
    async def test_our_own_page_can(
        self, client: Client, text: str, headers: dict[str, str]
    ) -> None:
        await self.log_in(client, text)
        reply = await client.post("/api/memories", json={"text": "Ours."}, headers=headers)
        assert reply.status_code == 201


class TestTokensOverRest:
    """What the page's list of tokens is made of."""

    async def test_the_first_token_must_leave_a_way_in(self, client: Client) -> None:
        reply = await client.post("/api/admin/tokens", json={"name": "tv", "scope": "read"})
        assert reply.status_code == 409
        assert "first token must have the scope `admin`" in reply.json()["message"]
        assert (await client.get("/api/session")).json()["required"] is False

    async def test_a_token_is_made_listed_used_and_revoked(self, client: Client) -> None:
        body = {"name": " laptop ", "scope": "admin", "expiresInDays": 30}
        made = (await client.post("/api/admin/tokens", json=body)).json()
        mine = {"Authorization": f"Bearer {made['token']}"}

        [listed] = (await client.get("/api/admin/tokens", headers=mine)).json()["tokens"]
        assert listed["name"] == "laptop"
        assert listed["expiresAt"] > listed["createdAt"]
        assert "lastUsedAt" in listed
        assert made["token"] not in json.dumps(listed)

        gone = await client.delete(f"/api/admin/tokens/{made['id']}", headers=mine)
        assert gone.status_code == 204
        assert (await client.get("/api/admin/tokens", headers=mine)).status_code == 401

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"scope": "read"}, "name"),
            ({"name": " ", "scope": "read"}, "name"),
            ({"name": "a\x00b", "scope": "read"}, "name"),
            ({"name": "a\x1b[2Jb", "scope": "admin"}, "name"),
            ({"name": "x" * 61, "scope": "read"}, "name"),
            ({"name": "x", "scope": "root"}, "scope"),
            ({"name": "x", "scope": "read", "expiresInDays": 0}, "expiresInDays"),
            ({"name": "x", "scope": "read", "expiresInDays": 1e9}, "expiresInDays"),
            ({"name": "x", "scope": "read", "id": "mine"}, "id"),
        ],
    )
    async def test_a_wrong_field_is_named(
        self, client: Client, body: dict[str, Any], field: str
    ) -> None:
        reply = await client.post("/api/admin/tokens", json=body)
        details = reply.json()["details"]
        named = details["field"] if isinstance(details, dict) else details[0]["field"]
        assert (reply.status_code, named) == (422, field)

    async def test_a_name_is_taken_until_its_token_is_revoked(
        self, client: Client, token: Make
    ) -> None:
        mine = await token(Scope.ADMIN, "laptop")
        body = {"name": "laptop", "scope": "read"}
        reply = await client.post("/api/admin/tokens", json=body, headers=mine)
        assert (reply.status_code, reply.json()["error"]) == (409, "Name taken")
        gone = await client.delete("/api/admin/tokens/nobody", headers=mine)
        assert gone.status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/stats", "/metrics", "/healthz", "/nowhere", "/api/session", "/docs", "/", "/mcp"]
)
async def test_every_reply_forbids_what_browsers_might_make_of_it(
    client: Client, path: str
) -> None:
    reply = await client.get(path, headers={"Accept": "text/html, */*"})
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["X-Frame-Options"] == "DENY"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    policy = reply.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    scripts = policy.partition("script-src")[2].partition(";")[0]
    assert "unsafe" not in scripts
    assert "Access-Control-Allow-Origin" not in reply.headers
