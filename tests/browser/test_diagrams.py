"""Two things keep diagrams from loading anything: what they are made of, and the page's policy.

Each is tried with the other switched off, by counting the requests that reach a server.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from support.browsing import Store, unique

DIRECTIVE = (
    '%%{{init: {{"themeCSS": ".node {{ background: url({url}) }}", "htmlLabels": true}}}}%%\n'
)
HOSTILE = {
    "a directive": DIRECTIVE + "flowchart LR\n  A-->B",
    "front matter": "---\nconfig:\n  htmlLabels: true\n  themeCSS: \"@import '{url}';\"\n---\n"
    "flowchart LR\n  A-->B",
    "a style": "flowchart LR\n  A-->B\n  style A background-image:url({url}),mask:url({url})",
    "an escaped style": "flowchart LR\n  A-->B\n  style A mask:u\\72l({url})",
    "a class": "flowchart LR\n  A-->B\n  classDef x list-style-image:url({url}),display:list-item\n"
    "  class A x",
    "a picture": 'flowchart LR\n  A@{{ img: "{url}", label: "A", h: 60 }}\n  A-->B',
    "a label": 'flowchart LR\n  A["<img src={url}>"]-->B["`![x]({url})`"]',
}
RAW = """
<svg xmlns="http://www.w3.org/2000/svg"><style>@import "{url}1"; rect {{ mask: url({url}2) }}
  @font-face {{ font-family: f; src: url({url}3) }} text {{ font-family: f }}</style>
  <image href="{url}4" width="9" height="9"/><rect width="9" height="9"/><text>A</text>
  <foreignObject><img src="{url}5"><iframe src="{url}6"></iframe>
  <div style="background: url({url}7)">A</div></foreignObject></svg>
"""


@contextmanager
def counting() -> Iterator[tuple[str, list[str]]]:
    """A server's address, and the paths that anybody asked it for."""
    asked: list[str] = []

    class Counter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("kind", HOSTILE)
def test_without_the_policy_a_diagram_loads_nothing(
    browser: Browser, site: str, store: Store, kind: str
) -> None:
    with counting() as (url, asked), browser.new_context(bypass_csp=True) as context:
        code = HOSTILE[kind].format(url=url)
        memory = store(f"```mermaid\n{code}\n```\n\nAfter", title=unique("Diagram"))
        page = context.new_page()
        page.goto(f"{site}/memories/{memory['id']}")
        expect(page.locator("figure")).to_have_count(1)
        expect(page.get_by_label("Drawing the diagram")).to_have_count(0)
        page.wait_for_load_state("networkidle")
        assert asked == []
        page.evaluate("url => fetch(url, {mode: 'no-cors'})", f"{url}control")
        assert asked == ["/control"]  # it could have been reached


def test_without_the_sanitiser_the_policy_lets_a_drawing_load_nothing(
    browser: Browser, site: str
) -> None:
    with counting() as (url, asked), browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/memories")
        page.evaluate(
            "svg => document.body.insertAdjacentHTML('beforeend', svg)", RAW.format(url=url)
        )
        page.wait_for_load_state("networkidle")
        page.evaluate("() => new Promise(requestAnimationFrame)")
        assert asked == []


def test_a_diagram_is_drawn_as_a_picture(browser: Browser, site: str, store: Store) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        for code in ("flowchart LR\n A[Tea]-->B", "journey\n title T\n section S\n  Tea: 5: Me"):
            memory = store(f"```mermaid\n{code}\n```", title=unique("Diagram"))
            page.goto(f"{site}/memories/{memory['id']}")
            picture = page.locator("figure img")
            expect(picture).to_be_visible()
            width = picture.evaluate("async img => { await img.decode(); return img.naturalWidth }")
            assert width > 0
