"""What holds on every page: themes, a phone's width, accessibility, a server that goes away."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from memorizer.http.spa import BUILT
from support.browsing import Store, serious, unique
from support.waiting import HANG_SECONDS

PAGES = (
    "/",
    "/search?q=river",
    "/memories/new",
    "/memories/{id}",
    "/memories/{id}/versions?from=1&to=2",
    "/memories/{id}/similar?threshold=0",
    "/memories/{id}/relationships",
    "/memories/{id}/events",
    "/memories/{id}/edit",
    "/memories/01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10",
    "/trash",
    "/duplicates?threshold=0.5",
    "/review",
    "/stats",
    "/admin",
    "/admin/system",
    "/admin/access",
    "/admin/secrets",
    "/connect",
    "/recalls",
)
TEXT = """\
# A river

With **bold** words, `code`, a [link](https://example.com) and

| a wide table | with | many | columns | that | do | not | fit | on | a | phone |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | averyveryverylongwordwithoutanyblanks |

```python
def a_long_line(): return "that has to be scrolled, for code must not be wrapped" + "." * 100
```
"""


@pytest.fixture(scope="module")
def memory_id(site: str) -> str:
    """A memory that has something on each of its tabs."""
    with httpx.Client(base_url=site, timeout=HANG_SECONDS) as api:
        word = unique("river")
        body = {"text": TEXT, "title": f"All about the {word}", "tags": ["water", "geography"]}
        memory: dict[str, Any] = api.post("/api/memories", json=body).raise_for_status().json()
        other = api.post("/api/memories", json={"text": f"The {word} floods", "title": "Floods"})
        api.patch(f"/api/memories/{memory['id']}", json={"text": TEXT + "\nMore."})
        gone = api.post("/api/memories", json={"text": f"A {word} that dried up"}).json()["id"]
        api.delete(f"/api/memories/{gone}").raise_for_status()  # the trash has something, too
        link = {"fromMemoryId": memory["id"], "toMemoryId": other.json()["id"], "type": "causes"}
        api.post("/api/relationships", json=link).raise_for_status()
        return str(memory["id"])


def shown(page: Page, address: str) -> None:
    """Open a page and wait until it stands."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1).or_(page.locator("main h2")).first).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_accessible_in_both_themes_and_fits_a_phone(
    page: Page, memory_id: str, address: str
) -> None:
    page.emulate_media(reduced_motion="reduce")  # no colour is judged half way to another
    shown(page, address.format(id=memory_id))

    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    assert serious(page, "{runOnly: ['color-contrast']}") == []
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_theme_is_the_systems_until_one_is_chosen(page: Page) -> None:
    html = page.locator("html")
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    expect(html).to_have_attribute("data-mantine-color-scheme", "dark")

    page.get_by_role("button", name="Theme").first.click()
    page.get_by_role("menuitem", name="Light").click()
    expect(html).to_have_attribute("data-mantine-color-scheme", "light")
    page.reload()

    expect(html).to_have_attribute("data-mantine-color-scheme", "light")


def test_the_address_of_no_page_leads_out(page: Page) -> None:
    page.goto("/memories/a/b/c")

    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()


def test_a_server_that_goes_away_and_comes_back_needs_no_reload(page: Page, store: Store) -> None:
    tag = unique("away")
    page.goto(f"/?tag={tag}")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()

    page.route("**/api/**", lambda route: route.abort())
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # connects again
    expect(page.get_by_role("status").filter(has_text="Reconnecting")).to_be_visible()
    banner = page.get_by_role("status").filter(has_text="Memorizer does not answer.")
    expect(banner).to_be_visible()
    store("Stored meanwhile", title=f"Meanwhile {tag}", tags=[tag])
    page.unroute("**/api/**")

    expect(page.get_by_role("link", name=f"Meanwhile {tag}")).to_be_visible()
    expect(banner).to_have_count(0)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].type") == "navigate"


def test_the_first_load_is_small(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Memories", exact=True)).to_be_visible()

    loaded = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    scripts = [BUILT / "assets" / Path(url).name for url in loaded if "/assets/" in url]
    sizes = [compressed_size(file) for file in scripts if file.suffix == ".js"]

    assert 50_000 < sum(sizes) < 300_000


def compressed_size(script: Path) -> int:
    """The bytes of a script as gzip; tiny ones are sent as they are."""
    compressed = script.with_name(f"{script.name}.gz")
    return (compressed if compressed.is_file() else script).stat().st_size
