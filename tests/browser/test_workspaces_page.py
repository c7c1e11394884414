"""Workspaces on the page: the switcher, addresses, a page for each, moves, and bound tokens."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from support.browsing import Store, row, serious, unique
from support.waiting import HANG_SECONDS

SHOWN = re.compile(r"mzr_[0-9a-f]{12}_[0-9a-f]{64}")


@pytest.fixture
def acme(api: httpx.Client, store: Store) -> str:
    """The path of a workspace with a project in it, a memory in each and one that is unfiled."""
    path = unique("acme")
    create(api, path, description="Everything about **Acme**.")
    create(
        api,
        "Billing API",
        parent=path,
        kind="project",
        status="active",
        description="Invoices.",
        victoryConditions="No payment is booked twice.",
    )
    store("We met Acme in May.", title=f"Meeting {path}", workspace=path, tags=[path])
    billing = f"{path}/billing-api"
    store("Payments are retried.", title=f"Retries {path}", workspace=billing, tags=[path])
    store("Nobody's payments.", title=f"Nobody {path}", tags=[path])
    return path


def create(api: httpx.Client, name: str, **fields: str) -> dict[str, Any]:
    reply = api.post("/api/workspaces", json={"name": name, **fields}).raise_for_status()
    workspace: dict[str, Any] = reply.json()
    return workspace


def switcher(page: Page) -> Locator:
    return page.get_by_role("complementary").get_by_role("combobox", name="Workspace")


def switch(page: Page, typed: str, name: str | None = None) -> None:
    """Choose by the keyboard alone: type to filter, Enter takes the first."""
    switcher(page).focus()
    page.keyboard.type(typed)
    if name is not None:
        expect(choices(page).first).to_contain_text(name)
    page.keyboard.press("Enter")


def choices(page: Page) -> Locator:
    """What is offered; the options of the browser's own selects are not."""
    return page.get_by_role("listbox").get_by_role("option")


def memories(page: Page) -> Locator:
    return page.get_by_role("region", name="Memories").get_by_role("listitem")


def test_the_scope_stays_from_page_to_page_and_back_takes_it_back(page: Page, acme: str) -> None:
    page.goto(f"/?tag={acme}")
    expect(memories(page)).to_have_count(3)

    switch(page, f"{acme} bill", "Billing API")
    expect(page).to_have_url(re.compile(rf"/\?tag={acme}&workspace={acme}/billing-api$"))
    expect(memories(page)).to_have_count(1)
    expect(row(page, f"Retries {acme}")).to_be_visible()

    main = page.get_by_role("navigation", name="Main")
    main.get_by_role("link", name="Stats").click()
    expect(page).to_have_url(re.compile(rf"/stats\?workspace={acme}/billing-api$"))
    expect(page.get_by_role("region", name="Memories")).to_contain_text("1")
    page.get_by_text("30 days").click()
    expect(page).to_have_url(re.compile(rf"workspace={acme}(/|%2F)billing-api"))
    main.get_by_role("link", name="Search").click()
    expect(page).to_have_url(re.compile(rf"/search\?workspace={acme}/billing-api$"))
    page.get_by_role("searchbox", name="Search").fill("payments")
    expect(page.get_by_role("link", name=f"Retries {acme}")).to_be_visible()
    expect(page.get_by_role("link", name=f"Nobody {acme}")).to_have_count(0)
    main.get_by_role("link", name="Memories").click()
    page.get_by_role("link", name="Trash").click()
    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Duplicates").click()
    expect(page).to_have_url(re.compile(rf"/duplicates\?workspace={acme}/billing-api$"))
    expect(page.get_by_text("1 memory compared")).to_be_visible()

    page.go_back()
    expect(switcher(page)).to_have_value(f"{acme}/billing-api")
    page.get_by_role("link", name=f"Retries {acme}").click()
    expect(page.get_by_role("article")).to_contain_text("Payments are retried.")
    main.get_by_role("link", name="Memories").click()
    expect(page).to_have_url(re.compile(rf"/\?workspace={acme}/billing-api$"))


