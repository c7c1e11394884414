"""Access on the page: the first token, the login, what a small scope may not do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

SHOWN = re.compile(r"mzr_[0-9a-f]{12}_[0-9a-f]{64}")


@pytest.fixture
def site_page(page: Page, empty_site: str) -> Page:
    page.goto(f"{empty_site}/admin/access")
    return page


@pytest.fixture
def visitor(browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """Another browser, which nobody knows."""
    context = browser.new_context(**browser_context_args)
    yield context.new_page()
    context.close()


def made(page: Page, name: str, button: str, scope: str | None = None) -> str:
    """Make a token on the page, and take what is shown this once."""
    page.get_by_label("Name").fill(name)
    if scope is not None:
        page.get_by_label("Scope").select_option(scope)
    page.get_by_role("button", name=button).click()
    box = page.get_by_role("region", name="The new token")
    expect(box.get_by_role("heading", name=f"Keep “{name}” now")).to_be_visible()
    text = box.locator("pre").inner_text()
    assert SHOWN.fullmatch(text)
    page.get_by_role("link", name="Memories").click()
    page.get_by_role("dialog", name="Leave before the token is saved?").get_by_role(
        "button", name="Stay"
    ).click()
    expect(box).to_be_visible()
    page.get_by_role("button", name="I have saved it").click()
    expect(page.get_by_text(text)).to_have_count(0)
    return text


def log_in(page: Page, token: str) -> None:
    page.get_by_role("textbox", name="Token").fill(token)
    page.get_by_role("button", name="Log in").click()


def test_the_first_token_closes_the_door_and_whoever_made_it_stays_inside(
    site_page: Page, visitor: Page, empty_site: str
) -> None:
    page = site_page
    expect(page.get_by_text("All users of this machine have full access")).to_be_visible()
    mine = made(page, "me", "Create token and require login")
    expect(page.get_by_text("me · admin")).to_be_visible()
    expect(page.get_by_role("row", name="me admin")).to_be_visible()

    visitor.goto(empty_site)
    expect(visitor.get_by_role("heading", name="Log in")).to_be_visible()
    log_in(visitor, mine[:-1])
    alert = visitor.get_by_role("dialog").get_by_role("alert")
    expect(alert).to_contain_text("This is no token of Memorizer's")
    log_in(visitor, mine)
    expect(visitor.get_by_role("heading", name="No memories yet")).to_be_visible()
    expect(visitor.get_by_role("status").filter(has_text="Live")).to_be_visible()

    visitor.get_by_role("button", name="Log out").click()
    expect(visitor.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_token_that_only_reads_is_told_so_and_loses_its_login_when_revoked(
    site_page: Page, visitor: Page, empty_site: str
) -> None:
    page = site_page
    made(page, "me", "Create token and require login")
    tv = made(page, "tv", "Create token", scope="read")

    visitor.goto(f"{empty_site}/admin")
    log_in(visitor, tv)
    needs_more = visitor.get_by_role("heading", name="This needs a token with the scope admin")
    expect(needs_more).to_be_visible()
    visitor.goto(f"{empty_site}/memories/new")
    expect(visitor.get_by_role("link", name="New memory")).to_have_count(0)
    visitor.get_by_role("textbox", name="Text").fill("Not for me to write.")
    visitor.get_by_role("button", name="Store").click()
    expect(visitor.get_by_text("This needs the scope `write`")).to_be_visible()

    page.get_by_role("button", name="Revoke: tv").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("“tv” is revoked.")).to_be_visible()
    visitor.goto(empty_site)
    expect(visitor.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_session_that_ends_in_the_middle_of_writing_takes_nothing_away(
    site_page: Page, empty_site: str
) -> None:
    page = site_page
    mine = made(page, "me", "Create token and require login")
    page.goto(f"{empty_site}/memories/new")
    page.get_by_role("textbox", name="Text").fill("A long thought that nobody wants to type twice.")
    page.context.clear_cookies()
    page.get_by_role("button", name="Store").click()

    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    log_in(page, mine)

    expect(page.get_by_role("textbox", name="Text")).to_have_value(
        "A long thought that nobody wants to type twice."
    )
    page.get_by_role("button", name="Store").click()
    expect(page.get_by_role("heading", name=re.compile("A long thought"))).to_be_visible()


def test_the_description_of_the_api_works_under_its_policy(page: Page, empty_site: str) -> None:
    page.goto(f"{empty_site}/docs")

    expect(page.get_by_role("heading", name="Memorizer")).to_be_visible()
    expect(page.get_by_text("/api/admin/tokens", exact=True).first).to_be_visible()


def test_secrets_are_listed_and_purged(page: Page, empty_site: str) -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    for text in (f"Deploy with {token}.", "Nothing secret."):
        body = {"text": text, "title": "Deploying"}
        assert page.request.post(f"{empty_site}/api/memories", data=body).status == 201
    page.goto(f"{empty_site}/admin/secrets")

    row = page.get_by_role("row", name="Deploying")
    expect(row).to_contain_text("GitHub token")
    expect(row).to_contain_text("1 (current)")
    row.get_by_role("button", name="Purge: Deploying").click()
    page.get_by_role("dialog").get_by_role("button", name="Purge").click()

    expect(page.get_by_text("No secrets in 2 memories.")).to_be_visible()
    assert token not in page.content()
