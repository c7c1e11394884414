"""The HTTP server as a process that sleeps while nobody asks it anything."""

import asyncio
import socket
from pathlib import Path

import pytest

from memorizer.cli.server import http_server
from memorizer.http.app import create_app
from memorizer.http.server import uvicorn_server
from memorizer.settings import Settings
from support.waiting import HANG_SECONDS, wait_until


async def test_a_stop_wakes_it_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_server, "TICK_SECONDS", 3_600)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = http_server(create_app(), Settings(data_dir=tmp_path))
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def started() -> bool:
            return server.started

        await wait_until(started, description="the server listens")
        server.stop()
        async with asyncio.timeout(HANG_SECONDS):
            await serving
