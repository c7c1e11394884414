"""The whole site below a path of a proxy that has other things beside it."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest

from memorizer.domain.errors import Misconfigured
from memorizer.http.auth.authenticator import COOKIE
from memorizer.http.middleware.root_path import validated
from memorizer.http.spa import BUILT
from support import reverse_proxy
from support.server_process import server_process

ROOT = "/memory"
WAYS = [("plain", True), ("plain", False), ("nginx", True), ("nginx", False)]
NAMES = [f"{kind}, {'strips' if strips else 'keeps'} the path" for kind, strips in WAYS]
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "someone", "version": "1"},
    },
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that knows its path, with the path."""
    with server_process(tmp_path_factory.mktemp("data"), root_path=f"{ROOT}/") as process:
        assert process.url.endswith(ROOT)
        yield process.url


@pytest.fixture(scope="module", params=WAYS, ids=NAMES)
def site(
    server: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[httpx.Client]:
    """Speaks to a proxy before it."""
    kind, strips = request.param
    origin = server.removesuffix(ROOT)
    if kind == "nginx":
        if reverse_proxy.NGINX is None:
            pytest.skip("nginx is not installed")
        folder = tmp_path_factory.mktemp("nginx")
        proxy = reverse_proxy.nginx(folder, origin, ROOT, strips=strips)
    else:
        proxy = reverse_proxy.plain(origin, ROOT, strips=strips)
    with proxy as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_the_api_answers_there_and_says_where_things_are(site: httpx.Client) -> None:
    stored = site.post(f"{ROOT}/api/memories", json={"text": "tea", "title": "Tea"})
    assert stored.status_code == 201
    place = stored.headers["Location"]
    assert place == f"{ROOT}/api/memories/{stored.json()['id']}"
    assert site.get(place).json()["title"] == "Tea"
    assert site.head(place).status_code == 200
    assert f"{ROOT}/docs" in site.get(f"{ROOT}/api/nowhere").json()["message"]


def test_events_come_one_by_one(site: httpx.Client) -> None:
    with site.stream("GET", f"{ROOT}/api/admin/events") as stream:
        events = (json.loads(line[5:]) for line in stream.iter_lines() if line.startswith("data:"))
        assert next(events) == {"type": "connected"}
        site.post(f"{ROOT}/api/memories", json={"text": "news", "title": "News"})
        assert next(events)["type"] == "changed"


def test_agents_are_answered_there(site: httpx.Client) -> None:
    reply = site.post(f"{ROOT}/mcp", json=HELLO, headers={"Accept": "application/json"})
    assert reply.json()["result"]["serverInfo"]["name"] == "memorizer"


def test_the_description_and_its_page_find_each_other(site: httpx.Client) -> None:
    page = site.get(f"{ROOT}/docs").text
    addresses = re.findall(r'(?:href|src)="([^"]+)"', page) + re.findall(r"url: '([^']+)'", page)
    assert f"{ROOT}/openapi.json" in addresses
    assert all(site.get(address).status_code == 200 for address in addresses)
    assert site.get(f"{ROOT}/openapi.json").json()["servers"] == [{"url": ROOT}]


@pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="the page is not built")
@pytest.mark.parametrize("address", ["/", "/memories/new"])
def test_the_page_and_its_files_are_found(site: httpx.Client, address: str) -> None:
    page = site.get(f"{ROOT}{address}").text
    addresses = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert len(addresses) > 4
    assert all(each.startswith(f"{ROOT}/") for each in addresses)
    assert all(site.get(each).status_code == 200 for each in addresses)


def test_the_login_is_for_this_path_alone(site: httpx.Client) -> None:
    gone = site.delete(f"{ROOT}/api/session").headers["Set-Cookie"]
    assert gone.startswith(COOKIE)
    assert f"Path={ROOT}/api;" in gone


def test_without_the_proxy_both_spellings_answer(server: str) -> None:
    for url in (server, server.removesuffix(ROOT)):
        assert httpx.get(f"{url}/healthz", timeout=30).status_code == 200
    assert httpx.get(f"{server}x/healthz", timeout=30).status_code == 404


@pytest.mark.parametrize("given", ["", "/", "//"])
def test_the_root_itself_is_no_path(given: str) -> None:
    assert validated(given) == ""


@pytest.mark.parametrize(
    "wrong", ["memory", "/me mory", "/a//b", '/"x', "/a/../b", "/.", "/a?b", "/é", "/<b>"]
)
def test_what_is_no_path_is_refused(wrong: str) -> None:
    with pytest.raises(Misconfigured, match="it should be a path"):
        validated(wrong)


@pytest.mark.parametrize(
    "taken", ["/api", "/mcp", "/memories", "/admin/memory", "/assets", "/docs"]
)
def test_a_path_that_is_an_address_of_ours_is_refused(taken: str) -> None:
    with pytest.raises(Misconfigured, match=r"own.*Take another one, such as /memory"):
        validated(taken)
