"""What is seen before the page's scripts and styles have come."""

import pytest
from playwright.sync_api import Page, expect

PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length > 0"


@pytest.mark.parametrize(
    ("theme", "paper"), [("light", "rgb(250, 248, 246)"), ("dark", "rgb(23, 20, 26)")]
)
def test_the_page_is_painted_without_its_files_and_filled_when_they_come(
    page: Page, theme: str, paper: str
) -> None:
    page.route("**/assets/**", lambda _: None)  # held until the route is taken away
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")

    page.goto("/connect", wait_until="commit")
    page.wait_for_function(PAINTED)
    startup = page.get_by_role("status", name="Loading")
    expect(startup).to_be_visible()
    expect(startup).to_have_css("background-color", paper)

    page.unroute("**/assets/**")
    expect(page.get_by_role("heading", name="Connect", level=1)).to_be_visible()
    expect(startup).to_have_count(0)
