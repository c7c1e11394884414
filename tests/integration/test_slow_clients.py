"""Clients that dawdle, on real sockets before a server as `memorizer start` runs it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
from fastapi import FastAPI

from memorizer.domain.memories import Content
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.http.server.uvicorn_server import Server
from memorizer.services import Services
from support.listening import listening
from support.memorizer import Memorizer
from support.waiting import HANG_SECONDS, wait_until

REQUEST_SECONDS, STALLED_SECONDS = 0.5, 1.0
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
def app(memorizer: Memorizer) -> FastAPI:
    """Of little patience."""
    app = create_app(request_seconds=REQUEST_SECONDS)
    state_of(app).services = memorizer.services
    return app


@pytest.fixture
async def running(app: FastAPI, memorizer: Memorizer) -> AsyncIterator[tuple[Server, int]]:
    """A server of little patience too, and its port."""
    hasty = {"request_seconds": REQUEST_SECONDS, "stalled_seconds": STALLED_SECONDS}
    async with listening(app, memorizer.settings.model_copy(update=hasty)) as both:
        yield both


@asynccontextmanager
async def line(port: int) -> AsyncIterator[Line]:
    """A connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()


@contextmanager
def asking_without_reading(port: int, path: str) -> Iterator[None]:
    """A client that asks for something, and takes as little of it as its system lets it."""
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        deaf.connect(("127.0.0.1", port))
        deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        yield


async def is_hung_up(reader: asyncio.StreamReader) -> bool:
    """Wait for the server to end the connection, whatever it says before."""
    async with asyncio.timeout(HANG_SECONDS):
        try:
            while await reader.read(4_096):
                pass
        except ConnectionError:
            pass
    return True


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n", b"G"],
    ids=["silent", "half a head", "one letter"],
)
async def test_who_never_ends_a_request_is_hung_up_on(
    running: tuple[Server, int], beginning: bytes
) -> None:
    async with line(running[1]) as (reader, writer):
        writer.write(beginning)
        assert await is_hung_up(reader)


async def test_a_header_now_and_then_does_not_keep_a_connection_for_ever(
    running: tuple[Server, int],
) -> None:
    """Slow loris."""
    _, port = running
    async with line(port) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n")
        ended = asyncio.create_task(is_hung_up(reader))
        async with asyncio.timeout(HANG_SECONDS):
            while not ended.done():
                writer.write(b"X-A: b\r\n")
                await asyncio.wait({ended}, timeout=0.1)


async def test_a_body_that_trickles_is_answered_with_408_in_time(
    running: tuple[Server, int],
) -> None:
    async with line(running[1]) as (reader, writer):
        writer.write(
            b"POST /api/memories HTTP/1.1\r\nHost: localhost\r\n"
            b'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"text": '
        )
        async with asyncio.timeout(HANG_SECONDS):
            head = await reader.readuntil(b"\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")


async def test_two_hundred_of_them_do_not_keep_anybody_waiting(
    running: tuple[Server, int],
) -> None:
    server, port = running
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
    for _, writer in opened:
        writer.write(b"POST /api/memories HTTP/1.1\r\nHost: localhost\r\nContent-Le")
    with socket.create_connection(("127.0.0.1", port)) as quick:
        quick.sendall(b"GET /api/tags HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        reply = await asyncio.to_thread(quick.recv, 4_096)
    assert reply.startswith(b"HTTP/1.1 200 ")

    async def all_gone() -> bool:
        return not server.server_state.connections

    await wait_until(all_gone, description="all are hung up on")
    for _, writer in opened:
        writer.close()


async def test_a_stream_that_nobody_reads_is_ended_and_gives_its_place_back(
    app: FastAPI, running: tuple[Server, int]
) -> None:
    server, port = running
    open_ = state_of(app).stream_limit._open
    with asking_without_reading(port, "/api/admin/events"):

        async def held() -> bool:
            return bool(open_)

        await wait_until(held, description="the stream is open")
        [connection] = server.server_state.connections
        # events are small: it would take them an hour to fill what systems buffer
        connection.transport.write(b": filling\n\n" * 1_000_000)

        async def ended() -> bool:
            return not server.server_state.connections and not open_

        await wait_until(ended, description="the stream is ended")


async def test_a_large_reply_that_nobody_reads_does_not_stay_in_memory(
    running: tuple[Server, int], services: Services
) -> None:
    server, port = running
    for n in range(20):
        await services.memories.create(Content(f"{n}" + "x" * 400_000, title="t"), actor="test")
    with asking_without_reading(port, "/api/memories?limit=20"):

        async def answered() -> bool:
            return any(
                each.transport.get_write_buffer_size() for each in server.server_state.connections
            )

        await wait_until(answered, description="the reply waits to be read")

        async def ended() -> bool:
            return not server.server_state.connections

        await wait_until(ended, description="the connection is ended")


async def test_a_quiet_stream_that_is_read_lives_on(
    running: tuple[Server, int], services: Services
) -> None:
    _, port = running
    async with line(port) as (reader, writer):
        writer.write(b"GET /api/admin/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(HANG_SECONDS):
            await reader.readuntil(b"connected")
            hung_up = asyncio.create_task(is_hung_up(reader))
            await asyncio.wait({hung_up}, timeout=2 * STALLED_SECONDS)
            assert not hung_up.done()
            hung_up.cancel()
            await asyncio.wait({hung_up})
            await services.memories.create(Content("news"), actor="test")
            await reader.readuntil(b"changed")
