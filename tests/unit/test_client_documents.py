"""Documents of OAuth clients are fetched from the public internet, and from nowhere else."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from memorizer.adapters import client_documents
from memorizer.adapters.client_documents import MAX_BYTES, HttpClientDocuments
from memorizer.adapters.public_network import is_public
from memorizer.domain.oauth import OAuthError
from support.client_site import HOST, Site, client_site, reply
from support.tls_proxy import certificate


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with client_site(tmp_path) as site:
        yield site


async def problem(documents: HttpClientDocuments, url: str) -> str:
    with pytest.raises(OAuthError) as raised:
        await documents.get(url)
    assert raised.value.code == "invalid_client"
    return str(raised.value)


async def test_a_document_is_fetched_once_and_kept(site: Site) -> None:
    site.answers = [reply(json.dumps({"client_id": site.url}).encode())]
    documents = site.documents()
    for _ in range(3):
        assert await documents.get(site.url) == {"client_id": site.url}
    [request] = site.requests
    assert request.startswith(b"GET /client.json HTTP/1.1\r\n")
    assert f"Host: {HOST}:{site.port}\r\n".encode() in request


async def test_an_address_of_our_own_network_is_not_connected_to(site: Site) -> None:
    site.answers = [reply(b"{}")]
    for addresses in (["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["::1"], []):
        site.addresses = [addresses]
        said = await problem(site.documents(is_public), site.url)
        assert "not on the public internet" in said
    assert site.requests == []


async def test_the_name_is_resolved_once_so_that_rebinding_changes_nothing(site: Site) -> None:
    site.answers = [reply(b'{"a": 1}')]
    site.addresses = [["127.0.0.1"], ["10.0.0.1"]]
    assert await site.documents(lambda a: a == "127.0.0.1").get(site.url) == {"a": 1}
    assert site.asked == 1


async def test_a_name_without_the_right_certificate_is_refused(site: Site, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    site.trusted = certificate(tmp_path / "other", HOST)
    assert "cannot be fetched" in await problem(site.documents(), site.url)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (reply(b"", "302 Found", "Location: https://client.example/\r\n"), "302"),
        (reply(b"", "404 Not Found"), "404"),
        (reply(b"<html>"), "not JSON"),
        (reply(b"[]"), "not a JSON object"),
        (reply(b"[" * 50_000), "not JSON"),
        (reply(b" " * (MAX_BYTES + 1)), "longer than"),
        (b"nonsense\r\n\r\n", "cannot be fetched"),
    ],
)
async def test_what_is_no_document_is_refused(site: Site, answer: bytes, said: str) -> None:
    site.answers = [answer]
    documents = site.documents()
    assert said in await problem(documents, site.url)
    assert said in await problem(documents, site.url)
    assert len(site.requests) == 1  # a failure is remembered too, for a while


async def test_a_server_that_hangs_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_documents, "DEADLINE_SECONDS", 0.05)
    site.answers = [b""]
    held = asyncio.Event()

    async def hang(_host: str, _port: int) -> Sequence[str]:
        await held.wait()
        return []

    documents = HttpClientDocuments(resolver=hang, tls=site.trusted.client_context())
    assert "did not come" in await problem(documents, site.url)


async def test_where_nothing_can_be_reached_documents_are_not_advertised(site: Site) -> None:
    async def nowhere(_host: str, _port: int) -> Sequence[str]:
        raise OSError

    assert not await HttpClientDocuments(resolver=nowhere).can_fetch()
    assert not await site.documents(is_public).can_fetch()
    asked = site.asked
    documents = site.documents(is_public)
    assert [await documents.can_fetch() for _ in range(3)] == [False] * 3
    assert site.asked == asked + len(client_documents.LANDMARKS)  # remembered
    assert await site.documents(mode="on").can_fetch()
    off = site.documents(mode="off")
    assert not await off.can_fetch()
    assert "does not read" in await problem(off, site.url)
    assert site.requests == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "2002:7f00:1::",
        "2002:a00:1::",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_these_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_these_are_public(address: str) -> None:
    assert is_public(address)
