"""Our MCP server behind a real HTTP server, as `memorizer start` has it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.mcp.http_transport import HttpTransport
from memorizer.services import Services
from support.waiting import wait_until


@asynccontextmanager
async def serving(
    services: Services, *, tools: str = "core", kind: type[HttpTransport] = HttpTransport
) -> AsyncIterator[FastAPI]:
    """The application with /mcp answering."""
    agents = kind(tools)
    app = create_app(mcp_app=agents)
    state_of(app).services = services
    async with agents.serving(services):
        await agents.loaded()
        yield app


@asynccontextmanager
async def listening(
    services: Services, *, tools: str = "core", kind: type[HttpTransport] = HttpTransport
) -> AsyncIterator[str]:
    """The URL of /mcp on a real socket."""
    async with serving(services, tools=tools, kind=kind) as app:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None)
            server = uvicorn.Server(config)
            running = asyncio.create_task(server.serve(sockets=[listener]))

            async def started() -> bool:
                return server.started

            await wait_until(started, description="the server listens")
            yield f"http://localhost:{listener.getsockname()[1]}/mcp"
            server.should_exit = True
            await running