def test_an_address_is_shared_with_its_scope_and_unfiled_ones_come_when_asked(
    page: Page, acme: str
) -> None:
    page.goto(f"/?tag={acme}&workspace={acme}")
    expect(memories(page)).to_have_count(2)
    expect(switcher(page)).to_have_value(acme)

    page.get_by_role("checkbox", name="and unfiled memories").first.click()
    expect(memories(page)).to_have_count(3)
    switch(page, "Unfiled", "Unfiled")
    expect(page).to_have_url(re.compile("workspace=unfiled$"))
    expect(memories(page)).to_have_count(1)
    page.keyboard.press("ArrowUp")  # opens the list
    expect(choices(page).first).to_be_visible()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/\?tag={acme}$"))
    expect(memories(page)).to_have_count(3)

    page.goto("/?workspace=no-such-workspace")
    expect(page.get_by_role("alert")).to_contain_text("There is no workspace 'no-such-workspace'")


def test_a_workspace_is_created_edited_moved_archived_and_deleted_with_what_is_in_it(
    page: Page, api: httpx.Client, acme: str
) -> None:
    name = unique("ledger")
    page.goto("/workspaces")
    page.get_by_role("button", name="New workspace").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill(name)
    form.get_by_text("Project, with a status").click()
    form.get_by_label("Victory conditions").fill("The **books** balance.")
    form.get_by_role("button", name="Create").click()
    expect(page).to_have_url(re.compile(f"/workspaces/{name}$"))
    victory = page.get_by_role("region", name="Victory conditions")
    expect(victory.get_by_text("books")).to_have_css("font-weight", "700")

    page.get_by_role("link", name="New memory here").click()
    expect(page.get_by_role("main").get_by_role("combobox", name="Workspace")).to_have_value(name)
    page.get_by_role("textbox", name="Text").fill("It balances.")
    page.get_by_role("textbox", name="Title").fill(f"Balance {name}")
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("article").get_by_role("link", name=name).first).to_be_visible()
    page.get_by_role("article").get_by_role("link", name=name).first.click()

    page.get_by_role("button", name="Edit").click()
    form.get_by_label("Name").fill("The ledger")
    form.get_by_label("Status").select_option("On hold")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="The ledger")).to_be_visible()
    expect(page.get_by_text("On hold", exact=True)).to_be_visible()

    more(page, "Move to…")
    form.get_by_role("combobox", name="Into").fill(f"{acme} bill")
    choices(page).first.click()
    form.get_by_role("button", name="Move").click()
    moved = f"{acme}/billing-api/{name}"
    expect(page).to_have_url(re.compile(f"/workspaces/{moved}$"))

    history = page.get_by_role("region", name="History").get_by_role("listitem")
    expect(history.nth(0)).to_contain_text(f"Moved from {name} to {moved}")
    expect(history.nth(1)).to_contain_text(f"Name: {name} → The ledger; Status: Active → On hold")
    expect(history.nth(2)).to_contain_text(f"Created as {name}")

    more(page, "Archive")
    expect(history.first).to_contain_text("Archived")
    expect(
        page.get_by_role("banner").or_(page.locator("header")).get_by_text("Archived")
    ).to_be_visible()
    more(page, "Delete…")
    expect(form).to_contain_text("In it: 1 memory.")
    form.get_by_label(f"Move to {acme}/billing-api").check()
    form.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile(f"/workspaces/{acme}/billing-api$"))
    newest = page.get_by_role("region", name="Newest memories")
    expect(newest.get_by_role("link", name=f"Balance {name}")).to_be_visible()
    assert api.get(f"/api/memories?workspace={moved}").status_code == 404


def more(page: Page, item: str) -> None:
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=item).click()


def test_memories_move_together_and_an_undo_puts_each_back(
    page: Page, api: httpx.Client, acme: str
) -> None:
    target = unique("target")
    create(api, target)
    page.goto(f"/?tag={acme}")
    expect(memories(page)).to_have_count(3)
    for box in page.get_by_role("checkbox", name=re.compile(f"Select .* {acme}")).all():
        box.check()
    page.get_by_role("button", name="Move to…").click()
    dialog = page.get_by_role("dialog", name="Move 3 memories")
    dialog.get_by_role("combobox", name="Into").fill(target)
    choices(page).first.click()
    dialog.get_by_role("button", name="Move").click()

    expect(memories(page).get_by_role("link", name=target)).to_have_count(3)
    page.get_by_role("button", name="Undo").click()
    expect(memories(page).get_by_role("link", name=target)).to_have_count(0)
    expect(row(page, f"Retries {acme}")).to_contain_text(f"{acme}/billing-api")
    assert api.get(f"/api/memories?workspace=unfiled&tag={acme}").json()["count"] == 1


