"""The page by keyboard: the palette finds memories and acts on the open one; keys walk lists."""

import re

import httpx
from playwright.sync_api import Locator, Page, expect

from support.browsing import Store


def palette(page: Page) -> Locator:
    expect(page.get_by_role("heading", level=1).first).to_be_visible()  # the page hears keys now
    page.keyboard.press("Control+k")
    field = page.get_by_role("textbox", name="Command")
    expect(field).to_be_focused()
    return field


def test_the_palette_finds_memories_while_one_types(page: Page, store: Store) -> None:
    memory = store("Ledger entries are written twice.", title="Double entry", tags=["quokka"])
    page.goto("/connect")

    palette(page).fill("ledger entries written twice")
    box = page.get_by_role("dialog")
    found = box.get_by_role("button", name=re.compile("Double entry"))
    expect(found).to_be_visible()
    top = box.bounding_box()
    palette_field = page.get_by_role("textbox", name="Command")
    palette_field.fill("ledger entries written twice zzqx no command is called so")
    expect(box.get_by_role("button", name=re.compile("Search for"))).to_be_visible()
    now = box.bounding_box()
    assert top is not None
    assert now is not None
    assert top["y"] == now["y"], "it stays where it is while its list shrinks"

    palette_field.fill("ledger entries written twice")
    found.click()
    expect(page).to_have_url(re.compile(memory["id"]))


def test_the_palette_shows_the_newest_before_anything_is_typed(page: Page, store: Store) -> None:
    memory = store("The newest of all.", title="Newest of all, wombat")
    page.goto("/connect")
    palette(page)
    page.get_by_role("button", name=re.compile("Newest of all, wombat")).click()
    expect(page).to_have_url(re.compile(memory["id"]))


def test_the_palette_acts_on_the_open_memory(page: Page, store: Store, api: httpx.Client) -> None:
    memory = store("To be pinned.", title="Pinned by palette")
    page.goto(f"/memories/{memory['id']}")
    expect(page.get_by_role("heading", name="Pinned by palette")).to_be_visible()

    palette(page).fill("pin")
    page.get_by_role("dialog").get_by_role("button", name="Pin", exact=True).click()
    expect(page.get_by_text("Pinned: every session")).to_be_visible()
    assert api.get(f"/api/memories/{memory['id']}").json()["pinned"] is True

    page.keyboard.press("z")
    header = page.locator("main header")
    expect(header.get_by_text("pinned", exact=True)).to_have_count(0)


def test_keys_walk_a_list_select_open_and_come_back(page: Page, store: Store) -> None:
    for number in (1, 2, 3):
        store(f"Row {number} of the list.", title=f"Row {number}", tags=["numbat"])
    page.goto("/?tag=numbat")
    rows = page.locator("li[data-memory]")
    expect(rows).to_have_count(3)

    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Row 3")).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Select Row 2")).to_be_checked()
    page.keyboard.press("#")
    tag = page.get_by_role("textbox", name="Tag")
    expect(tag).to_be_focused()
    tag.fill("bilby")
    tag.press("Enter")
    expect(rows.filter(has_text="bilby")).to_have_count(1)

    page.get_by_role("link", name="Row 2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Row 2")).to_be_visible()
    expect(page.get_by_text("2 of 3")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="Row 1")).to_be_visible()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/\?tag=numbat"))
    expect(rows).to_have_count(3)


def test_letters_that_are_typed_into_a_field_are_no_shortcuts(page: Page, store: Store) -> None:
    store("Nothing happens to it.", title="Left alone")
    page.goto("/search")
    box = page.get_by_role("searchbox", name="Search")
    box.press_sequentially("jxe?")
    expect(box).to_have_value("jxe?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_question_mark_shows_the_shortcuts(page: Page) -> None:
    page.goto("/connect")
    expect(page.get_by_role("heading", name="Connect", level=1)).to_be_visible()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog.get_by_text("Back to the list")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
