"""Takes the pictures of docs/images, with example memories on a server of its own.

`make screenshots`; look at them afterwards.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from playwright.sync_api import Browser, expect, sync_playwright

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from support import chromium  # noqa: E402 - needs the path above
from support.browsing import serving  # noqa: E402 - needs the path above

IMAGES = HERE.parents[1] / "docs" / "images"
EXAMPLES = HERE / "examples"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 860}


def pages(runbook: str) -> dict[str, str]:
    """The name of each picture and the address it shows."""
    return {
        "memories": "/",
        "search": "/search?q=when do we ship",
        "memory": f"/memories/{runbook}",
        "versions": f"/memories/{runbook}/versions?from=1&to=4",
        "relationships": f"/memories/{runbook}/relationships",
        "edit": f"/memories/{runbook}/edit",
        "stats": "/stats",
        "admin": "/admin",
        "connect": "/connect",
    }


def main() -> None:
    """Fill a server, photograph each page in both themes, and two as a phone shows them."""
    IMAGES.mkdir(exist_ok=True)
    path = chromium.find()  # before Playwright runs, for it asks Playwright
    with TemporaryDirectory() as data_dir, serving(Path(data_dir)) as url, sync_playwright() as p:
        addresses = pages(fill(url))
        browser = p.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for name, address in addresses.items():
                photograph(browser, url + address, f"{name}-{scheme}", scheme, DESK)
        for name in ("memories", "search"):
            photograph(browser, url + addresses[name], f"{name}-phone", "light", PHONE)


def fill(url: str) -> str:
    """Store the examples; returns the id of the one with versions and relationships."""
    with httpx.Client(base_url=url, timeout=60) as api:

        def store(memory: dict[str, object]) -> str:
            reply = api.post("/api/memories", json=memory).raise_for_status()
            return str(reply.json()["id"])

        examples = json.loads((EXAMPLES / "memories.json").read_text())
        others = [store(memory) for memory in examples]
        text = (EXAMPLES / "runbook.md").read_text()
        draft = text.replace("First five", "First ten").replace("three times", "twice")
        tags = ["payments", "runbook", "operations"]
        title = "When the payment service is slow"
        runbook = store({"type": "how-to", "title": title, "text": draft, "tags": tags})
        for change in (
            {"text": text.replace("three times", "twice")},
            {"text": text, "tags": [*tags, "on-call"]},
            {"title": "Runbook: the payment service is slow"},
        ):
            api.patch(f"/api/memories/{runbook}", json=change).raise_for_status()
        relate(api, runbook, others)
        return runbook


def relate(api: httpx.Client, runbook: str, others: list[str]) -> None:
    """State how the runbook belongs to the other examples."""
    for from_id, to_id, type_ in (
        (runbook, others[6], "related-to"),
        (runbook, others[0], "depends-on"),
        (runbook, others[7], "explains"),
        (runbook, others[5], "precedes"),
        (others[8], runbook, "example-of"),
        (others[3], runbook, "part-of"),
    ):
        link = {"fromMemoryId": from_id, "toMemoryId": to_id, "type": type_}
        api.post("/api/relationships", json=link).raise_for_status()


def photograph(
    browser: Browser, address: str, name: str, scheme: str, size: dict[str, int]
) -> None:
    """Open a page as a new visitor, wait until it stands, and keep the picture."""
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address)
    page.locator("main h1").first.wait_for()
    loading = "[aria-busy=true], .mantine-Loader-root, .mantine-Skeleton-root"
    expect(page.locator(loading)).to_have_count(0, timeout=60_000)
    page.screenshot(path=IMAGES / f"{name}.png")
    context.close()


if __name__ == "__main__":
    main()