@pytest.mark.parametrize("address", ["/workspaces", "/workspaces/{acme}", "/?workspace={acme}"])
def test_the_pages_are_accessible_in_both_themes_and_fit_a_phone(
    page: Page, acme: str, address: str
) -> None:
    page.goto(address.format(acme=acme))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    assert serious(page) == []
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    assert serious(page, "{runOnly: ['color-contrast']}") == []
    page.set_viewport_size({"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    top = page.locator("header").first.get_by_role("combobox", name="Workspace")
    expect(top).to_be_visible()


@pytest.fixture
def visitor(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


def test_a_token_is_bound_on_the_page_and_its_browser_sees_only_what_it_may(
    page: Page, visitor: Page, empty_site: str
) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        create(api, "Acme")
        create(api, "API", parent="acme")
        create(api, "Shared")
        for place, title in (("acme/api", "Inside"), ("shared", "Lent"), ("unfiled", "Outside")):
            body = {"text": f"{title}.", "title": title, "workspace": place}
            api.post("/api/memories", json=body).raise_for_status()
    page.goto(f"{empty_site}/admin/access")
    page.get_by_label("Name").fill("me")
    page.get_by_role("button", name="Create token and require login").click()
    page.get_by_role("button", name="I have saved it").click()
    page.get_by_label("Name").fill("agent")
    for path in ("acme/api", "shared"):
        page.get_by_role("combobox", name="Bind to a workspace").fill(path)
        choices(page).first.click()
    shared = page.get_by_role("radiogroup", name="What it may do in shared")
    shared.get_by_text("Read", exact=True).click()
    page.get_by_role("button", name="Create token").click()
    box = page.get_by_role("region", name="The new token")
    expect(box.get_by_role("heading", name="Keep “agent” now")).to_be_visible()
    text = box.locator("pre").inner_text()
    assert SHOWN.fullmatch(text)
    tokens = page.get_by_role("region", name="Tokens")
    expect(tokens.get_by_role("row", name="agent")).to_contain_text("acme/api: write")
    expect(tokens.get_by_role("row", name="agent")).to_contain_text("shared: read")

    refused: list[str] = []
    visitor.on("response", lambda reply: refused.append(reply.url) if reply.status == 403 else None)
    visitor.goto(empty_site)
    visitor.get_by_role("textbox", name="Token").fill(text)
    visitor.get_by_role("button", name="Log in").click()
    expect(memories(visitor)).to_have_count(2)
    expect(visitor.get_by_role("link", name="Outside")).to_have_count(0)
    expect(visitor.get_by_role("link", name="Admin")).to_have_count(0)
    visitor.get_by_role("complementary").get_by_role("link", name="New memory").click()
    where = visitor.get_by_role("main").get_by_role("combobox", name="Workspace")
    expect(where).to_have_value("acme/api")
    where.click()
    expect(choices(visitor)).to_have_count(1)
    visitor.keyboard.press("Escape")
    visitor.get_by_role("complementary").get_by_role("link", name="Stats").click()
    expect(visitor.get_by_role("region", name="Embeddings")).to_be_visible()
    assert refused == []
    visitor.goto(f"{empty_site}/admin")
    expect(visitor.get_by_role("heading", name="Your token is bound to workspaces")).to_be_visible()
    visitor.goto(f"{empty_site}/workspaces/acme")
    expect(visitor.get_by_role("heading", name="Workspace not found")).to_be_visible()
    visitor.goto(f"{empty_site}/workspaces/shared")
    expect(visitor.get_by_role("heading", name="Shared")).to_be_visible()
    expect(visitor.get_by_role("button", name="Edit")).to_have_count(0)
    visitor.goto(f"{empty_site}/connect")
    expect(visitor.get_by_text("memorizer connect claude-code")).to_be_visible()
