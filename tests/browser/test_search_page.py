"""Searching while one types."""

import re

from playwright.sync_api import Page, expect

from support.browsing import Store, row, unique


def test_results_come_while_typing_with_marked_words_and_the_reason(
    page: Page, store: Store
) -> None:
    tag = unique("typing")
    store("We deploy the whole fleet on Thursdays.", title="Release rhythm", tags=[tag])
    store("Cats sleep sixteen hours a day.", title="About cats", tags=[tag])
    page.goto(f"/search?tag={tag}")

    page.get_by_role("searchbox", name="Search").press_sequentially("deploy thursday")

    hit = row(page, "Release rhythm")
    expect(hit.locator("mark")).to_have_text(["deploy", "Thursdays"])
    expect(hit.get_by_role("meter", name="Relevance")).to_be_visible()
    expect(hit).to_contain_text("Strong match")
    expect(hit).to_contain_text("Words")
    expect(hit).to_contain_text("Meaning")
    expect(page).to_have_url(re.compile(r"q=deploy\+thursday"))


def test_a_search_is_in_the_address(page: Page, store: Store) -> None:
    tag = unique("address")
    store("Apples grow on trees", title="Apples", tags=[tag])

    page.goto(f"/search?q=fruit+that+grows+on+trees&tag={tag}")

    expect(page.get_by_role("link", name="Apples")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("fruit that grows on trees")


def test_the_threshold_takes_away_what_is_far(page: Page, store: Store) -> None:
    tag = unique("threshold")
    store("Apples grow on trees", title="Apples", tags=[tag])
    page.goto(f"/search?q=orchard+fruit&tag={tag}")
    expect(page.get_by_role("link", name="Apples")).to_be_visible()

    page.get_by_role("slider", name="Minimum similarity").press("End")

    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(page.get_by_role("meter", name="Relevance").first).to_be_visible()


def test_what_hardly_matches_is_folded(page: Page, store: Store) -> None:
    tag = unique("weaker")
    store("Our bread is baked with rye and a little honey.", title="Rye bread", tags=[tag])
    store("The release train leaves every second Tuesday.", title="Release train", tags=[tag])

    page.goto(f"/search?q=which+bread+is+baked+with+rye&tag={tag}")
    expect(page.get_by_role("link", name="Rye bread")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="1 match")).to_be_visible()
    expect(page.get_by_role("link", name="Release train")).to_be_hidden()
    page.get_by_text("1 weaker match").click()
    expect(page.get_by_role("link", name="Release train")).to_be_visible()

    page.goto(f"/search?q=zebra+quantum+lasagne&tag={tag}")
    expect(page.get_by_text("Nothing relevant found")).to_be_visible()
    expect(page.get_by_text("2 weaker matches")).to_be_visible()
    expect(page.get_by_role("link", name="Rye bread")).to_be_hidden()


def test_a_degraded_search_says_so(page: Page) -> None:
    answer = {"results": [], "count": 0, "query": "x", "degraded": "The embedder is down."}
    page.route("**/api/search", lambda route: route.fulfill(json=answer))

    page.goto("/search?q=x")

    expect(page.get_by_text("The embedder is down.")).to_be_visible()


def test_the_slash_key_leads_to_the_box(page: Page) -> None:
    page.goto("/stats")
    expect(page.get_by_role("navigation", name="Main").first).to_be_visible()

    page.keyboard.press("/")

    expect(page.get_by_role("searchbox", name="Search")).to_be_focused()


def test_the_command_palette_searches_for_what_was_typed(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Memories", exact=True)).to_be_visible()

    page.keyboard.press("Control+k")
    page.get_by_placeholder("Find a memory, go to, or do…").fill("apples")
    page.get_by_role("button", name=re.compile("Search for")).click()

    expect(page).to_have_url(re.compile(r"/search\?q=apples"))


def test_time_order_and_what_is_replaced(page: Page, store: Store) -> None:
    tag = unique("time")
    old = store("Rye bread is sold on Mondays.", title="Mondays", tags=[tag])
    new = store("Rye bread is sold on Fridays.", title="Fridays", tags=[tag], replaces=[old["id"]])
    page.goto(f"/search?q=rye+bread+last+week&tag={tag}")
    expect(page.get_by_role("link", name="Fridays")).to_be_visible()
    expect(page.get_by_text("Time read as")).to_be_visible()
    expect(page.get_by_role("link", name="Mondays")).to_have_count(0)

    page.get_by_role("checkbox", name="Also what is replaced or expired").click()
    expect(page.get_by_role("checkbox", name="Also what is replaced or expired")).to_be_checked()
    hit = row(page, "Mondays")
    expect(hit).to_contain_text("replaced by Fridays on ")
    expect(hit.get_by_role("link", name="Fridays")).to_have_attribute("href", re.compile(new["id"]))

    page.get_by_role("combobox", name="Order").click()
    page.get_by_role("option", name="Newest first").click()
    expect(page).to_have_url(re.compile("sort=newest"))
    page.get_by_role("button", name="Stored", exact=True).click()
    page.get_by_role("menuitemcheckbox", name="Last 7 days").click()
    expect(page).to_have_url(re.compile(r"from=\d{4}-\d\d-\d\d"))
    expect(page.get_by_role("link", name="Fridays").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_label("Until").fill("2020-01-01")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
