"""The two long-running commands: the HTTP server and the worker."""

import asyncio
import math
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from memorizer import bootstrap
from memorizer.cli import address, announce, logs, stopping
from memorizer.http.app import LOOPBACK, create_app
from memorizer.mcp.endpoint import Endpoint
from memorizer.mcp.stdio import presence
from memorizer.settings import Settings


class Server(uvicorn.Server):
    """Uvicorn that says when it is ready and leaves signals to us."""

    def __init__(self, app: FastAPI, settings: Settings, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",  # `serve` holds it, so that its errors reach a person as such
                ws="none",
                log_config=None,
                access_log=False,  # the app logs its own requests
                server_header=False,
                timeout_graceful_shutdown=math.ceil(settings.grace_seconds),
            )
        )
        self._state = app.state
        self._on_ready = on_ready

    def stop(self) -> None:
        """Take no more requests, and end the streams that would go on for ever."""
        self.should_exit = True
        services = getattr(self._state, "services", None)  # none while they still open
        if services is not None:
            services.signals.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: signals are ours until the worker has stopped too."""
        yield


def serve(settings: Settings, listener: socket.socket) -> None:
    """Serve until a signal."""
    logs.configure(settings.log_level, settings.log_format)
    asyncio.run(_serve(settings, listener))


def work(settings: Settings) -> None:
    """Run background jobs until a signal."""
    logs.configure(settings.log_level, settings.log_format)
    asyncio.run(_work(settings))


async def _serve(settings: Settings, listener: socket.socket) -> None:
    agents = Endpoint(settings.mcp_tools)
    app = create_app(
        lifespan=bootstrap.lifespan(settings, agents),
        max_body_bytes=settings.max_body_bytes,
        allowed_hosts=LOOPBACK.union(settings.allowed_hosts),
        agents=agents,
    )
    app.state.instance = presence.new_instance()
    here = presence.Presence.at(listener, app.state.instance)
    url = address.url(listener)
    server = Server(app, settings, lambda: announce.serving(settings, url))

    def stop() -> None:
        announce.stopping(settings)
        server.stop()

    with stopping.on_signals(stop):
        async with app.router.lifespan_context(app):
            with presence.announced(settings.data_dir, here):
                await server.serve(sockets=[listener])


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()

    def stop() -> None:
        announce.stopping(settings)
        stopped.set()

    with stopping.on_signals(stop):
        async with bootstrap.open_services(settings) as assembly:
            await bootstrap.warn_of_mismatch(assembly)
            announce.working(settings)
            await assembly.worker.run(stopped)
