"""OAuth for /mcp: from the refusal without a token to a revoked connection, step by step."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from memorizer.domain import oauth as rules
from memorizer.domain.auth import MAX_TOKEN_NAME, Kind, Scope, Secret
from memorizer.domain.memories import Content
from memorizer.domain.oauth import AUTH_METHODS
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.http.auth.authenticator import AuthPolicy
from memorizer.http.auth.rate_limit import LoginThrottle, TokenBucket
from memorizer.http.oauth.addresses import PublicAddress
from memorizer.mcp.http_transport import HttpTransport, PublicSite
from memorizer.services import Services
from memorizer.services.auth import AuthService
from memorizer.services.oauth import OAuthService
from memorizer.services.oauth_clients import MAX_PER_ADDRESS, OAuthClients
from support.client_site import client_site
from support.client_site import reply as http_reply
from support.clock import ManualClock
from support.memorizer import Memorizer
from support.oauth import BASE, OWN_PAGE, REDIRECT, Login, csrf_of, query_of

ADDRESS = PublicAddress(BASE)
PRM = "/.well-known/oauth-protected-resource"
ASM = "/.well-known/oauth-authorization-server"
MCP = {"Accept": "application/json, text/event-stream"}
Make = Callable[..., Awaitable[str]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def services(memorizer: Memorizer, clock: ManualClock) -> Services:
    """The use cases, with tokens by a clock that tests move."""
    database = memorizer.container.adapters.database
    auth = AuthService(database, clock)
    clients = OAuthClients(database, clock, memorizer.services.oauth.clients.documents)
    oauth = OAuthService(database, clock, auth, clients)
    return replace(memorizer.services, auth=auth, oauth=oauth)


@pytest.fixture(scope="module")
def agents() -> HttpTransport:
    return HttpTransport("core", PublicSite(ADDRESS.url, ADDRESS.resource_metadata))


@pytest.fixture(scope="module")
def built(agents: HttpTransport) -> FastAPI:
    """As `memorizer start` has it with MEMORIZER_PUBLIC_URL; built once, which takes longest."""
    return create_app(
        mcp_app=agents,
        auth_policy=AuthPolicy("required", resource=ADDRESS.resource),
        allowed_hosts=frozenset({"memory.example.org"}),
        public_address=ADDRESS,
    )


@pytest.fixture
def app(built: FastAPI, memorizer: Memorizer, services: Services) -> FastAPI:
    """With real services, and nothing left of other tests."""

    async def at_once(_: float) -> None:
        pass

    state = state_of(built)
    state.services = services
    state.metrics_registry = memorizer.container.metrics
    state.authenticator.login_throttle = LoginThrottle(sleep=at_once)
    state.authenticator.policy = AuthPolicy("required", resource=ADDRESS.resource)
    state.oauth_requests = TokenBucket(10_000)
    return built


@pytest.fixture
async def mcp(agents: HttpTransport, services: Services) -> AsyncIterator[None]:
    """Lets /mcp answer."""
    async with agents.serving(services):
        await agents.loaded()
        yield


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


@pytest.fixture
def login(client: httpx.AsyncClient) -> Login:
    return Login(client)


@pytest.fixture
def token(services: Services) -> Make:
    """Makes a token as a person has one."""

    async def make(scope: Scope = Scope.WRITE, name: str = "mine", **more: Any) -> str:
        return (await services.auth.create(name, scope, **more))[1]

    return make


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def tool(name: str, **arguments: object) -> dict[str, object]:
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


STORE = tool("store", type="note", text="By an agent.", source="test")
FIND = tool("search_memories", query="agent")


async def works(client: httpx.AsyncClient, text: str) -> bool:
    """Whether a request with this token is let in."""
    status = (await client.get("/api/types", headers=bearer(text))).status_code
    assert status in {200, 401}
    return status == 200


async def call(client: httpx.AsyncClient, text: str, body: object = FIND) -> httpx.Response:
    return await client.post("/mcp", json=body, headers=bearer(text) | MCP)


# --- how clients find the login


async def test_a_request_without_a_token_is_told_where_to_log_in(client: httpx.AsyncClient) -> None:
    old = {"MCP-Protocol-Version": "2024-11-05"}
    for method in ("POST", "GET", "HEAD", "DELETE"):
        reply = await client.request(method, "/mcp", headers=old)
        assert reply.status_code == 401, method
        assert reply.headers["www-authenticate"] == (
            f'Bearer resource_metadata="{BASE}{PRM}/mcp", scope="memory:read memory:write"'
        )
    wrong = await client.post("/mcp", headers=bearer("nonsense"))
    assert wrong.headers["www-authenticate"].startswith('Bearer error="invalid_token", resource')
    assert "error" in wrong.json()
    elsewhere = await client.get("/api/memories")
    assert elsewhere.headers["www-authenticate"] == "Bearer"


async def test_metadata_are_at_every_address_that_clients_try(client: httpx.AsyncClient) -> None:
    ends = ("", "/mcp", "/mcp/acme/api")
    resource = [(await client.get(PRM + end)).json() for end in ends]
    assert resource == [resource[0]] * 3
    assert resource[0]["resource"] == f"{BASE}/mcp"
    assert resource[0]["authorization_servers"] == [BASE]
    assert resource[0]["scopes_supported"] == ["memory:read", "memory:write"]
    paths = [ASM, f"{ASM}/mcp", "/.well-known/openid-configuration"]
    server, *same = [(await client.get(path)).json() for path in paths]
    assert same == [server, server]
    assert server["issuer"] == BASE
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert "none" in server["token_endpoint_auth_methods_supported"]
    assert server["authorization_response_iss_parameter_supported"] is True
    assert "client_id_metadata_document_supported" not in server  # nothing can be fetched here
    for path in ("/.well-known/other", f"{PRM}/api", f"{ASM}/x"):
        assert (await client.get(path)).status_code == 404
    for name in ("authorization", "token", "registration", "revocation"):
        assert server[f"{name}_endpoint"].startswith(f"{BASE}/")


async def test_the_issuer_comes_from_the_setting_whatever_host_is_asked(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://memory.example.org:81") as c:
        assert (await c.get(ASM)).json()["issuer"] == BASE


async def test_below_a_path_the_metadata_are_where_rfc_8414_and_9728_have_them(
    memorizer: Memorizer,
) -> None:
    address = PublicAddress(f"{BASE}/memory")
    app = create_app(
        auth_policy=AuthPolicy("required", resource=address.resource),
        allowed_hosts=frozenset({"memory.example.org"}),
        root_path="/memory",
        public_address=address,
    )
    state_of(app).services = memorizer.services
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        refused = await client.post("/memory/mcp")
        [metadata] = re.findall(r'resource_metadata="([^"]+)"', refused.headers["www-authenticate"])
        assert metadata == f"{BASE}{PRM}/memory/mcp"
        assert (await client.get(metadata)).json()["authorization_servers"] == [f"{BASE}/memory"]
        server = (await client.get(f"{ASM}/memory")).json()
        assert server["issuer"] == f"{BASE}/memory"
        assert (await client.get(f"{BASE}/memory{ASM}")).json() == server


async def test_nothing_is_there_while_it_is_off(memorizer: Memorizer) -> None:
    app = create_app(auth_policy=AuthPolicy("required"))
    state_of(app).services = memorizer.services
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in (PRM, f"{PRM}/mcp", ASM, "/.well-known/openid-configuration", "/authorize"):
            assert (await client.get(path)).status_code == 404
        for path in ("/register", "/token", "/revoke", "/authorize"):
            assert (await client.post(path)).status_code == 404
        assert (await client.post("/mcp")).headers["www-authenticate"] == "Bearer"
        asked = {"Origin": "https://x.example", "Access-Control-Request-Method": "POST"}
        preflight = await client.options("/token", headers=asked)
        assert "access-control-allow-origin" not in preflight.headers


async def test_inspectors_in_browsers_may_read_what_programs_may(client: httpx.AsyncClient) -> None:
    page = {"Origin": "https://inspector.example", "Sec-Fetch-Site": "cross-site"}
    for path in (PRM, f"{PRM}/mcp", ASM):
        reply = await client.get(path, headers=page)
        assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (200, "*")
    for path in ("/register", "/token"):
        asked = page | {"Access-Control-Request-Method": "POST"}
        preflight = await client.options(path, headers=asked)
        assert preflight.status_code == 204
        assert "Content-Type" in preflight.headers["access-control-allow-headers"]
        reply = await client.post(path, headers=page)
        assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (400, "*")
    assert (await client.get("/authorize", headers=page)).status_code == 403
    assert (await client.post("/authorize", headers=page)).status_code == 403


# --- registration


async def test_a_registration_echoes_what_it_understood(login: Login) -> None:
    sent = {
        "application_type": "native",
        "software_id": "x",
        "client_uri": "https://claude.ai",
        "scope": "",
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "client_secret_post",
    }
    reply = await login.register(**sent, something_else=1)
    assert reply.status_code == 201
    known = reply.json()
    assert sent.items() <= known.items()
    assert "something_else" not in known
    assert known["redirect_uris"] == [REDIRECT]
    assert known["client_secret_expires_at"] == 0
    assert known["registration_client_uri"] == f"{BASE}/register/{known['client_id']}"
    assert reply.headers["cache-control"] == "no-store"
    plain = (await login.register()).json()
    assert plain["token_endpoint_auth_method"] == AUTH_METHODS[0]
    assert "client_secret" not in plain


async def test_a_registration_is_read_and_deleted_with_its_own_token(login: Login) -> None:
    known = (await login.register()).json()
    url, right = known["registration_client_uri"], bearer(known["registration_access_token"])
    assert (await login.http.get(url, headers=right)).json()["client_name"] == "Claude"
    for wrong in ({}, bearer(Secret.new(Kind.REGISTRATION).text)):
        assert (await login.http.delete(url, headers=wrong)).status_code == 401
    assert (await login.http.delete(url, headers=right)).status_code == 204
    assert (await login.http.get(login.address())).status_code == 400


BAD_REDIRECTS: list[object] = [
    "http://app.example/callback",
    "http://10.0.0.1/callback",
    "myapp://callback",
    "com.example.app:/callback",
    "https://user@app.example/callback",
    "https://app.example/callback#part",
    "https://*.example/callback",
    "javascript:alert(1)",
    "http://localhost.evil.example/callback",
    "http://127.0.0.1@evil.example/",
    "https:///callback",
    "https://app.example/call\nback",
    7,
]


async def test_redirects_go_to_https_or_to_this_machine(login: Login) -> None:
    for uri in BAD_REDIRECTS:
        reply = await login.register(redirect_uris=[REDIRECT, uri])
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_redirect_uri"), uri


BAD_REGISTRATIONS = [
    b"",
    b"[]",
    b'{"redirect_uris": []}',
    b'{"redirect_uris": "https://a.example/"}',
    b'{"redirect_uris": ["https://a.example/"], "client_name": 7}',
    b'{"redirect_uris": ["https://a.example/"], "client_name": "\\ud800"}',
    b'{"redirect_uris": ["https://a.example/"], "jwks": NaN}',
    b'{"redirect_uris": ["https://a.example/"], "grant_types": ["client_credentials"]}',
    b'{"redirect_uris": ["https://a.example/"], "response_types": ["token"]}',
    b'{"redirect_uris": ["https://a.example/"], "token_endpoint_auth_method": "tls"}',
    b'{"redirect_uris": ["https://a.example/"], "jwks": "' + b"x" * 9_000 + b'"}',
    b"[" * 10_000,
]


async def test_a_registration_that_is_none_is_refused(login: Login) -> None:
    for body in BAD_REGISTRATIONS:
        reply = await login.http.post("/register", content=body)
        assert reply.status_code == 400, body
        assert reply.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}


async def test_registrations_are_limited_by_address(login: Login) -> None:
    for _ in range(MAX_PER_ADDRESS):
        assert (await login.register()).status_code == 201
    refused = await login.register()
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "hour" in refused.json()["error_description"]


async def test_all_requests_of_an_address_are_limited(app: FastAPI, login: Login) -> None:
    state_of(app).oauth_requests = TokenBucket(1, who="This address", setting="")
    await login.register()
    assert (await login.register()).status_code == 429
    assert (await login.exchange("x")).status_code == 429
    assert (await login.http.get("/authorize")).status_code == 400


# --- the page


async def test_the_page_says_who_asks_and_may_only_post_where_it_should(login: Login) -> None:
    await login.register(client_name='<b>"Cla\u202eude"</b>')
    page = await login.http.get(login.address())
    assert page.status_code == 200
    assert "&lt;b&gt;&quot;Cla ude&quot;&lt;/b&gt;" in page.text
    assert "claude.ai" in page.text
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https://claude.ai;" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-frame-options"] == "DENY"
    assert page.headers["cache-control"] == "no-store"
    cookie = page.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "Secure", "SameSite=strict", "/authorize"))
    assert "on the computer of whoever opens" not in page.text


async def test_the_page_warns_of_an_answer_to_the_own_machine(client: httpx.AsyncClient) -> None:
    login = Login(client, redirect_uri="http://localhost:3118/callback")
    await login.register()
    page = await client.get(login.address())
    assert "on the computer of whoever opens" in page.text
    assert "localhost:3118" in page.text
    assert "form-action 'self' http://localhost:3118;" in page.headers["content-security-policy"]


async def test_on_loopback_any_port_is_as_good_and_nothing_else(
    client: httpx.AsyncClient,
) -> None:
    login = Login(client, redirect_uri="http://127.0.0.1:3118/callback")
    await login.register()
    for port in ("", ":1", ":65535"):
        url = login.address(redirect_uri=f"http://127.0.0.1{port}/callback")
        assert (await client.get(url)).status_code == 200
    for other in ("localhost:3118/callback", "127.0.0.1:3118/other", "127.0.0.1:3118/callback?a"):
        url = login.address(redirect_uri=f"http://{other}")
        assert (await client.get(url)).status_code == 400


async def test_a_get_makes_nothing_and_may_be_repeated(login: Login, token: Make) -> None:
    await login.register()
    url = login.address()
    assert [(await login.http.get(url)).status_code for _ in range(3)] == [200] * 3
    await login.exchange(await login.code(await token(), url=url))


async def test_unknown_clients_and_addresses_are_not_answered_there(login: Login) -> None:
    await login.register()
    bad: list[dict[str, str | None]] = [
        {"client_id": "unknown"},
        {"client_id": None},
        {"client_id": "https://x"},
        {"client_id": "https://127.0.0.1/x.json"},
        {"redirect_uri": f"{REDIRECT}/more"},
        {"redirect_uri": "https://claude.ai.evil.example/api/mcp/auth_callback"},
        {"redirect_uri": "http://claude.ai/api/mcp/auth_callback"},
    ]
    for changed in bad:
        for kind in ("text/html", "application/json"):
            url = login.address(**changed)
            reply = await login.http.get(url, headers={"Accept": kind})
            assert reply.status_code == 400, changed
            assert reply.headers["content-type"].startswith(kind)
            assert "location" not in reply.headers
    twice = await login.http.get(login.address() + "&client_id=other")
    assert twice.status_code == 400


BAD_REQUESTS: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"resource": "https://other.example/mcp"}, "invalid_target"),
    ({"resource": f"{BASE}/mcp//"}, "invalid_target"),
    ({"scope": "files:delete"}, "invalid_scope"),
]


async def test_errors_of_a_known_client_go_back_to_it_with_the_issuer(login: Login) -> None:
    await login.register()
    for changed, error in BAD_REQUESTS:
        reply = await login.http.get(login.address(**changed))
        assert reply.status_code == 302, changed
        assert reply.headers["location"].startswith(f"{REDIRECT}?")
        answer = query_of(reply)
        assert (answer["error"], answer["iss"], answer["state"]) == (error, BASE, "s 1")


async def test_a_refusal_goes_back_with_the_issuer(login: Login, token: Make) -> None:
    await login.register()
    reply = await login.answer(await token(), "deny")
    answer = query_of(reply)
    assert (answer["error"], answer["iss"], answer["state"]) == ("access_denied", BASE, "s 1")


async def test_a_wrong_token_logs_nobody_in(login: Login, token: Make) -> None:
    await token()
    await login.register()
    url = login.address()
    for wrong in ("nonsense", Secret.new(Kind.TOKEN).text, ""):
        page = await login.log_in(wrong, url)
        assert page.status_code == 400
        assert "token" in page.text
        assert 'value="allow"' not in page.text


async def test_a_form_of_another_page_or_browser_does_nothing(login: Login, token: Make) -> None:
    await login.register()
    url, mine = login.address(), await token()
    page = await login.log_in(mine, url)
    form = {"csrf": csrf_of(page), "action": "allow", "scope": "write"}
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await login.http.post(url, data=form, headers=foreign)).status_code == 403
    other = login.address(scope="memory:read")
    for data, at in ((form | {"csrf": ""}, url), (form, other)):
        reply = await login.http.post(at, data=data, headers=OWN_PAGE)
        assert reply.status_code == 400
        assert "out of date" in reply.text
    login.http.cookies.clear()
    reply = await login.http.post(url, data=form, headers=OWN_PAGE)
    assert reply.status_code == 400


async def test_after_an_answer_nobody_is_logged_in(login: Login, token: Make) -> None:
    await login.register()
    url = login.address()
    page = await login.log_in(await token(), url)
    form = {"csrf": csrf_of(page), "action": "allow", "scope": "write"}
    cookies = dict(login.http.cookies)
    assert (await login.http.post(url, data=form, headers=OWN_PAGE)).status_code == 303
    login.http.cookies.update(cookies)
    again = await login.http.post(url, data=form, headers=OWN_PAGE)
    assert again.status_code == 400
    assert "location" not in again.headers


# --- tokens


@pytest.mark.usefixtures("mcp")
async def test_a_connection_works_is_listed_and_can_be_ended(
    login: Login, token: Make, services: Services
) -> None:
    admin = await token(Scope.ADMIN, "admin")
    issued = await login.tokens(await token())
    assert issued["token_type"] == "Bearer"  # noqa: S105
    assert issued["scope"] == "memory:read memory:write"
    assert issued["expires_in"] == 24 * 3_600
    stored = (await call(login.http, issued["access_token"], STORE)).json()["result"]
    assert not stored.get("isError"), stored
    listed = (await login.http.get("/api/admin/tokens", headers=bearer(admin))).json()["tokens"]
    [made] = [each for each in listed if each["name"] == "Claude (claude.ai)"]
    assert made["scope"] == "write"
    assert "expiresAt" in made
    memory_id = stored["structuredContent"]["id"]
    [event, *_] = await services.history.events(memory_id)
    assert event.actor == "Claude (claude.ai)"
    gone = await login.http.delete(f"/api/admin/tokens/{made['id']}", headers=bearer(admin))
    assert gone.status_code == 204
    assert not await works(login.http, issued["access_token"])
    refused = await login.refresh(issued["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    # the client is still known: python clients cannot recover otherwise
    assert (await login.http.get(login.address())).status_code == 200


async def test_no_answer_but_the_last_holds_a_secret(
    login: Login, token: Make, memorizer: Memorizer
) -> None:
    mine = await token()
    await login.register(token_endpoint_auth_method="client_secret_post")  # noqa: S106
    secret = login.registration["client_secret"]
    code = await login.code(mine)
    issued = (await login.exchange(code, client_secret=secret)).json()
    again = (await login.refresh(issued["refresh_token"], client_secret=secret)).json()
    content = memorizer.settings.database_file.read_bytes()
    for wal in memorizer.settings.data_dir.glob("*-wal"):
        content += wal.read_bytes()
    secrets = [secret, code, login.registration["registration_access_token"]]
    secrets += [
        each[name] for each in (issued, again) for name in ("access_token", "refresh_token")
    ]
    for each in secrets:
        assert each.rpartition("_")[2].encode() not in content


BAD_EXCHANGES = [
    ({"redirect_uri": f"{REDIRECT}2"}, "invalid_grant"),
    ({"redirect_uri": ""}, "invalid_grant"),
    ({"code_verifier": "x" * 50}, "invalid_grant"),
    ({"code_verifier": ""}, "invalid_grant"),
    ({"resource": "https://other.example/mcp"}, "invalid_target"),
    ({"code": "nonsense"}, "invalid_grant"),
    ({"code": ""}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"client_id": "unknown"}, "invalid_client"),
    ({"client_id": ""}, "invalid_client"),
    ({"client_id": "\0"}, "invalid_request"),
]


async def test_a_code_is_bound_to_all_that_it_was_made_for(login: Login, token: Make) -> None:
    await login.register()
    code = await login.code(await token())
    for changed, error in BAD_EXCHANGES:
        reply = await login.exchange(code, **changed)
        assert reply.json()["error"] == error, changed
        assert reply.status_code == (401 if error == "invalid_client" else 400)
        assert reply.headers["cache-control"] == "no-store"
    assert (await login.exchange(code)).status_code == 200


async def test_a_code_of_another_client_is_unknown(login: Login, token: Make) -> None:
    await login.register()
    code = await login.code(await token())
    other = Login(login.http, verifier=login.verifier)
    await other.register()
    assert (await other.exchange(code)).json()["error"] == "invalid_grant"
    assert (await login.exchange(code)).status_code == 200


async def test_a_code_that_comes_twice_ends_what_it_made(login: Login, token: Make) -> None:
    await login.register()
    code = await login.code(await token())
    issued = (await login.exchange(code)).json()
    assert (await login.exchange(code)).json()["error"] == "invalid_grant"
    assert not await works(login.http, issued["access_token"])
    assert (await login.refresh(issued["refresh_token"])).status_code == 400


async def test_of_two_exchanges_at_once_one_wins(login: Login, token: Make) -> None:
    await login.register()
    code = await login.code(await token())
    replies = await asyncio.gather(login.exchange(code), login.exchange(code))
    assert sorted(reply.status_code for reply in replies) == [200, 400]


async def test_a_form_is_a_form_and_holds_each_field_once(login: Login) -> None:
    await login.register()
    as_json = await login.http.post("/token", json={"grant_type": "refresh_token"})
    twice = await login.http.post(
        "/token",
        content="grant_type=refresh_token&client_id=a&client_id=b",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    for reply in (as_json, twice):
        assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


async def test_clients_with_a_secret_prove_it_either_way(login: Login, token: Make) -> None:
    mine = await token()
    await login.register(token_endpoint_auth_method="client_secret_basic")  # noqa: S106
    secret = login.registration["client_secret"]
    code = await login.code(mine)
    assert (await login.exchange(code)).status_code == 401
    wrong = await login.exchange(code, client_secret=Secret.new(Kind.CLIENT).text)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    login.http.auth = httpx.BasicAuth(login.client_id, secret)
    issued = await login.exchange(code)
    assert issued.status_code == 200
    login.http.auth = httpx.BasicAuth(login.client_id, "wrong")
    refused = await login.refresh(issued.json()["refresh_token"])
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Basic")


async def test_the_resource_may_be_spelled_in_several_ways_or_left_out(
    login: Login, token: Make
) -> None:
    mine = await token()
    await login.register()
    endpoint = f"{BASE}/mcp"
    for resource in (BASE, f"{BASE}/", endpoint, f"{endpoint}/", f"{endpoint}/acme/api", None):
        code = await login.code(mine, url=login.address(resource=resource))
        reply = await login.exchange(code, **({"resource": resource} if resource else {}))
        assert reply.status_code == 200
        assert await works(login.http, reply.json()["access_token"])


async def test_a_token_for_another_address_of_this_server_is_refused(
    app: FastAPI, login: Login, token: Make
) -> None:
    issued = await login.tokens(await token())
    authenticator = state_of(app).authenticator
    authenticator.policy = replace(authenticator.policy, resource="https://new.example/mcp")
    reply = await login.http.get("/api/types", headers=bearer(issued["access_token"]))
    assert reply.status_code == 401
    assert f"{BASE}/mcp" in reply.text


async def test_an_access_token_logs_nobody_in_elsewhere(login: Login, token: Make) -> None:
    issued = await login.tokens(await token())
    for name in ("access_token", "refresh_token"):
        reply = await login.http.post(
            "/api/session", json={"token": issued[name]}, headers=OWN_PAGE
        )
        assert reply.status_code == 401
    assert not await works(login.http, issued["refresh_token"])


# --- refresh


async def test_each_refresh_gives_new_tokens_and_the_old_access_token_goes_on(
    login: Login, token: Make
) -> None:
    first = await login.tokens(await token())
    second = (await login.refresh(first["refresh_token"], resource=f"{BASE}/mcp")).json()
    assert second["refresh_token"] != first["refresh_token"]
    for issued in (first, second):
        assert await works(login.http, issued["access_token"])
    assert (await login.refresh(second["refresh_token"])).status_code == 200


async def test_a_retry_within_the_grace_gets_the_same_answer(
    login: Login, token: Make, clock: ManualClock
) -> None:
    first = await login.tokens(await token())
    replies = await asyncio.gather(*(login.refresh(first["refresh_token"]) for _ in range(5)))
    answers = {(r.json()["access_token"], r.json()["refresh_token"]) for r in replies}
    assert len(answers) == 1
    clock.advance(seconds=rules.GRACE_MS / 1_000)
    late = (await login.refresh(first["refresh_token"])).json()
    assert (late["access_token"], late["refresh_token"]) in answers
    assert await works(login.http, late["access_token"])


async def test_a_refresh_token_that_comes_again_later_ends_the_connection(
    login: Login, token: Make, clock: ManualClock
) -> None:
    first = await login.tokens(await token())
    second = (await login.refresh(first["refresh_token"])).json()
    clock.advance(seconds=(rules.GRACE_MS + 1) / 1_000)
    stolen = await login.refresh(first["refresh_token"])
    assert stolen.json()["error"] == "invalid_grant"
    assert (await login.refresh(second["refresh_token"])).status_code == 400
    for issued in (first, second):
        assert not await works(login.http, issued["access_token"])


async def test_a_refresh_may_ask_for_less_and_never_for_more(login: Login, token: Make) -> None:
    reading = await login.tokens(await token(), scope="read")
    assert reading["scope"] == "memory:read"
    more = await login.refresh(reading["refresh_token"], scope="memory:write")
    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
    other = Login(login.http)
    writing = await other.tokens(await token(name="another"))
    less = (await other.refresh(writing["refresh_token"], scope="memory:read")).json()
    assert less["scope"] == "memory:read"
    note = {"type": "note", "text": "x", "source": "test"}
    refused = await login.http.post(
        "/api/memories", json=note, headers=bearer(less["access_token"])
    )
    assert refused.status_code == 403
    whole = (await other.refresh(less["refresh_token"])).json()
    assert whole["scope"] == "memory:read memory:write"


async def test_a_refresh_token_belongs_to_its_client(login: Login, token: Make) -> None:
    issued = await login.tokens(await token())
    other = Login(login.http)
    await other.register()
    assert (await other.refresh(issued["refresh_token"])).json()["error"] == "invalid_grant"
    await login.http.post(
        "/revoke", data={"token": issued["refresh_token"], "client_id": other.client_id}
    )
    assert await works(login.http, issued["access_token"])


async def test_access_ends_after_a_day_and_an_unused_connection_after_ninety(
    login: Login, token: Make, clock: ManualClock
) -> None:
    issued = await login.tokens(await token())
    clock.advance(seconds=rules.ACCESS_MS / 1_000)
    assert not await works(login.http, issued["access_token"])
    issued = (await login.refresh(issued["refresh_token"])).json()
    assert await works(login.http, issued["access_token"])
    clock.advance(seconds=rules.REFRESH_MS / 1_000)
    assert (await login.refresh(issued["refresh_token"])).status_code == 400


async def test_a_client_can_end_its_connection(login: Login, token: Make) -> None:
    mine = await token()
    for which in ("access_token", "refresh_token"):
        issued = await login.tokens(mine)
        data = {"token": issued[which], "client_id": login.client_id}
        assert (await login.http.post("/revoke", data=data)).status_code == 200
        assert not await works(login.http, issued["access_token"])
        assert (await login.http.post("/revoke", data=data)).status_code == 200


# --- clients with a document


async def test_a_client_with_a_document_logs_in_without_registering(
    app: FastAPI, services: Services, token: Make, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    async with client_site(tmp_path) as site:
        uris = ["http://localhost/callback", "cursor://callback", "https://site.example/back"]
        document = {"client_id": site.url, "client_name": "Claude Code", "redirect_uris": uris}
        site.answers = [http_reply(json.dumps(document).encode())]
        clients = replace(services.oauth.clients, documents=site.documents(mode="on"))
        oauth = replace(services.oauth, clients=clients)
        state_of(app).services = replace(services, oauth=oauth)
        known = (await client.get(ASM)).json()
        assert known["client_id_metadata_document_supported"] is True
        login = Login(client, "http://localhost:40123/callback", client_id=site.url)
        page = await client.get(login.address())
        assert f"described at <strong>client.example:{site.port}" in page.text
        issued = await login.tokens(await token())
        assert await works(client, issued["access_token"])
        assert (await login.refresh(issued["refresh_token"])).status_code == 200
        for uri in ("cursor://callback", "https://site.example/other"):
            assert (await client.get(login.address(redirect_uri=uri))).status_code == 400
        assert (await login.exchange("x", client_secret="y")).status_code == 401  # noqa: S106
    names = [each.name for each in await services.auth.tokens()]
    assert "Claude Code (localhost)" in names


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "https://client.example/other"},
        {"redirect_uris": ["cursor://callback"]},
        {"redirect_uris": None},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"client_secret": "x"},
    ],
    ids=str,
)
async def test_a_document_that_does_not_fit_is_refused(
    app: FastAPI,
    services: Services,
    client: httpx.AsyncClient,
    tmp_path: Path,
    changed: dict[str, object],
) -> None:
    async with client_site(tmp_path) as site:
        document = {"client_id": site.url, "redirect_uris": [REDIRECT]} | changed
        site.answers = [http_reply(json.dumps(document).encode())]
        clients = replace(services.oauth.clients, documents=site.documents(mode="on"))
        oauth = replace(services.oauth, clients=clients)
        state_of(app).services = replace(services, oauth=oauth)
        reply = await client.get(Login(client, client_id=site.url).address())
        assert reply.status_code == 400
        assert "document" in reply.text


# --- never more than one's own


async def test_a_reader_can_only_let_read(login: Login, token: Make) -> None:
    await login.register()
    url, mine = login.address(), await token(Scope.READ)
    page = await login.log_in(mine, url)
    assert 'value="write"' not in page.text
    issued = (await login.exchange(await login.code(mine, scope="write"))).json()
    assert issued["scope"] == "memory:read"


async def test_nobody_can_give_administration(login: Login, token: Make) -> None:
    issued = await login.tokens(await token(Scope.ADMIN), scope="admin")
    assert issued["scope"] == "memory:read"
    reply = await login.http.get("/api/admin/tokens", headers=bearer(issued["access_token"]))
    assert reply.status_code == 403


async def test_a_client_gets_no_more_than_it_asked_for(login: Login, token: Make) -> None:
    await login.register()
    url = login.address(scope="memory:read")
    code = await login.code(await token(), url=url, scope="write")
    assert (await login.exchange(code)).json()["scope"] == "memory:read"


@pytest.mark.usefixtures("mcp")
async def test_an_operation_that_needs_more_says_what(login: Login, token: Make) -> None:
    issued = await login.tokens(await token(), scope="read")
    reply = await call(login.http, issued["access_token"], STORE)
    assert reply.status_code == 403
    assert reply.headers["www-authenticate"] == (
        'Bearer error="insufficient_scope", scope="memory:read memory:write", '
        f'resource_metadata="{BASE}{PRM}/mcp"'
    )
    assert "message" in reply.json()["error"]
    assert await works(login.http, issued["access_token"])


@pytest.mark.usefixtures("mcp")
async def test_a_connection_can_be_bound_to_a_workspace(
    login: Login, token: Make, services: Services
) -> None:
    for name in ("home", "acme"):
        await services.workspaces.create(name, actor="test")
    await services.memories.create(Content("An unfiled agent.", title="x"), actor="test")
    issued = await login.tokens(await token(), workspace="acme")
    access = issued["access_token"]
    stored = (await call(login.http, access, STORE)).json()["result"]["structuredContent"]
    found = (await call(login.http, access)).json()["result"]["structuredContent"]["results"]
    assert [each["id"] for each in found] == [stored["id"]]


@pytest.mark.usefixtures("mcp")
async def test_a_bound_token_shows_and_gives_its_workspaces_alone(
    login: Login, token: Make, services: Services
) -> None:
    for name in ("home", "acme"):
        await services.workspaces.create(name, actor="test")
    await services.workspaces.create("billing", parent="acme", actor="test")
    grants = await services.workspaces.grants([("acme", Scope.READ), ("home", Scope.WRITE)])
    mine = await token(grants=grants)
    await login.register()
    url = login.address()
    page = await login.log_in(mine, url)
    assert "acme/billing" in page.text
    # all of it: reading stays reading
    issued = (await login.exchange(await login.code(mine))).json()
    listed = {each.name: each for each in await services.auth.tokens()}
    made = listed["Claude (claude.ai)"]
    assert made.grants is not None
    assert {g.workspace_id: g.scope for g in made.grants} == {
        g.workspace_id: g.scope for g in grants
    }
    # a part of what may only be read
    issued = (await login.exchange(await login.code(mine, workspace="acme/billing"))).json()
    refused = (await call(login.http, issued["access_token"], STORE)).json()["result"]
    assert refused["isError"]
    # what is not theirs
    await services.workspaces.create("secret", actor="test")
    reply = await login.answer(mine, workspace="secret")
    assert reply.status_code == 400
    assert "location" not in reply.headers


async def test_a_connection_ends_with_the_token_that_allowed_it(
    login: Login, token: Make, services: Services
) -> None:
    issued = await login.tokens(await token())
    await services.auth.revoke("mine")
    assert not await works(login.http, issued["access_token"])
    assert (await login.refresh(issued["refresh_token"])).status_code == 400


async def test_a_connection_never_outlives_the_token_that_allowed_it(
    login: Login, token: Make, clock: ManualClock
) -> None:
    issued = await login.tokens(await token(days=2))
    clock.advance(seconds=rules.ACCESS_MS / 1_000)
    issued = (await login.refresh(issued["refresh_token"])).json()
    clock.advance(seconds=rules.ACCESS_MS / 1_000)
    assert not await works(login.http, issued["access_token"])
    assert (await login.refresh(issued["refresh_token"])).status_code == 400


async def test_a_code_is_worth_nothing_once_its_token_is_revoked(
    login: Login, token: Make, services: Services
) -> None:
    await login.register()
    code = await login.code(await token())
    await services.auth.revoke("mine")
    assert (await login.exchange(code)).json()["error"] == "invalid_grant"


async def test_a_code_lasts_a_minute(login: Login, token: Make, clock: ManualClock) -> None:
    await login.register()
    code = await login.code(await token())
    clock.advance(seconds=rules.CODE_MS / 1_000)
    assert (await login.exchange(code)).json()["error"] == "invalid_grant"


# --- ChatGPT


def listing() -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.mark.usefixtures("mcp")
async def test_chatgpt_gets_search_and_fetch_in_its_shape_and_others_do_not(
    login: Login, token: Make, services: Services
) -> None:
    created = await services.memories.create(
        Content("An agent wrote this.", title="Agents", tags=("a", "b")), actor="test"
    )
    access = (await login.tokens(await token(), scope="read"))["access_token"]

    async def names(agent: str) -> set[str]:
        headers = bearer(access) | {"Accept": "application/json", "User-Agent": agent}
        reply = await login.http.post("/mcp", json=listing(), headers=headers)
        return {each["name"] for each in reply.json()["result"]["tools"]}

    assert {"search", "fetch", "store"} <= await names("openai-mcp/1.0.0")
    assert not {"search", "fetch"} & await names("claude/1.0")

    found = (await call(login.http, access, tool("search", query="agent"))).json()["result"]
    memory = created.memory
    url = f"{BASE}/memories/{memory.id}"
    shape = {"results": [{"id": memory.id, "title": "Agents", "url": url}]}
    assert found["structuredContent"] == shape
    [text] = found["content"]
    assert json.loads(text["text"]) == shape
    fetched = (await call(login.http, access, tool("fetch", id=memory.id))).json()["result"]
    [text] = fetched["content"]
    document = json.loads(text["text"])
    assert document == fetched["structuredContent"]
    assert document.pop("metadata")["tags"] == "a, b"
    assert document == {
        "id": memory.id,
        "title": "Agents",
        "text": "An agent wrote this.",
        "url": url,
    }


# --- housekeeping


async def test_what_is_over_is_deleted_and_clients_with_a_token_stay(
    login: Login, token: Make, services: Services, clock: ManualClock
) -> None:
    await login.tokens(await token())
    unfinished = Login(login.http)
    await unfinished.register()
    clock.advance(seconds=rules.REFRESH_MS / 1_000)
    await services.oauth.prune()  # the connection ended just now, and is kept for a while
    assert (await login.http.get(login.address())).status_code == 200
    assert (await login.http.get(unfinished.address())).status_code == 400
    assert len(await services.auth.tokens()) == 2
    clock.advance(seconds=(8 * rules.ACCESS_MS) / 1_000)
    await services.oauth.prune()
    assert [each.name for each in await services.auth.tokens()] == ["mine"]


async def test_names_of_connections_are_told_apart(
    login: Login, token: Make, services: Services
) -> None:
    mine = await token()
    for _ in range(2):
        await login.tokens(mine)
    long = Login(login.http)
    await long.register(client_name="x" * 200)
    await long.tokens(mine)
    names = {each.name for each in await services.auth.tokens()}
    assert {"mine", "Claude (claude.ai)", "Claude (claude.ai) 2"} < names
    assert all(len(name) <= MAX_TOKEN_NAME for name in names)
