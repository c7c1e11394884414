"""The two long-running commands: the HTTP server and the worker."""

import asyncio
import socket
from functools import partial

from fastapi import FastAPI

from memorizer import bootstrap
from memorizer.cli import access_policy, logs, startup_banner
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.http.middleware import root_path
from memorizer.http.server import fd_limit, listen_socket, signal_handlers
from memorizer.http.server.uvicorn_server import Server
from memorizer.mcp.http_transport import HttpTransport
from memorizer.mcp.stdio import server_discovery
from memorizer.settings import Settings


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
    mcp_transport = HttpTransport(settings.mcp_tools)
    root = root_path.validated(settings.root_path)
    key = server_discovery.new_key()
    policy = access_policy.from_settings(settings, key)
    app = create_app(
        lifespan=bootstrap.lifespan(
            settings, mcp_transport, partial(access_policy.require_token, settings)
        ),
        max_body_bytes=settings.max_body_bytes,
        allowed_hosts=policy.hosts,
        any_address=policy.any_address,
        auth_policy=policy.auth_policy,
        max_streams=settings.max_streams,
        request_seconds=settings.request_seconds,
        root_path=root,
        mcp_app=mcp_transport,
    )
    state = state_of(app)
    state.instance_id = server_discovery.new_instance()
    server = http_server(app, settings)

    def stop() -> None:
        startup_banner.stopping(settings)
        server.drain(settings.drain_seconds)

    with signal_handlers.on_signals(stop):
        async with app.router.lifespan_context(app):
            taken = listener or listen_socket.listen(settings.host, settings.port)
            here = server_discovery.ServerRecord.at(taken, state.instance_id, key)
            server.on_ready = partial(
                startup_banner.serving, settings, listen_socket.url(taken) + root
            )
            with server_discovery.announced(settings.data_dir, here):
                await server.serve(sockets=[taken])


def http_server(app: FastAPI, settings: Settings) -> Server:
    """Build the server with the limits of the settings."""
    return Server(
        app,
        trusted_proxies=settings.trusted_proxies,
        grace_seconds=settings.grace_seconds,
        request_seconds=settings.request_seconds,
        stalled_seconds=settings.stalled_seconds,
    )


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()

    def stop() -> None:
        startup_banner.stopping(settings)
        stopped.set()

    with signal_handlers.on_signals(stop):
        async with bootstrap.open_services(settings, examine=True) as container:
            await bootstrap.warn_of_mismatch(container)
            await bootstrap.warn_of_queue(container)
            startup_banner.working(settings)
            await container.worker.run(stopped)
