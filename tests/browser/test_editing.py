"""Writing and changing memories."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from support.browsing import Store, unique


def test_without_a_title_one_appears_by_itself(page: Page) -> None:
    page.goto("/memories/new")
    editor = page.get_by_role("textbox", name="Text")
    editor.fill("The otters of the lake are counted every spring by two rangers.")

    page.get_by_role("button", name="Store").click()

    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text(re.compile("otters", re.IGNORECASE))
    expect(page.get_by_text("a title is being written…")).to_have_count(0)
    expect(page.get_by_role("definition").first).to_have_text("2")  # the title is a new version


def test_all_fields_are_stored(page: Page, api: httpx.Client) -> None:
    tag = unique("written")
    page.goto("/memories/new")
    page.get_by_role("textbox", name="Title").fill("Named by hand")
    page.get_by_role("textbox", name="Text").fill("Some text")
    page.get_by_role("combobox", name="Tags").fill(tag)
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Type").fill("decision")

    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("heading", name="Named by hand")).to_be_visible()
    [memory] = api.get("/api/memories", params={"tag": tag}).json()["memories"]
    assert (memory["type"], memory["source"], memory["text"]) == ("decision", "web", "Some text")


def test_what_it_replaces_and_until_when_it_holds(
    page: Page, store: Store, api: httpx.Client
) -> None:
    tag = unique("validity")
    old = store("The vault opens at nine.", title=unique("Vault-at-nine"))
    page.goto("/memories/new")
    page.get_by_role("textbox", name="Title").fill("The vault opens at ten")
    page.get_by_role("textbox", name="Text").fill("The vault opens at ten.")
    page.get_by_role("combobox", name="Tags").fill(tag)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Validity and what it replaces").click()
    page.get_by_role("combobox", name="Replaces").fill(old["title"])
    page.get_by_role("option", name=old["title"]).click()
    page.get_by_label("Valid until").fill("2099-12-31")
    page.get_by_label("Review on").fill("2020-01-01")
    page.get_by_role("button", name="Store").click()

    expect(page.get_by_role("heading", name="The vault opens at ten")).to_be_visible()
    expect(page.get_by_text("needs review")).to_be_visible()
    [memory] = api.get("/api/memories", params={"tag": tag}).json()["memories"]
    assert memory["validUntil"] == "2100-01-01T00:00:00.000Z"  # the day is included
    replaced = api.get(f"/api/memories/{old['id']}").json()
    assert replaced["supersededBy"] == memory["id"]

    page.goto(f"/memories/{old['id']}")
    expect(page.get_by_text("replaced by The vault opens at ten on ")).to_be_visible()
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="It still holds").click()
    expect(page.get_by_text("replaced by")).to_have_count(0)

    page.goto(f"/?validity=review&tag={tag}")
    expect(page.get_by_role("link", name="The vault opens at ten")).to_be_visible()
    expect(page.get_by_text("needs review").first).to_be_visible()


def test_key_and_metadata_are_stored_shown_and_changed(page: Page, api: httpx.Client) -> None:
    key = f"notes/{unique('kept')}.md"
    page.goto("/memories/new")
    page.get_by_role("textbox", name="Text").fill("Some text")
    page.get_by_role("button", name="Source, confidence, key and metadata").click()
    page.get_by_role("textbox", name="Key").fill(key)
    page.get_by_role("textbox", name="Metadata").fill('{"ticket": "X-1"')
    expect(page.get_by_role("button", name="Store")).to_be_disabled()
    page.get_by_role("textbox", name="Metadata").fill('{"ticket": "X-1", "n": 2}')
    page.get_by_role("button", name="Store").click()

    facts = page.locator("dl").first
    expect(facts).to_contain_text(f"ticketX-1Key{key}")
    page.get_by_role("link", name="Edit").click()
    page.get_by_role("button", name="Source, confidence, key and metadata").click()
    page.get_by_role("textbox", name="Metadata").fill('{"ticket": "X-2"}')
    page.get_by_role("button", name="Save").click()

    expect(facts).to_contain_text("ticketX-2")
    memory = api.get(f"/api/memories/by-key/{key}").json()
    assert (memory["key"], memory["metadata"]) == (key, {"ticket": "X-2"})


def test_marks_are_typed_around_the_selection_and_shown_in_the_preview(page: Page) -> None:
    page.goto("/memories/new")
    editor = page.get_by_role("textbox", name="Text")
    editor.fill("bold")
    editor.select_text()

    page.get_by_role("button", name="Bold").click()
    expect(editor).to_have_value("**bold**")
    page.get_by_text("Preview", exact=True).click()

    expect(page.get_by_label("Preview").locator("strong")).to_have_text("bold")


def test_leaving_asks_before_what_was_written_is_lost(page: Page) -> None:
    page.goto("/memories/new")
    page.get_by_role("textbox", name="Text").fill("Not stored yet")
    stats = page.get_by_role("navigation", name="Main").first.get_by_role("link", name="Stats")

    stats.click()
    page.get_by_role("button", name="Keep editing").click()
    expect(page.get_by_role("textbox", name="Text")).to_have_value("Not stored yet")
    stats.click()
    page.get_by_role("button", name="Leave").click()

    expect(page).to_have_url("/stats")


@pytest.mark.parametrize("hears_of_it", [True, False], ids=["live", "unheard of"])
def test_a_change_of_another_field_by_somebody_else_is_kept(
    page: Page, store: Store, api: httpx.Client, hears_of_it: bool
) -> None:
    if not hears_of_it:
        page.route(re.compile("/events"), lambda route: route.abort())
    memory = store("Shared text", title=unique("Shared"))
    page.goto(f"/memories/{memory['id']}/edit")
    page.get_by_role("textbox", name="Title").fill("My title")

    api.patch(f"/api/memories/{memory['id']}", json={"tags": ["theirs"]}).raise_for_status()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="My title")).to_be_visible()
    saved = api.get(f"/api/memories/{memory['id']}").json()
    assert (saved["title"], saved["tags"]) == ("My title", ["theirs"])


def test_a_conflict_shows_both_versions_and_lets_one_choose(
    page: Page, store: Store, api: httpx.Client
) -> None:
    memory = store("Original", title=unique("Conflict"))
    page.goto(f"/memories/{memory['id']}/edit")
    page.get_by_role("textbox", name="Text").fill("Mine")
    api.patch(f"/api/memories/{memory['id']}", json={"text": "Theirs"}).raise_for_status()

    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("region", name="Yours: text")).to_contain_text("Mine")
    expect(page.get_by_role("region", name="Theirs: text")).to_contain_text("Theirs")
    page.get_by_role("button", name="Keep mine").click()

    expect(page).to_have_url(f"/memories/{memory['id']}")
    assert api.get(f"/api/memories/{memory['id']}").json()["text"] == "Mine"
    earlier = api.get(f"/api/memories/{memory['id']}/versions/2").json()
    assert earlier["text"] == "Theirs"


def test_after_a_conflict_theirs_can_be_taken(page: Page, store: Store, api: httpx.Client) -> None:
    memory = store("Original", title=unique("Conflict"))
    page.goto(f"/memories/{memory['id']}/edit")
    page.get_by_role("textbox", name="Text").fill("Mine")
    api.patch(f"/api/memories/{memory['id']}", json={"text": "Theirs"}).raise_for_status()

    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Take theirs").click()

    expect(page.get_by_role("textbox", name="Text")).to_have_value("Theirs")
    assert api.get(f"/api/memories/{memory['id']}").json()["version"] == 2
