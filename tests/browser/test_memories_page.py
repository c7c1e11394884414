"""The list of memories: look, filter, page, and change several at once."""

import re

import httpx
from playwright.sync_api import Page, expect

from support.browsing import Store, row, serious, unique


def test_an_empty_store_says_what_to_do_first(page: Page, empty_site: str) -> None:
    page.goto(empty_site)

    expect(page.get_by_role("heading", name="No memories yet")).to_be_visible()
    page.get_by_role("link", name="Write the first memory").click()

    expect(page).to_have_url(f"{empty_site}/memories/new")


def test_first_steps_follow_what_happens_and_samples_go_as_they_came(
    page: Page, empty_site: str
) -> None:
    page.goto(empty_site)
    steps = page.get_by_role("list", name="First steps")
    expect(steps.get_by_role("link", name="Import a file")).to_have_attribute("href", "/transfer")
    greeting = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "first-agent", "version": "1"},
    }
    httpx.post(
        f"{empty_site}/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": greeting},
        headers={"Accept": "application/json, text/event-stream"},
    ).raise_for_status()
    expect(steps.get_by_text("first-agent connected")).to_be_visible()

    steps.get_by_role("button", name="Add 12 sample memories").click()
    expect(page.get_by_role("link", name="Deploys happen on Tuesdays")).to_be_visible()
    own = {"text": "Mine stays.", "title": "Mine", "source": "sample"}
    httpx.put(f"{empty_site}/api/memories/by-key/memorizer-samples/mine", json=own)
    page.get_by_role("button", name="Remove the samples").click()

    expect(page.get_by_role("link", name="Deploys happen on Tuesdays")).to_have_count(0)
    expect(page.get_by_role("link", name="Mine")).to_be_visible()


def test_a_memory_appears_by_itself_in_an_open_list(page: Page, store: Store) -> None:
    tag = unique("live")
    page.goto(f"/?tag={tag}")
    expect(page.get_by_text("No memories match these filters")).to_be_visible()

    store("It was stored by an agent", title="From elsewhere", tags=[tag])

    expect(page.get_by_role("link", name="From elsewhere")).to_be_visible()


def test_filters_are_in_the_address_and_can_be_taken_away(page: Page, store: Store) -> None:
    tag = unique("filter")
    store("A note", title="The note", tags=[tag])
    store("A how-to", title="The how-to", type="how-to", tags=[tag])
    page.goto(f"/?tag={tag}")

    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("combobox", name="Types").click()
    page.get_by_role("option", name="how-to").click()

    expect(page.get_by_role("link", name="The note")).to_have_count(0)
    expect(page).to_have_url(re.compile("type=how-to"))
    page.get_by_role("button", name="Remove how-to").click()
    expect(page.get_by_role("link", name="The note")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="The note")).to_have_count(0)


def test_pages_lead_back_and_forth_and_survive_a_reload(page: Page, store: Store) -> None:
    tag = unique("paging")
    for number in range(32):
        store(f"Text {number}", title=f"Number {number:02}", tags=[tag])
    page.goto(f"/?tag={tag}")
    expect(page.get_by_role("link", name="Number 31")).to_be_visible()

    page.get_by_role("button", name="Older").click()
    expect(page.get_by_role("link", name="Number 00")).to_be_visible()
    page.reload()
    expect(page.get_by_role("link", name="Number 00")).to_be_visible()
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    page.get_by_role("button", name="Newer").click()

    expect(page.get_by_role("link", name="Number 31")).to_be_visible()


def test_several_are_archived_and_brought_back_by_undo(
    page: Page, store: Store, api: httpx.Client
) -> None:
    tag = unique("archive")
    ids = [store(f"Text {n}", title=f"Old {n}", tags=[tag])["id"] for n in (1, 2)]
    page.goto(f"/?tag={tag}")
    page.get_by_label("Select Old 1").check()
    page.get_by_role("button", name="Select all").click()

    page.get_by_role("button", name="Archive", exact=True).click()
    expect(page.get_by_text("No memories match these filters")).to_be_visible()
    assert all("archivedAt" in api.get(f"/api/memories/{id_}").json() for id_ in ids)
    page.get_by_role("button", name="Undo", exact=True).click()

    expect(page.get_by_role("link", name="Old 2")).to_be_visible()
    expect(page.get_by_role("link", name="Old 1")).to_be_visible()


def test_a_deletion_can_be_undone_while_the_toast_is_there(
    page: Page, store: Store, api: httpx.Client
) -> None:
    tag = unique("undo")
    memory = store("Text", title="Precious", tags=[tag])
    page.goto(f"/?tag={tag}")
    page.get_by_label("Select Precious").check()

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Precious")).to_have_count(0)
    page.get_by_role("button", name="Undo", exact=True).click()

    expect(page.get_by_role("link", name="Precious")).to_be_visible()
    assert api.get(f"/api/memories/{memory['id']}").status_code == 200


def test_a_deletion_is_carried_out_at_once(page: Page, store: Store, api: httpx.Client) -> None:
    tag = unique("gone")
    memory = store("Text", title="Superfluous", tags=[tag])
    page.goto(f"/?tag={tag}")
    page.get_by_label("Select Superfluous").check()

    page.get_by_role("button", name="Delete").click()

    expect(page.get_by_text("Moved 1 memory to the trash.")).to_be_visible()
    expect(page.get_by_role("link", name="Superfluous")).to_have_count(0)
    assert api.get(f"/api/memories/{memory['id']}").status_code == 404


def test_a_tag_is_added_to_several(page: Page, store: Store, api: httpx.Client) -> None:
    tag = unique("tagging")
    ids = [store(f"Text {n}", title=f"Item {n}", tags=[tag])["id"] for n in (1, 2)]
    page.goto(f"/?tag={tag}")
    for number in (1, 2):
        page.get_by_label(f"Select Item {number}").check()

    page.get_by_role("button", name="Add tag").click()
    page.get_by_role("textbox", name="Tag").fill("later")
    page.keyboard.press("Enter")

    for number in (1, 2):
        expect(row(page, f"Item {number}").get_by_role("link", name="later")).to_be_visible()
    assert [api.get(f"/api/memories/{id_}").json()["tags"] for id_ in ids] == [[tag, "later"]] * 2


def test_facets_count_and_narrow_the_list_and_the_search(page: Page, store: Store) -> None:
    tag, agent = unique("facet"), unique("agent")
    for number in (1, 2):
        store(f"Kettle {number}", title=f"By the agent {number}", tags=[tag], source=agent)
    store("A kettle as well", title="By somebody else", tags=[tag], type="how-to")
    page.emulate_media(reduced_motion="reduce")  # no colour is judged half way to another
    page.goto(f"/?tag={tag}")

    page.get_by_role("button", name="Source", exact=True).click()
    expect(page.get_by_role("menuitemcheckbox", name=f"{agent} 2")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitemcheckbox").first).to_be_focused()
    page.get_by_role("menuitemcheckbox", name=agent).click()
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="By somebody else")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"source={agent}"))
    page.get_by_role("button", name="Type", exact=True).click()
    expect(page.get_by_role("menuitemcheckbox", name="how-to")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Remove from {agent}").click()
    expect(page.get_by_role("link", name="By somebody else")).to_be_visible()

    page.goto(f"/search?q=kettle&tag={tag}")
    page.get_by_role("button", name="Stored", exact=True).click()
    expect(page.get_by_role("menuitemcheckbox", name="Last 7 days 3")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Source", exact=True).click()
    page.get_by_role("menuitemcheckbox", name=agent).click()
    expect(page.get_by_text("2 matches")).to_be_visible()
