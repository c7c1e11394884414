"""The web page in a real Chromium: how soon a person sees the Admin page, and what it loads."""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figure import Bench, Figure
from benchmarks.processes import address, free_port, started, wait_for_answer

VISITS: Final = 9
CHROMIUMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CARDS: Final = "() => document.querySelector('[aria-label$=\" queue\"] a') && performance.now()"
PAINTED: Final = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
LOADED: Final = """() => ['navigation', 'resource']
  .flatMap((type) => performance.getEntriesByType(type))
  .reduce((bytes, entry) => bytes + entry.transferSize, 0)"""


@dataclass(frozen=True, slots=True)
class Visit:
    """Milliseconds since the address was entered, and bytes."""

    paint: float
    cards: float
    loaded: float


async def measure(bench: Bench) -> list[Figure]:
    """In a thread: the browser brings its own event loop."""
    return await asyncio.to_thread(_measure, bench.folder)


def _measure(folder: Path) -> list[Figure]:
    """Each time as somebody who was never here; then once more with a filled cache."""
    visits = look(folder, VISITS)
    if not visits:
        return []
    first, again = zip(*visits, strict=True)
    return [
        Figure("/admin: first paint, p50", median(v.paint for v in first), "ms", at_most=500),
        Figure("/admin: the queues' cards, p50", median(v.cards for v in first), "ms", at_most=500),
        Figure("  the second time", median(v.cards for v in again), "ms"),
        Figure("  loaded the first time", median(v.loaded for v in first) / 1_000, "kB"),
    ]


def look(folder: Path, visits: int) -> list[tuple[Visit, Visit]]:
    """First and second visits of one server; none where there is no Chromium."""
    port = free_port()
    with started("memorizer", "start", "--port", str(port), "--data-dir", folder):
        wait_for_answer(port)
        with sync_playwright() as playwright:
            program = _chromium(playwright.chromium.executable_path)
            if program is None:
                return []
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            _visits(browser, port)  # the first of all starts what the browser starts late
            return [_visits(browser, port) for _ in range(visits)]


def _visits(browser: Browser, port: int) -> tuple[Visit, Visit]:
    context = browser.new_context()
    try:
        page = context.new_page()
        return _visit(page, port), _visit(page, port)
    finally:
        context.close()


def _visit(page: Page, port: int) -> Visit:
    page.goto(f"{address(port)}/admin", wait_until="commit")
    cards = page.wait_for_function(CARDS, polling="raf").json_value()
    paint = page.wait_for_function(PAINTED, polling="raf").json_value()
    return Visit(paint, cards, page.evaluate(LOADED))


def _chromium(own: str) -> str | None:
    """Playwright's own, else the machine's."""
    return own if Path(own).is_file() else next(filter(None, map(shutil.which, CHROMIUMS)), None)
