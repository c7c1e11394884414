"""Words that all browser tests share."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page

from support.processes import started

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
Store = Callable[..., dict[str, Any]]


def unique(word: str) -> str:
    """A word that no other test uses."""
    return f"{word}-{uuid4().hex[:8]}"


def row(page: Page, title: str) -> Locator:
    """The row of a list that names a memory."""
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title))


def serious(page: Page, options: str = "{}") -> list[str]:
    """What axe finds on the page that keeps people out."""
    page.evaluate(AXE.read_text())
    return [
        f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']]}"
        for each in page.evaluate(f"axe.run({options})")["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@contextmanager
def serving(data_dir: Path, *options: str, **settings: str) -> Iterator[str]:
    """The address of a `memorizer start` of our own."""
    arguments = ("memorizer", "start", "--port", "0", "--data-dir", str(data_dir), *options)
    with started(*arguments, **settings) as process:
        assert process.stderr is not None
        log = iter(process.stderr)
        listening = next(line for line in log if '"event": "listening"' in line)
        # a log that nobody reads would fill its pipe and stop the server
        Thread(target=lambda: list(log), daemon=True).start()
        yield json.loads(listening)["url"]
