"""Proposals on the page: looked for, accepted and undone, declined and reopened."""

import re

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
        page.get_by_role("button", name=re.compile("^Accept: Replace")).click()
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


def test_a_proposal_is_accepted_as_edited(page: Page, empty_site: str) -> None:
    text = "The sail locker is locked with the code of the boat house."
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        older, newer = stored(api, text, "Locker"), stored(api, text, "Sail locker")
        api.post("/api/admin/jobs/consolidation").raise_for_status()
        page.goto(f"{empty_site}/review")
        page.get_by_role("button", name="Edit and accept: Replace: Sail locker").click()
        form = page.get_by_role("form", name="Edit and accept")
        form.get_by_role("textbox", name="Text").fill("The sail locker has a code of its own.")
        form.get_by_role("button", name="Accept as edited").click()
        expect(form).to_have_count(0)
        [merged] = [
            each
            for each in api.get("/api/memories").json()["memories"]
            if each["text"] == "The sail locker has a code of its own."
        ]
        for old in (older, newer):
            assert api.get(f"/api/memories/{old}").json()["supersededBy"] == merged["id"]
