"""The built page looks as it was designed: our styles win over those of the components.

Styles are put into files by the build, in an order of its own; only the built page shows who wins.
"""

import httpx
from playwright.sync_api import Locator, Page, expect


def style(element: Locator, name: str) -> str:
    """A computed style."""
    return str(element.evaluate("(node, name) => getComputedStyle(node)[name]", name))


def test_the_editor_has_room_around_its_text_and_letters_of_one_width(page: Page) -> None:
    page.goto("/memories/new")
    text = page.get_by_role("textbox", name="Text")
    expect(text).to_be_visible()

    assert style(text, "fontFamily").startswith("ui-monospace")
    assert style(text, "padding") == "16px 20px"


def test_copy_buttons_lie_on_the_block_that_they_copy(page: Page) -> None:
    page.goto("/connect")
    button = page.get_by_role("button", name="Copy").first
    expect(button).to_be_visible()

    assert style(button, "position") == "absolute"
    block = button.locator("xpath=..").bounding_box()
    place = button.bounding_box()
    assert block is not None
    assert place is not None
    assert block["x"] <= place["x"]
    assert place["x"] + place["width"] <= block["x"] + block["width"]
    assert place["y"] + place["height"] <= block["y"] + block["height"]


def test_the_columns_of_jobs_keep_their_widths(page: Page, site: str) -> None:
    memory = {"type": "note", "text": "A memory whose title a job writes."}
    httpx.post(f"{site}/api/memories", json=memory).raise_for_status()

    page.goto("/admin/jobs")
    table = page.get_by_role("table").first
    expect(table).to_be_visible()

    assert style(table, "tableLayout") == "fixed"
