"""The Admin page over real jobs, whose models wait for the test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from support.browsing import serious
from support.killable_server import KillableServer
from support.models import models
from support.redis_server import redis_server

ALL = 50


@pytest.fixture
def database_engine() -> str:
    """Where the memories are; a test overrides this to run on both."""
    return "sqlite"


@pytest.fixture
def server(
    tmp_path: Path, database_engine: str, request: pytest.FixtureRequest
) -> Iterator[KillableServer]:
    """A server of the test's own."""
    is_file = database_engine == "sqlite"
    where = {} if is_file else {"database_url": request.getfixturevalue("postgres_url")}
    with models() as both:
        site = KillableServer(tmp_path, both, **where)
        site.start()
        yield site
        site.close()


def opened(page: Page, server: KillableServer, path: str = "/admin") -> None:
    """Open a page, and mark it: a mark does not survive a reload."""
    page.goto(server.url + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.evaluate("window.notReloaded = true")


def expect_no_reload(page: Page) -> None:
    assert page.evaluate("window.notReloaded") is True


def card(page: Page, queue: str) -> Locator:
    return page.get_by_role("region", name=f"{queue} queue")


def number(page: Page, queue: str, state: str) -> Locator:
    """A figure of a queue's card."""
    return card(page, queue).get_by_role("link", name=state)


def group(page: Page) -> Locator:
    """The bar of a group of jobs."""
    return page.get_by_role("article", name="Write 50 titles")


def generate(page: Page) -> None:
    """Ask for the missing titles of all."""
    button = page.get_by_role("button", name="Generate Missing Titles")
    expect(page.get_by_text(f"{ALL} memories have no title.")).to_be_visible()
    button.click()
    expect(group(page)).to_be_visible()


def half_done(page: Page, server: KillableServer) -> None:
    """Begin 50 titles and let 20 be written."""
    server.store_untitled(ALL)
    server.models.titles.close()
    opened(page, server)
    generate(page)
    server.models.titles.let_through(20)
    expect(group(page)).to_contain_text("20 of 50 done")


@pytest.mark.parametrize("database_engine", ["sqlite", "postgresql"])
def test_missing_titles_are_generated_and_the_groups_bar_reaches_100(
    page: Page, server: KillableServer
) -> None:
    half_done(page, server)
    bar = page.get_by_role("progressbar", name="Write 50 titles")
    expect(bar).to_have_attribute("aria-valuenow", "40")
    expect(number(page, "Titles", "Waiting")).to_have_text("29Waiting")
    expect(number(page, "Titles", "Active")).to_have_text("1Active")
    expect(page.get_by_text("Already running: 30 titles to go.")).to_be_visible()
    expect(page.get_by_role("button", name="Generate Missing Titles")).to_be_disabled()

    server.models.titles.let_through()

    expect(bar).to_have_attribute("aria-valuenow", "100")
    expect(group(page)).to_contain_text("50 of 50 done")
    expect(group(page)).to_contain_text("Completed")
    expect(number(page, "Titles", "Completed")).to_have_text("50Completed")
    expect(number(page, "Titles", "Waiting")).to_have_text("0Waiting")
    expect(page.get_by_text("Every memory has a title.")).to_be_visible()
    expect(card(page, "Titles")).to_contain_text("50 done")
    expect_no_reload(page)


def test_two_tabs_see_the_same(page: Page, server: KillableServer, context: BrowserContext) -> None:
    half_done(page, server)
    other = context.new_page()
    opened(other, server)
    expect(group(other)).to_contain_text("20 of 50 done")

    server.models.titles.let_through()

    for tab in (page, other):
        tab.bring_to_front()
        expect(group(tab)).to_contain_text("50 of 50 done")
        expect(number(tab, "Titles", "Completed")).to_have_text("50Completed")


def test_a_reload_in_mid_job_picks_the_progress_up(page: Page, server: KillableServer) -> None:
    half_done(page, server)
    page.reload()
    expect(group(page)).to_contain_text("20 of 50 done")
    server.models.titles.let_through()
    expect(group(page)).to_contain_text("50 of 50 done")


def test_a_server_that_is_killed_in_mid_job_comes_back_and_the_page_with_it(
    page: Page, server: KillableServer
) -> None:
    half_done(page, server)

    server.kill()
    expect(page.get_by_text("Memorizer does not answer")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Reconnecting").first).to_be_visible()
    expect(group(page)).to_contain_text("20 of 50 done")

    server.models.titles.let_through()
    server.start()

    expect(page.get_by_text("Memorizer does not answer")).to_have_count(0)
    expect(group(page)).to_contain_text("50 of 50 done")
    expect(number(page, "Titles", "Completed")).to_have_text("50Completed")
    assert server.counts()["completed"] == ALL
    expect_no_reload(page)


def test_what_is_left_of_a_group_is_cancelled(page: Page, server: KillableServer) -> None:
    half_done(page, server)
    group(page).get_by_role("button", name="Cancel what is left").click()
    expect(page.get_by_text("30 jobs cancelled", exact=True)).to_be_visible()
    expect(number(page, "Titles", "Waiting")).to_have_text("0Waiting")
    server.models.titles.let_through()
    expect(group(page)).to_contain_text("30 jobs cancelled.")
    counts = server.counts()
    assert (counts["completed"], counts["cancelled"]) == (20, 30)


def test_all_embeddings_are_regenerated_after_asking_and_a_job_is_followed_to_its_end(
    page: Page, server: KillableServer
) -> None:
    server.store("one", "two", "three")
    server.models.embeddings.close()
    opened(page, server)
    page.get_by_role("button", name="Regenerate All Embeddings").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("3 memories will be re-embedded")
    question.get_by_role("button", name="Regenerate").click()

    job = page.get_by_role("article", name="Regenerate all embeddings")
    expect(job).to_contain_text("Active")
    expect(job).to_contain_text("0 of 3 done")
    expect(page.get_by_text("Already running: see below.")).to_be_visible()
    server.models.embeddings.let_through()

    expect(job).to_contain_text("Completed")
    expect(job).to_contain_text("3 memories done.")
    expect(job).to_contain_text("Ended")
    page.get_by_role("button", name="Dismiss: Regenerate all embeddings").click()
    expect(job).to_have_count(0)
    expect_no_reload(page)


def test_failed_items_are_listed_each_with_its_memory(page: Page, server: KillableServer) -> None:
    server.store("fine", "unreadable one", "fine too", "unreadable two")
    server.models.unreadable = "unreadable"
    job_id = server.call("POST", "/api/admin/jobs/embedding-regeneration", {})["jobId"]
    opened(page, server, f"/admin/jobs/{job_id}")

    expect(page.get_by_role("heading", name="2 memories failed")).to_be_visible()
    rows = page.get_by_role("row").filter(has_text="too long")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("link").click()
    expect(page.get_by_text("unreadable").first).to_be_visible()


def test_a_figure_leads_to_its_jobs_and_a_job_is_removed_after_asking(
    page: Page, server: KillableServer
) -> None:
    server.store_untitled(1)
    opened(page, server)
    page.get_by_role("button", name="Generate Missing Titles").click()
    expect(number(page, "Titles", "Completed")).to_have_text("1Completed")
    number(page, "Titles", "Completed").click()
    expect(page).to_have_url(f"{server.url}/admin/jobs?queue=title-generation&state=completed")
    page.get_by_role("link", name="Write a title").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Completed")
    expect(page.get_by_text("Number 0 has no title.")).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page).to_have_url(f"{server.url}/admin/jobs")
    expect(page.get_by_text("No jobs yet")).to_be_visible()


def test_a_paused_queue_says_so_and_goes_on_when_resumed(
    page: Page, server: KillableServer
) -> None:
    opened(page, server)
    card(page, "Titles").get_by_role("button", name="Pause").click()
    expect(card(page, "Titles")).to_contain_text("Paused")
    server.call("POST", "/api/memories", {"text": "A text that waits for its title."})
    expect(number(page, "Titles", "Waiting")).to_have_text("1Waiting")
    card(page, "Titles").get_by_role("button", name="Resume").click()
    expect(number(page, "Titles", "Completed")).to_have_text("1Completed")


def test_jobs_are_searched_and_the_filter_stands_in_the_address(
    page: Page, server: KillableServer
) -> None:
    server.call("POST", "/api/admin/queues/title-generation/pause")
    for text in ("all about tea", "all about coffee"):
        server.call("POST", "/api/memories", {"text": text})
    opened(page, server, "/admin/jobs")
    expect(page.get_by_role("link", name="Write a title")).to_have_count(2)

    page.get_by_role("textbox", name="Search jobs").fill("TEA")
    expect(page.get_by_role("link", name="Write a title")).to_have_count(1)
    expect(page.get_by_text("all about tea")).to_be_visible()
    expect(page).to_have_url(f"{server.url}/admin/jobs?q=TEA")

    page.reload()
    expect(page.get_by_role("textbox", name="Search jobs")).to_have_value("TEA")
    page.get_by_role("textbox", name="Search jobs").fill("nothing like it")
    expect(page.get_by_text("No matching jobs")).to_be_visible()
    page.get_by_role("button", name="Show all jobs").click()
    expect(page.get_by_role("link", name="Write a title")).to_have_count(2)


def test_a_failed_job_says_why_and_a_retry_mends_it(page: Page, server: KillableServer) -> None:
    server.models.empty_titles = True
    server.store_untitled(1)
    server.call("POST", "/api/admin/jobs/title-generation", {})
    opened(page, server)
    expect(number(page, "Titles", "Failed")).to_have_text("1Failed")
    number(page, "Titles", "Failed").click()
    page.get_by_role("link", name="Write a title").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Failed")
    expect(page.get_by_text("3 of 3")).to_be_visible()

    server.models.empty_titles = False
    page.get_by_role("button", name="Retry").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Completed")
    expect_no_reload(page)


def test_while_redis_is_away_the_page_says_so_and_recovers_by_itself(
    page: Page, tmp_path: Path
) -> None:
    with models() as both, redis_server() as redis:
        server = KillableServer(tmp_path, both, redis_url=redis.url)
        redis.kill()
        server.start()
        opened(page, server)
        away = page.get_by_text("The job queue is not available")
        expect(away).to_be_visible()
        server.call("POST", "/api/memories", {"text": "Stored all the same."})

        redis.start()

        expect(away).to_have_count(0)
        expect(number(page, "Titles", "Completed")).to_have_text("1Completed")
        expect_no_reload(page)
        server.close()


BUSY = ("/admin", "/admin/jobs", "/admin/jobs/{job}", "/admin/system", "/stats")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_while_much_goes_on(
    page: Page, server: KillableServer, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    job_id = make_busy(server)
    for path in BUSY:
        opened(page, server, path.format(job=job_id))
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert serious(page) == [], path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_an_end_that_is_bad_and_in_its_toast(
    page: Page, server: KillableServer, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    server.store("fine", "unreadable")
    server.models.unreadable = "unreadable"
    server.models.embeddings.close()
    server.call("POST", "/api/admin/jobs/embedding-regeneration", {})
    opened(page, server)
    job = page.get_by_role("article", name="Regenerate all embeddings")
    expect(job).to_contain_text("0 of 2 done")
    server.models.embeddings.let_through()

    expect(job).to_contain_text("1 of 2 memories could not be embedded")
    expect(page.get_by_role("alert")).to_contain_text("1 of 2 memories")
    assert serious(page) == []
    page.get_by_role("alert").get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_phones_width_is_enough_while_much_goes_on(page: Page, server: KillableServer) -> None:
    page.set_viewport_size({"width": 360, "height": 720})
    job_id = make_busy(server)
    for path in BUSY:
        opened(page, server, path.format(job=job_id))
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, path


def make_busy(server: KillableServer) -> str:
    """A group, a bulk job and failures, all under way; the id of the bulk job."""
    server.store_untitled(6)
    server.store("unreadable " + "word " * 50)
    server.models.unreadable = "unreadable"
    server.models.titles.close()
    server.models.titles.let_through(2)
    server.call("POST", "/api/admin/jobs/title-generation", {})
    bulk_id: str = server.call("POST", "/api/admin/jobs/embedding-regeneration", {})["jobId"]
    return bulk_id
