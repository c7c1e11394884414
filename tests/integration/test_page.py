"""How the web page is served: its own addresses only, and files that never change."""

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from memorizer.http.app_state import AppState, attach
from memorizer.http.auth.authenticator import Authenticator, AuthPolicy
from memorizer.http.auth.rate_limit import StreamLimit
from memorizer.http.error_handlers import HANDLERS
from memorizer.http.middleware.metrics import HttpMetrics
from memorizer.http.spa import add_spa

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SCRIPT = b"console.log('built')"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A page as the build lays it down."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>Memorizer</title>")
    (tmp_path / "theme.js").write_text("// theme")
    (assets / "index-a1b2.js").write_bytes(SCRIPT)
    (assets / "index-a1b2.js.gz").write_bytes(gzip.compress(SCRIPT))
    return tmp_path


def visitor(built: Path) -> httpx.AsyncClient:
    app = FastAPI(exception_handlers=HANDLERS, docs_url=None, redoc_url=None)
    metrics = HttpMetrics()
    authenticator = Authenticator(AuthPolicy(), metrics)
    streams = StreamLimit(1)
    attach(
        app, AppState(authenticator, http_metrics=metrics, stream_limit=streams, route_methods={})
    )
    add_spa(app, built)
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=BROWSER)


@pytest.mark.parametrize(
    "address",
    ["/", "/search", "/memories/new", "/memories/1/versions", "/admin/jobs/7", "/connect"],
)
async def test_the_pages_own_addresses_show_the_page(built: Path, address: str) -> None:
    async with visitor(built) as client:
        reply = await client.get(address)

    assert reply.status_code == 200
    assert "<title>Memorizer</title>" in reply.text
    assert reply.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "address",
    ["/api/nothing", "/.well-known/nothing", "/nothing", "/assets/nothing.js"],
)
async def test_any_other_address_stays_a_404_in_json(
    client: httpx.AsyncClient, address: str
) -> None:
    reply = await client.get(address, headers=BROWSER)

    assert reply.status_code == 404
    assert reply.json()["error"] == "Not found"


async def test_who_wants_json_gets_no_page(built: Path) -> None:
    async with visitor(built) as client:
        reply = await client.get("/memories/1", headers={"Accept": "application/json"})

    assert reply.status_code == 404


async def test_the_page_lets_no_foreign_script_run_and_no_frame_hold_it(built: Path) -> None:
    async with visitor(built) as client:
        headers = (await client.get("/")).headers

    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["referrer-policy"] == "no-referrer"


async def test_assets_are_kept_for_ever_and_sent_compressed(built: Path) -> None:
    async with visitor(built) as client:
        plain = await client.get("/assets/index-a1b2.js", headers={"Accept-Encoding": "identity"})
        small = await client.get("/assets/index-a1b2.js", headers={"Accept-Encoding": "br, gzip"})

    assert plain.content == small.content == SCRIPT
    assert "content-encoding" not in plain.headers
    assert small.headers["content-encoding"] == "gzip"
    assert small.headers["content-type"].startswith("text/javascript")
    assert small.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


async def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    async with visitor(tmp_path) as client:
        reply = await client.get("/")

    assert reply.status_code == 200
    assert "make web" in reply.text
