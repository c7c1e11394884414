"""The HTTP door before a real Memorizer: in process, and behind a real server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.settings import Settings, variable
from support.commands import Cli, command_line
from support.memorizer import Memorizer
from support.waiting import HANG_SECONDS, wait_until


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where commands find the store; nothing else is in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.setenv(variable("data_dir"), str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "data"


@pytest.fixture
def cli(
    data_dir: Path,  # noqa: ARG001 - it sets the environment
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Cli]:
    """Runs `memorizer ARGUMENTS` in this process."""
    with command_line(capfdbinary, monkeypatch) as run:
        yield run


@pytest.fixture(scope="session")
def built_app() -> FastAPI:
    """Built once: that takes longer than most tests do."""
    return create_app()


@pytest.fixture
def app(built_app: FastAPI, memorizer: Memorizer) -> FastAPI:
    """The application, with real services."""
    state_of(built_app).services = memorizer.services
    state_of(built_app).metrics_registry = memorizer.container.metrics
    return built_app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the application without a network. An error inside is a 500, as for anybody."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
async def server(app: FastAPI, memorizer: Memorizer) -> AsyncIterator[str]:
    """The address of a real server; streams need one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # asyncio does this only for sockets that it opens itself; else small replies wait 40 ms
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))

        async def started() -> bool:
            return server.started

        await wait_until(started, description="the server listens")
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        memorizer.services.signals.close()
        server.should_exit = True
        await running


@pytest.fixture
async def online(server: str) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the real server."""
    async with httpx.AsyncClient(base_url=server, timeout=HANG_SECONDS) as client:
        yield client
