"""Requests that a proxy forwards, or that somebody made up to look so, on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from support.listening import listening
from support.memorizer import Memorizer


@pytest.fixture
def app(memorizer: Memorizer) -> FastAPI:
    """With room for one stream of each client."""
    app = create_app(max_streams=1)
    state_of(app).services = memorizer.services
    return app


@asynccontextmanager
async def client(
    app: FastAPI, memorizer: Memorizer, **given: Any
) -> AsyncIterator[httpx.AsyncClient]:
    settings = memorizer.settings.model_copy(update=given)
    async with (
        listening(app, settings) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield client


async def two_streams(client: httpx.AsyncClient) -> int:
    """The status of a second stream, which says that it comes from elsewhere."""
    events = "/api/admin/events"
    async with client.stream("GET", events, headers={"X-Forwarded-For": "192.0.2.1"}) as first:
        assert first.status_code == 200
        async with client.stream("GET", events, headers={"X-Forwarded-For": "192.0.2.2"}) as second:
            return second.status_code


async def test_nobody_can_say_that_he_is_somebody_else(app: FastAPI, memorizer: Memorizer) -> None:
    async with client(app, memorizer) as anybody:
        assert await two_streams(anybody) == 429


@pytest.mark.parametrize("named", ["127.0.0.1", "127.0.0.0/8"])
async def test_a_proxy_that_is_trusted_tells_who_asks(
    app: FastAPI, memorizer: Memorizer, named: str
) -> None:
    async with client(app, memorizer, trusted_proxies=(named,)) as proxy:
        assert await two_streams(proxy) == 200


async def test_a_proxy_elsewhere_is_not_trusted_for_another(
    app: FastAPI, memorizer: Memorizer
) -> None:
    async with client(app, memorizer, trusted_proxies=("192.0.2.7",)) as proxy:
        assert await two_streams(proxy) == 429


SEARCH = b"POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
NEXT = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        SEARCH + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        SEARCH + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        SEARCH + b"Content-Length: 2\r\nContent-Length: 5\r\n\r\n{}xxx",
        SEARCH + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        SEARCH + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        NEXT[:-2] + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    ],
)
async def test_after_framing_that_can_be_read_in_two_ways_nothing_more_is_read(
    app: FastAPI, memorizer: Memorizer, request_: bytes
) -> None:
    async with listening(app, memorizer.settings) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request_ + NEXT)
        said = await reader.read()  # to the end: the server closes
        writer.close()
        await writer.wait_closed()
    assert said.startswith(b"HTTP/1.1 400 ")
    assert said.count(b"HTTP/1.1") == 1
