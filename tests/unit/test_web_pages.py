"""Web pages are fetched from the public internet, as robots.txt permits, and from nowhere else."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from memorizer.adapters.documents.kinds import MEDIA_TYPES
from memorizer.adapters.public_network import is_public
from memorizer.adapters.web_pages import MAX_REDIRECTS, WebPages
from memorizer.domain.errors import DocumentRejected, DocumentUnavailable
from support.client_site import HOST, Site, client_site, reply

HTML = "Content-Type: text/html; charset=utf-8\r\n"
NO_ROBOTS = reply(b"", "404 Not Found")
MAX_BYTES = 1_000


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with client_site(tmp_path) as site:
        yield site


def pages(site: Site, allows: Callable[[str], bool] = lambda _: True) -> WebPages:
    """What a worker has, but for a name and a certificate of this machine."""
    return WebPages(
        max_bytes=MAX_BYTES,
        seconds=30,
        media_types=MEDIA_TYPES,
        resolver=site.resolve,
        allows=allows,
        tls=site.trusted.client_context(),
    )


async def refused(
    site: Site, tmp_path: Path, *answers: bytes, allows: Callable[[str], bool] = lambda _: True
) -> str:
    site.answers = list(answers)
    with pytest.raises(DocumentRejected) as raised:
        await pages(site, allows).fetch(site.url, tmp_path / "page")
    return str(raised.value)


async def test_a_page_is_fetched_with_its_media_type(site: Site, tmp_path: Path) -> None:
    site.answers = [NO_ROBOTS, reply(b"<p>Hello", more=HTML)]
    page = await pages(site).fetch(site.url, tmp_path / "page")
    assert (page.url, page.media_type) == (site.url, "text/html; charset=utf-8")
    assert (tmp_path / "page").read_bytes() == b"<p>Hello"
    robots, asked = site.requests
    assert robots.startswith(b"GET /robots.txt HTTP/1.1\r\n")
    assert f"Host: {HOST}:{site.port}\r\n".encode() in asked
    assert b"Cookie" not in asked


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::1"], ["169.254.169.254"], ["fd00::1"], []],
)
async def test_an_address_of_our_own_network_is_not_connected_to(
    site: Site, tmp_path: Path, addresses: list[str]
) -> None:
    site.addresses = [addresses]
    said = await refused(site, tmp_path, reply(b"x"), allows=is_public)
    assert "not on the public internet" in said
    assert site.requests == []


async def test_a_name_that_changes_its_address_leads_nowhere_else(
    site: Site, tmp_path: Path
) -> None:
    def first_only(address: str) -> bool:
        return address == "127.0.0.1"

    site.addresses = [["127.0.0.1"], ["10.0.0.1"]]
    site.answers = [reply(b"", "404 Not Found").replace(b"Connection: close\r\n", b"")]
    said = await refused(site, tmp_path, NO_ROBOTS, reply(b"x", more=HTML), allows=first_only)
    assert "not on the public internet" in said
    assert len(site.requests) == 1  # robots.txt, over the connection that was checked


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://client.example/", "not https"),
        ("file:///etc/passwd", "not https"),
        ("https://user@[::1", "not https"),
        ("https://user:password@client.example/", "not https"),
        ("https://" + "a" * 70 + "ä.example/", "not https"),
    ],
)
async def test_a_redirect_is_checked_like_the_first_address(
    site: Site, tmp_path: Path, location: str, said: str
) -> None:
    moved = reply(b"", "302 Found", f"Location: {location}\r\n")
    assert said in await refused(site, tmp_path, NO_ROBOTS, moved)


async def test_a_redirect_is_resolved_anew_and_may_not_lead_inside(
    site: Site, tmp_path: Path
) -> None:
    moved = reply(b"", "302 Found", f"Location: https://{HOST}:{site.port}/inside\r\n")
    site.addresses = [["127.0.0.1"], ["127.0.0.1"], ["192.168.0.1"]]
    said = await refused(
        site, tmp_path, NO_ROBOTS, moved, allows=lambda address: address == "127.0.0.1"
    )
    assert "leads away" in said


async def test_redirects_end(site: Site, tmp_path: Path) -> None:
    moved = reply(b"", "302 Found", f"Location: {site.url}\r\n")
    answers = [NO_ROBOTS, moved] * (MAX_REDIRECTS + 2)
    assert "redirects more than" in await refused(site, tmp_path, *answers)


async def test_what_robots_may_not_read_is_not_fetched(site: Site, tmp_path: Path) -> None:
    robots = reply(b"User-agent: *\nDisallow: /\n")
    assert "robots.txt" in await refused(site, tmp_path, robots, reply(b"x", more=HTML))
    assert len(site.requests) == 1
    site.requests.clear()
    site.answers = [reply(b"User-agent: *\nDisallow: /private\n"), reply(b"x", more=HTML)]
    await pages(site).fetch(site.url, tmp_path / "page")


async def test_a_site_that_does_not_say_what_robots_may_read_is_tried_later(
    site: Site, tmp_path: Path
) -> None:
    site.answers = [reply(b"", "503 Service Unavailable")]
    with pytest.raises(DocumentUnavailable):
        await pages(site).fetch(site.url, tmp_path / "page")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(b"x" * (MAX_BYTES + 1), more=HTML), "longer than"),
        (reply(b"x", more="Content-Type: application/octet-stream\r\n"), "cannot be read"),
        (reply(b"x"), "no declared type"),
        (reply(b"x", "404 Not Found"), "404"),
    ],
)
async def test_what_is_no_document_is_refused(
    site: Site, tmp_path: Path, answer: bytes, said: str
) -> None:
    assert said in await refused(site, tmp_path, NO_ROBOTS, answer)


async def test_a_site_that_fails_is_tried_later(site: Site, tmp_path: Path) -> None:
    site.answers = [NO_ROBOTS, reply(b"", "502 Bad Gateway")]
    with pytest.raises(DocumentUnavailable, match="502"):
        await pages(site).fetch(site.url, tmp_path / "page")
