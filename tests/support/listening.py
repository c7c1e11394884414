"""The web server of `memorizer start`, in the process of the test, before any application."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from memorizer.cli.server import http_server
from memorizer.http.server.uvicorn_server import Server
from memorizer.settings import Settings
from support.waiting import wait_until


@asynccontextmanager
async def listening(app: FastAPI, settings: Settings) -> AsyncIterator[tuple[Server, int]]:
    """The server and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = http_server(app, settings)
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def started() -> bool:
            return server.started

        await wait_until(started, description="the server listens")
        yield server, listener.getsockname()[1]
        server.stop()
        await serving
