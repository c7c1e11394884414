"""The two long-running commands: the HTTP server and the worker."""

import asyncio
import math
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

import uvicorn
from fastapi import FastAPI

from memorizer import bootstrap
from memorizer.cli import address, announce, logs, openness, stopping
from memorizer.http.app import create_app
from memorizer.http.middleware import root_path
from memorizer.http.server import fd_limit
from memorizer.http.server.idle_timeout import IdleTimeout
from memorizer.mcp.http_transport import HttpTransport
from memorizer.mcp.stdio import server_discovery
from memorizer.settings import Settings
from memorizer.supervision import Supervisor, pause

TICK_SECONDS: Final = 1.0
"""How old the time may be that replies bear."""


class Server(uvicorn.Server):
    """Uvicorn that says when it is ready and leaves signals to us."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",  # `serve` holds it, so that its errors reach a person as such
                ws="none",
                log_config=None,
                access_log=False,  # the app logs its own requests
                server_header=False,
                proxy_headers=bool(settings.trusted_proxies),
                forwarded_allow_ips=list(settings.trusted_proxies),
                timeout_graceful_shutdown=math.ceil(settings.grace_seconds),
            )
        )
        self._state = app.state
        self._told_to_stop = asyncio.Event()
        self.on_ready: Callable[[], None] = _nothing
        self._patience = IdleTimeout(
            lambda: list(self.server_state.connections),
            request_seconds=settings.request_seconds,
            stalled_seconds=settings.stalled_seconds,
        )

    def leave(self, seconds: float) -> None:
        """Tell load balancers to send no more requests, and stop when they have heard it."""
        self._state.leaving = True
        asyncio.get_running_loop().call_later(seconds, self.stop)

    def stop(self) -> None:
        """Take no more requests, and end the streams that would go on for ever."""
        self.should_exit = True
        self._told_to_stop.set()
        services = getattr(self._state, "services", None)  # none while they still open
        if services is not None:
            services.signals.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        services = getattr(self._state, "services", None)
        supervisor = services.supervisor if services is not None else Supervisor()
        watching = supervisor.run("slow clients", self._patience.watch, asyncio.Event())
        self._watching = asyncio.create_task(watching)
        self.on_ready()

    async def main_loop(self) -> None:
        """Uvicorn's own wakes up ten times a second to see whether to stop; this one is told."""
        while not await self.on_tick(0):
            await pause(TICK_SECONDS, self._told_to_stop)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._watching.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing: signals are ours until the worker has stopped too."""
        yield


def serve(settings: Settings, listener: socket.socket | None) -> None:
    """Serve until a signal. Without a listener, take one once it is known that this is safe."""
    logs.configure(settings.log_level, settings.log_format)
    asyncio.run(_serve(settings, listener))


def work(settings: Settings) -> None:
    """Run background jobs until a signal."""
    logs.configure(settings.log_level, settings.log_format)
    asyncio.run(_work(settings))


async def _serve(settings: Settings, listener: socket.socket | None) -> None:
    asyncio.get_running_loop().set_exception_handler(fd_limit.FdLimitFilter())
    agents = HttpTransport(settings.mcp_tools)
    root = root_path.checked(settings.root_path)
    key = server_discovery.new_key()
    openly = openness.of(settings, key)
    app = create_app(
        lifespan=bootstrap.lifespan(settings, agents, partial(openness.require_token, settings)),
        max_body_bytes=settings.max_body_bytes,
        allowed_hosts=openly.hosts,
        any_address=openly.any_address,
        terms=openly.terms,
        max_streams=settings.max_streams,
        request_seconds=settings.request_seconds,
        root_path=root,
        agents=agents,
    )
    app.state.instance = server_discovery.new_instance()
    server = Server(app, settings)

    def stop() -> None:
        announce.stopping(settings)
        server.leave(settings.drain_seconds)

    with stopping.on_signals(stop):
        async with app.router.lifespan_context(app):
            taken = listener or address.listen(settings.host, settings.port)
            here = server_discovery.ServerRecord.at(taken, app.state.instance, key)
            server.on_ready = partial(announce.serving, settings, address.url(taken) + root)
            with server_discovery.announced(settings.data_dir, here):
                await server.serve(sockets=[taken])


def _nothing() -> None:
    """Nobody wants to know."""


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()

    def stop() -> None:
        announce.stopping(settings)
        stopped.set()

    with stopping.on_signals(stop):
        async with bootstrap.open_services(settings, examine=True) as assembly:
            await bootstrap.warn_of_mismatch(assembly)
            await bootstrap.warn_of_queue(assembly)
            announce.working(settings)
            await assembly.worker.run(stopped)
