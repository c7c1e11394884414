"""Recalls: what was looked for in vain comes first, and becomes a memory."""

import httpx
from playwright.sync_api import Page, expect

from support.waiting import HANG_SECONDS


def test_what_was_not_found_comes_first_and_becomes_a_memory(page: Page, empty_site: str) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        text = {"text": "We deploy on Tuesdays.", "title": "Deploying"}
        memory = api.post("/api/memories", json=text).raise_for_status().json()
        api.post("/api/search", json={"query": "We deploy on Tuesdays."}).raise_for_status()
        vain = {"query": "the code of the garage", "types": ["nothing"]}
        api.post("/api/search", json=vain).raise_for_status()
        while api.get("/api/recalls").json()["count"] < 2:
            continue  # they are written together, after two seconds
    page.goto(f"{empty_site}/recalls")

    empty = page.get_by_role("region", name="Nothing was found")
    shown = page.get_by_role("region", name="Something was shown")
    expect(empty.get_by_text("the code of the garage")).to_be_visible()
    expect(shown.get_by_role("link", name="Deploying")).to_be_visible()
    empty.get_by_role("link", name="Make a memory of this").click()
    expect(page.get_by_label("Title")).to_have_value("the code of the garage")

    page.goto(f"{empty_site}/memories/{memory['id']}")
    expect(page.get_by_text("1 time, last")).to_be_visible()
    page.goto(f"{empty_site}/stats")
    never = page.get_by_role("region", name="Never recalled")
    expect(never.get_by_text("The log of recalls began")).to_be_visible()
    never.get_by_role("link", name="Recalls").click()
    expect(page.get_by_role("heading", name="Recalls", exact=True)).to_be_visible()
