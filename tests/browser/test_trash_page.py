"""The trash: what was deleted is there, comes back, or goes for ever when somebody insists."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from support.browsing import Store, unique
from support.waiting import HANG_SECONDS

Deleted = Callable[[str], dict[str, Any]]


@pytest.fixture
def deleted(store: Store, api: httpx.Client) -> Deleted:
    """Stores a memory of this title and deletes it."""

    def delete(title: str) -> dict[str, Any]:
        memory = store("Its text.", title=title)
        api.delete(f"/api/memories/{memory['id']}").raise_for_status()
        return memory

    return delete


def test_a_deleted_memory_is_found_in_the_trash_and_restored(
    page: Page, store: Store, api: httpx.Client
) -> None:
    title = unique("Precious")
    memory = store("Its text.", title=title)
    page.goto(f"/memories/{memory['id']}")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("Moved the memory to the trash.")).to_be_visible()
    assert api.get(f"/api/memories/{memory['id']}").status_code == 404

    page.get_by_role("link", name="Trash").click()
    button = page.get_by_role("button", name=f"Restore: {title}")
    button.click()

    expect(page.get_by_text(f"Restored “{title}”.")).to_be_visible()
    expect(button).to_have_count(0)
    assert api.get(f"/api/memories/{memory['id']}").status_code == 200


def test_for_ever_is_asked_about_first(page: Page, deleted: Deleted, api: httpx.Client) -> None:
    title = unique("Superfluous")
    memory = deleted(title)
    page.goto("/trash")

    button = page.get_by_role("button", name=f"Delete permanently: {title}")
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="Delete permanently").click()

    expect(page.get_by_text("Permanently deleted.")).to_be_visible()
    expect(button).to_have_count(0)
    assert api.post(f"/api/trash/{memory['id']}/restore").status_code == 404


def test_the_trash_says_how_long_it_keeps_things_and_goes_on_page_by_page(
    page: Page, empty_site: str
) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        for number in range(51):
            body = {"text": "Text.", "title": f"Number {number:02}"}
            memory = api.post("/api/memories", json=body).raise_for_status().json()
            api.delete(f"/api/memories/{memory['id']}").raise_for_status()
    page.goto(f"{empty_site}/trash")

    expect(page.get_by_text("can be restored for 30 days")).to_be_visible()
    expect(page.get_by_text("Number 50")).to_be_visible()
    expect(page.get_by_text("Number 00")).to_have_count(0)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_text("Number 00")).to_be_visible()

    page.get_by_role("button", name="Empty the trash").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete permanently").click()

    expect(page.get_by_role("heading", name="The trash is empty")).to_be_visible()
    expect(page.get_by_text("Deleted 51 memories permanently.")).to_be_visible()


def test_a_backup_is_made_from_the_admin_page(page: Page, empty_site: str) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        api.post("/api/memories", json={"text": "Text.", "title": "Title"}).raise_for_status()
        page.goto(f"{empty_site}/admin/system")
        backups = page.get_by_role("region", name="Backups")

        backups.get_by_role("button", name="Back up now").click()

        expect(page.get_by_text("Backed up 1 memory, and verified it.")).to_be_visible()
        expect(backups.get_by_text("Verified").first).to_be_visible()
        told = api.get("/api/admin/backups").json()
    assert Path(told["lastGood"]["file"]).is_file()


def test_a_backup_that_failed_is_said_above_every_tab(page: Page, empty_site: str) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        directory = Path(api.get("/api/admin/backups").json()["directory"])
        directory.touch()  # a file in the place of the folder
        assert api.post("/api/admin/backups").status_code == 503

    page.goto(f"{empty_site}/admin")

    expect(page.get_by_text("The last backup failed")).to_be_visible()
