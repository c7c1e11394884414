"""One memory: its versions, its neighbours, its history."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from support.browsing import Store, row, unique

Revised = Callable[[], dict[str, Any]]


@pytest.fixture
def revised(store: Store, api: httpx.Client) -> Revised:
    """Makes a memory with three versions of its text."""

    def make() -> dict[str, Any]:
        memory = store("first line\nsecond line", title=unique("Revised"))
        for text in ("first line\n2nd line", "first line\n2nd line\nthird line"):
            memory = api.patch(f"/api/memories/{memory['id']}", json={"text": text}).json()
        return memory

    return make


def test_any_two_versions_are_compared_side_by_side(page: Page, revised: Revised) -> None:
    page.goto(f"/memories/{revised()['id']}/versions")
    expect(page.get_by_text("1 line added, 0 removed")).to_be_visible()

    page.get_by_role("combobox", name="Old version").click()
    page.get_by_role("option", name="Version 1").click()

    expect(page.get_by_text("2 lines added, 1 removed")).to_be_visible()
    expect(page.locator("del")).to_have_text(["second line"])
    expect(page.locator("ins")).to_have_text(["2nd line", "third line"])


def test_going_back_asks_first_and_loses_nothing(
    page: Page, revised: Revised, api: httpx.Client
) -> None:
    memory = revised()
    page.goto(f"/memories/{memory['id']}/versions")

    row_of_first = page.get_by_role("listitem").filter(has_text="Version 1")
    row_of_first.get_by_role("button", name="Revert to this").click()
    page.get_by_role("dialog").get_by_role("button", name="Revert").click()

    expect(page.get_by_text("Version 1 is back, as version 4.")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Version 4")).to_contain_text("current")
    assert api.get(f"/api/memories/{memory['id']}").json()["text"] == "first line\nsecond line"


def test_a_similar_memory_is_linked(page: Page, store: Store, api: httpx.Client) -> None:
    word = unique("walrus")
    one = store(f"The {word} lives in the Arctic sea.", title=f"Home of the {word}")
    store(f"In the Arctic sea lives the {word}.", title=f"Where the {word} lives")
    page.goto(f"/memories/{one['id']}/similar?threshold=0.5")

    found = row(page, f"Where the {word} lives")
    found.get_by_role("button", name="Link").click()

    expect(found.get_by_role("button", name="Linked")).to_be_disabled()
    [made] = api.get(f"/api/memories/{one['id']}/relationships").json()["relationships"]
    assert made["type"] == "similar-to"
    assert made["score"] > 0.5


def test_a_relationship_is_added_walked_along_and_removed(page: Page, store: Store) -> None:
    cause, effect = unique("Cause"), unique("Effect")
    one = store("It rains a lot", title=cause)
    two = store("The river rises", title=effect)
    page.goto(f"/memories/{one['id']}/relationships")

    page.get_by_role("combobox", name="This memory").fill("causes")
    page.get_by_role("combobox", name="this other one").fill(effect)
    page.get_by_role("option", name=effect).click()
    page.get_by_role("button", name="Add").click()

    graph = page.get_by_role("region", name="Graph")
    graph.get_by_role("button", name=f"To {effect}: causes").click()
    expect(graph.get_by_role("button", name=f"From {cause}: causes")).to_be_visible()
    graph.get_by_role("link", name="Open this memory").click()
    expect(page).to_have_url(f"/memories/{two['id']}/relationships")
    page.get_by_role("button", name="Remove causes").click()
    expect(page.get_by_text("No relationships yet")).to_be_visible()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("button", name="Remove causes")).to_be_visible()


def test_every_change_is_told(page: Page, revised: Revised, api: httpx.Client) -> None:
    memory = revised()
    api.patch(f"/api/memories/{memory['id']}", json={"tags": ["seen"]})

    page.goto(f"/memories/{memory['id']}/events")

    events = page.locator("ol > li")
    expect(events.first).to_contain_text("Tags: none → seen")
    expect(events.last).to_contain_text("Stored")


def test_a_memory_that_is_gone_says_so(page: Page) -> None:
    page.goto("/memories/01936f5e-8a00-7c3e-9d41-2f6b8a7c5e10")

    expect(page.get_by_role("heading", name="Memory not found")).to_be_visible()
