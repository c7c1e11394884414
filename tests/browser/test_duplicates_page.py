"""Near-duplicates: shown in pairs, and a person decides which of them goes."""

import httpx
from playwright.sync_api import Page, expect

from support.waiting import HANG_SECONDS

TEXT = "The spare key of the boat house hangs behind the third oar."
SAME = {"text": TEXT, "title": "Spare key"}
ALIKE = {"text": TEXT.replace("key", "keys").replace("hangs", "hang"), "title": "Spare keys"}
OTHER = {"text": "Bread needs flour, water, salt and time.", "title": "Bread"}


def stored(api: httpx.Client, *memories: dict[str, str]) -> list[str]:
    """The ids; embedded before the reply, as all short texts are by the bundled model."""
    replies = [api.post("/api/memories", json=each).raise_for_status() for each in memories]
    return [str(reply.json()["id"]) for reply in replies]


def test_a_pair_is_found_one_of_it_goes_and_comes_back(page: Page, empty_site: str) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        older, newer, _ = stored(api, SAME, ALIKE, OTHER)
        page.goto(empty_site)
        page.get_by_role("link", name="Duplicates").click()

        pairs = page.get_by_role("region", name="Pairs").get_by_role("listitem")
        expect(pairs).to_have_count(1)
        expect(pairs.get_by_role("link", name="Spare keys")).to_be_visible()
        expect(pairs.get_by_role("link", name="Spare key", exact=True)).to_be_visible()
        expect(page.get_by_text("3 memories compared with all older ones.")).to_be_visible()
        page.get_by_role("button", name="Move the newer one to the trash: Spare keys").click()

        expect(page.get_by_role("heading", name="No similar pairs")).to_be_visible()
        assert api.get(f"/api/memories/{newer}").status_code == 404
        assert api.get(f"/api/memories/{older}").status_code == 200
        page.get_by_role("button", name="Undo").click()

        expect(pairs).to_have_count(1)
        assert api.get(f"/api/memories/{newer}").status_code == 200


def test_the_slider_shows_pairs_that_are_further_apart(page: Page, empty_site: str) -> None:
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        stored(api, SAME, {"text": "Somewhere in the boat house there is a key.", "title": "A key"})
    page.goto(f"{empty_site}/duplicates?threshold=nonsense")
    expect(page.get_by_text("Similarity of 0.95 or more")).to_be_visible()
    expect(page.get_by_role("heading", name="No similar pairs")).to_be_visible()

    page.get_by_role("slider", name="Least similarity").press("Home")

    expect(page.get_by_text("Similarity of 0.50 or more")).to_be_visible()
    expect(page.get_by_role("link", name="A key")).to_be_visible()
    assert page.url.endswith("?threshold=0.5")


def test_an_empty_part_is_looked_beyond(page: Page, empty_site: str) -> None:
    """A part compares a hundred memories; the only pair lies further back."""
    with httpx.Client(base_url=empty_site, timeout=HANG_SECONDS) as api:
        stored(api, SAME, SAME | {"title": "Spare key again"})
        stored(api, *({"text": f"{number} " * 7, "title": f"{number}"} for number in range(110)))
    page.goto(f"{empty_site}/duplicates?threshold=1")

    expect(page.get_by_role("link", name="Spare key again")).to_be_visible()
    expect(page.get_by_text("112 memories compared with all older ones.")).to_be_visible()
