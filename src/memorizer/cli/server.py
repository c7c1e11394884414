"""The two long-running processes: the HTTP server and the worker.

They announce start and stop: by a banner on a terminal, else by log entries.
"""

import asyncio
import shlex
import socket
import sys
from functools import partial

import structlog
from fastapi import FastAPI
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import memorizer
from memorizer import bootstrap
from memorizer.cli import access_policy, console, logs
from memorizer.cli.connect import command_line
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.http.middleware import root_path
from memorizer.http.server import fd_limit, listen_socket, signal_handlers
from memorizer.http.server.uvicorn_server import Server
from memorizer.mcp.http_transport import HttpTransport, PublicSite
from memorizer.mcp.stdio import server_discovery
from memorizer.settings import Settings

log = structlog.get_logger(__name__)


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
    root = root_path.validated(settings.root_path)
    key = server_discovery.new_key()
    policy = access_policy.from_settings(settings, key)
    mcp_transport = HttpTransport(settings.mcp_tools, _public_site(policy))
    app = create_app(
        lifespan=bootstrap.lifespan(
            settings, mcp_transport, partial(access_policy.require_token, settings)
        ),
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.document_max_bytes,
        max_import_bytes=settings.import_max_bytes,
        allowed_hosts=policy.hosts,
        any_address=policy.any_address,
        auth_policy=policy.auth_policy,
        max_streams=settings.max_streams,
        request_seconds=settings.request_seconds,
        root_path=root,
        public_address=policy.public_address,
        mcp_app=mcp_transport,
    )
    state = state_of(app)
    state.instance_id = server_discovery.new_instance()
    state.command, state.data_dir = command_line(), str(settings.data_dir.absolute())
    server = http_server(app, settings)

    def stop() -> None:
        _announce_stop(settings)
        server.drain(settings.drain_seconds)

    with signal_handlers.on_signals(stop):
        async with app.router.lifespan_context(app):
            taken = listener or listen_socket.listen(settings.host, settings.port)
            here = server_discovery.ServerRecord.at(taken, state.instance_id, key)
            server.on_ready = partial(_announce_server, settings, listen_socket.url(taken) + root)
            with server_discovery.announced(settings.data_dir, here):
                await server.serve(sockets=[taken])


def _public_site(policy: access_policy.AccessPolicy) -> PublicSite | None:
    address = policy.public_address
    return None if address is None else PublicSite(address.url, address.resource_metadata)


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
        _announce_stop(settings)
        stopped.set()

    with signal_handlers.on_signals(stop):
        async with bootstrap.open_services(settings, examine=True) as container:
            await bootstrap.warn_of_mismatch(container)
            await bootstrap.warn_of_queue(container)
            _announce_worker(settings)
            await container.worker.run(stopped)


def _announce_server(settings: Settings, url: str) -> None:
    """Announce that the server accepts requests."""
    if not _is_human(settings):
        log.info("listening", url=url, data_dir=str(settings.data_dir), worker=settings.worker)
        return
    worker = "on, in this process" if settings.worker else "off; run `memorizer worker` separately"
    _print_banner(
        {
            "Server": url,
            "API docs": f"{url}/docs",
            "Agents": f"{url}/mcp",
            "Data": str(settings.data_dir),
            "Worker": worker,
        },
        _tip(settings),
    )


def _announce_worker(settings: Settings) -> None:
    """Announce that the worker runs; in JSON logs the worker's own entry says so."""
    if _is_human(settings):
        _print_banner({"Worker": "runs background jobs", "Data": str(settings.data_dir)}, "")


def _announce_stop(settings: Settings) -> None:
    """Announce that a signal was received."""
    if not _is_human(settings):
        log.info("stopping", grace_seconds=settings.grace_seconds)
        return
    message = (
        f"Stopping. Running jobs have {settings.grace_seconds:g} s to finish; "
        "press Ctrl-C again to quit now."
    )
    console.err().print(Text(message, style="dim"))


def _tip(settings: Settings) -> str:
    """Return two commands to try, with the data directory if it is not the default."""
    is_default = settings.data_dir == Settings().data_dir
    option = "" if is_default else f" --data-dir {shlex.quote(str(settings.data_dir))}"
    return (
        f'Try  memorizer add "Honey never spoils." --tag food{option}\n'
        f'and  memorizer search "food"{option}'
    )


def _is_human(settings: Settings) -> bool:
    return sys.stderr.isatty() and logs.is_human(settings.log_format)


def _print_banner(facts: dict[str, str], tip: str) -> None:
    table = Table.grid(padding=(0, 3))
    for name, fact in facts.items():
        style = "bold cyan" if fact.startswith("http") else ""
        table.add_row(Text(name, style="dim"), Text(fact, style=style, overflow="fold"))
    title = Text.assemble(("Memorizer ", "bold"), memorizer.__version__)
    stderr = console.err()
    stderr.print(Panel(table, title=title, title_align="left", expand=False, padding=(1, 2)))
    stderr.print(Text(f"{tip}\nPress Ctrl-C to stop.".strip(), style="dim"))
    stderr.print()
