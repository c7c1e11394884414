"""What anybody may have stored does nothing to who reads it."""

import re

import pytest
from playwright.sync_api import Page, expect

from support.browsing import Store, unique

TRICKS = {
    "script": "<script>window.hacked = true</script>",
    "image": '<img src="x" onerror="window.hacked = true">',
    "svg": '<svg onload="window.hacked = true"><circle r="9"/></svg>',
    "iframe": '<iframe srcdoc="<script>parent.hacked = true</script>"></iframe>',
    "style": "<style>body { display: none }</style>",
    "details": '<details open ontoggle="window.hacked = true">x</details>',
    "link": "[click](javascript:window.hacked=true)",
    "data link": "[click](data:text/html,<script>opener.hacked=true</script>)",
    "autolink": "<javascript:window.hacked=true>",
    "remote image": "![pixel](http://192.0.2.1/pixel.png)",
    "mermaid click": "```mermaid\nflowchart LR\n  A-->B\n  click A call hacked()\n  "
    'click B href "javascript:window.hacked=true"\n```',
    "mermaid html": '```mermaid\nflowchart LR\n  A["<img src=x onerror=window.hacked=true>"]\n```',
    "mermaid loose": '```mermaid\n%%{init: {"securityLevel": "loose", "htmlLabels": true}}%%\n'
    'flowchart LR\n  A["<script>window.hacked=true</script>"]\n```',
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_in_a_text_does_nothing(page: Page, store: Store, trick: str) -> None:
    title = f"{unique('Trick')} {TRICKS[trick][:60]}"
    memory = store(f"Before\n\n{TRICKS[trick]}\n\nAfter", title=title, type="<b>type</b>")
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))

    page.goto(f"/memories/{memory['id']}")
    expect(page.get_by_text("After", exact=True)).to_be_visible()
    expect(page.get_by_label("Drawing the diagram")).to_have_count(0)
    for link in page.get_by_role("link", name="click").all():
        link.click()

    assert page.evaluate("window.hacked") is None
    assert page.locator("article script, article iframe, article style").count() == 0
    assert not [url for url in requests if "192.0.2.1" in url]


HEAVY = {
    "brackets": "[" * 60_000,
    "emphasis": "a**b" * 15_000,
    "quotes": ">" * 20_000 + "a",
    "lists": "- " * 20_000 + "a",
    "lists inside lists": "\n".join("  " * level + "- a" for level in range(200)),
    "a wide table": "|a" * 5_000 + "|\n" + "|-" * 5_000 + "|\n",
}


@pytest.mark.parametrize("kind", HEAVY)
def test_a_text_that_is_hard_to_render_neither_freezes_nor_breaks_its_page(
    page: Page, store: Store, kind: str
) -> None:
    memory = store(HEAVY[kind], title=unique("Heavy"))

    page.goto(f"/memories/{memory['id']}")

    expect(page.get_by_text("this is the text as it was stored")).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    expect(page).to_have_url(re.compile(r"/edit$"))


def test_scripts_may_come_from_files_of_our_own_only(page: Page) -> None:
    reply = page.goto("/")
    assert reply is not None

    policy = dict(
        part.split(" ", 1) for part in reply.headers["content-security-policy"].split("; ")
    )

    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert page.locator("script:not([src])").count() == 0
