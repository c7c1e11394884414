"""A real Memorizer, looked at through a real Chromium.

These tests are a run of their own (`make browser-test`): the synchronous browser keeps an event
loop in the main thread, where the asynchronous tests of other folders need theirs.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from memorizer.http.spa import BUILT
from support import chromium
from support.browsing import Store, serving
from support.waiting import HANG_SECONDS

SKIPPED = "BROWSER TESTS SKIPPED"

HANG_MS = HANG_SECONDS * 1_000
expect.set_options(timeout=HANG_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    if not (BUILT / "index.html").is_file():
        pytest.fail("The page is not built: make web")
    path = chromium.find()
    if path is None:
        pytest.skip(f"{SKIPPED}: no Chromium; `python tests/support/chromium.py` installs one")
    return {**browser_type_launch_args, "executable_path": path, "args": ["--no-sandbox"]}


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(SKIPPED in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(f"{SKIPPED}: no Chromium was found.", red=True, bold=True)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that all tests share; each uses memories and tags of its own."""
    with serving(tmp_path_factory.mktemp("site")) as url:
        yield url


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[str]:
    """A server with nothing in it, for one test."""
    with serving(tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def base_url(site: str) -> str:
    """So that tests say `page.goto("/search")`."""
    return site


@pytest.fixture
def api(site: str) -> Iterator[httpx.Client]:
    """The shared server's API, as somebody else uses it."""
    with httpx.Client(base_url=site, timeout=HANG_SECONDS) as client:
        yield client


@pytest.fixture
def store(api: httpx.Client) -> Store:
    """Stores a memory; without a title unless one is given."""

    def store_memory(text: str, **fields: Any) -> dict[str, Any]:
        reply = api.post("/api/memories", json={"text": text, **fields}).raise_for_status()
        memory: dict[str, Any] = reply.json()
        return memory

    return store_memory


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """The same everywhere: language, zone, size, and nothing that moves."""
    return {
        **browser_context_args,
        "viewport": {"width": 1280, "height": 860},
        "locale": "en-GB",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A tab in which nothing may fail unseen: neither scripts nor the page's own policy."""
    problems: list[str] = []
    page.context.set_default_timeout(HANG_MS)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "console",
        lambda message: (
            problems.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield page
    assert problems == []
