"""The page below a path of a proxy: everything works there, and nothing is asked elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect

from support import reverse_proxy
from support.browsing import serving

ROOT = "/memory"


@pytest.fixture(params=[True, False], ids=["stripped", "kept"])
def below(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of the site below its path."""
    with serving(tmp_path / "data", root_path=ROOT) as server:
        origin = server.removesuffix(ROOT)
        if reverse_proxy.NGINX is None:
            proxy = reverse_proxy.plain(origin, ROOT, strips=request.param)
        else:
            proxy = reverse_proxy.nginx(tmp_path, origin, ROOT, strips=request.param)
        with proxy as url:
            yield f"{url}{ROOT}"


def test_the_page_lives_below_its_path(page: Page, below: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(f"{below}/")
    page.get_by_role("link", name="New memory").first.click()
    expect(page).to_have_url(f"{below}/memories/new")

    page.reload()  # the server, not the router, answers for an address within
    page.get_by_role("textbox", name="Text").fill("Kept below a path.")
    page.get_by_role("textbox", name="Title").fill("Below")
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("heading", name="Below")).to_be_visible()

    page.goto(f"{below}/")
    expect(page.get_by_role("link", name="Below")).to_be_visible()
    memory = {"text": "Somebody else's.", "title": "Told live"}
    httpx.post(f"{below}/api/memories", json=memory, timeout=30).raise_for_status()
    expect(page.get_by_role("link", name="Told live")).to_be_visible()

    page.goto(f"{below}/connect?client=cursor&over=http")
    expect(page.get_by_text(f'"url": "{below}/mcp"')).to_be_visible()
    assert all(path.startswith(f"{ROOT}/") for path in asked), asked


def test_a_login_holds_below_its_path(page: Page, below: str) -> None:
    made = httpx.post(
        f"{below}/api/admin/tokens", json={"name": "me", "scope": "admin"}, timeout=30
    )
    page.goto(f"{below}/")
    page.get_by_role("textbox", name="Token").fill(made.raise_for_status().json()["token"])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("link", name="New memory").first).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("textbox", name="Token")).to_be_visible()
    expect(page).to_have_url(f"{below}/")
