"""Proposals on the page: looked for, accepted and undone, declined and reopened."""

import httpx
from playwright.sync_api import Page, expect

from support.waiting import HANG_SECONDS

TEXT = "The spare key of the boat house hangs behind the third oar."


def stored(api: httpx.Client, text: str, title: str) -> str:
    reply = api.post("/api/memories", json={"text": text, "title": title}).raise_for_status()
    return str(reply.json()["id"])


def test_a_duplicate_is_found_accepted_undone_and_declined(page: Page, empty_site: str) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        older, newer = stored(api, TEXT, "Spare key"), stored(api, TEXT, "Spare key again")
        page.goto(empty_site)
        page.get_by_role("link", name="Review").click()
        expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
        page.get_by_role("button", name="Look for proposals").click()

        rows = page.get_by_role("region", name="Proposals").get_by_role("listitem")
        expect(rows).to_have_count(1)
        expect(rows.get_by_text("The first replaces 1 other.")).to_be_visible()
        assert "supersededBy" not in api.get(f"/api/memories/{older}").json()
        page.get_by_role("button", name="Accept: Replace").click()
        expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
        assert api.get(f"/api/memories/{older}").json()["supersededBy"] == newer

        page.get_by_role("button", name="Undo").click()
        expect(rows).to_have_count(1)
        assert "supersededBy" not in api.get(f"/api/memories/{older}").json()

        page.get_by_role("button", name="Decline: Replace").click()
        expect(page.get_by_role("heading", name="Nothing to review")).to_be_visible()
        page.get_by_text("Declined", exact=True).click()
        page.get_by_role("button", name="Reopen: Replace").click()
        expect(page.get_by_role("heading", name="Nothing declined")).to_be_visible()
        [found] = api.get("/api/proposals").json()["proposals"]
        assert found["state"] == "open"
