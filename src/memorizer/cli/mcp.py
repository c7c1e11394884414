"""The stdio MCP server behind `memorizer mcp`; imports little, so that it answers at once."""

import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from memorizer.cli import config, workspace_detection
from memorizer.domain.errors import InvalidField, Misconfigured
from memorizer.mcp.pinning import path_to
from memorizer.mcp.stdio.embedded_server import InsideServer
from memorizer.mcp.stdio.http_client import HttpClient
from memorizer.mcp.stdio.proxy import StdioProxy
from memorizer.mcp.stdio.static_replies import StaticReplies
from memorizer.mcp.stdio.transport import StdioTransport

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

    from memorizer.mcp.stdio.asgi_loop import AsgiLoop

GRACE_SECONDS = 10.0


class Stopped(BaseException):
    """SIGTERM or SIGINT arrived."""


def serve(data_dir: Path | None, workspace: str | None = None) -> NoReturn:
    """Serve until the client closes standard input, or until a signal; then exit the process.

    `workspace` is a path, or `auto` for that of the current folder; by default
    what MEMORIZER_WORKSPACE says.
    """
    try:
        pinned = _workspace(workspace, data_dir)
        tools = config.value_of("mcp_tools", data_dir)
        directory = config.data_dir_of(data_dir)
    except (InvalidField, Misconfigured) as error:
        sys.exit(f"error: {error}")
    transport = StdioTransport()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    embedded = InsideServer(lambda: _create_loop(data_dir, pinned), grace_seconds=GRACE_SECONDS)
    replies = StaticReplies(tools or "core", pinned)
    bridge = HttpClient(directory, path_to(pinned))
    proxy = StdioProxy(transport, bridge, embedded, replies)
    code = 0
    try:
        proxy.serve()
    except Stopped:
        pass
    except Exception:  # noqa: BLE001 - a bug of ours: the client's log should show it
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)  # threads may still wait for replies that are no longer needed


def _stop(_number: int, _frame: "FrameType | None") -> NoReturn:
    raise Stopped


def _workspace(given: str | None, data_dir: Path | None) -> str | None:
    """Return the workspace to pin, None for all. Raises InvalidField for what is none."""
    return workspace_detection.chosen(given or config.value_of("workspace", data_dir), Path.cwd())


def _create_loop(data_dir: Path | None, workspace: str | None = None) -> "AsgiLoop":
    """Import and configure the embedded server; slow. Raises Misconfigured."""
    from memorizer.bootstrap import open_services, running
    from memorizer.cli import logs, session
    from memorizer.mcp.http_transport import HttpTransport
    from memorizer.mcp.stdio.asgi_loop import AsgiLoop

    settings = session.load_settings(data_dir=data_dir)
    session.open_data_dir(settings.data_dir)
    logs.configure("warning", settings.log_format)

    @asynccontextmanager
    async def opened() -> "AsyncIterator[ASGIApp]":
        transport = HttpTransport(settings.mcp_tools)
        async with AsyncExitStack() as stack:
            container = await stack.enter_async_context(open_services(settings, examine=True))
            await stack.enter_async_context(transport.serving(container.services))
            if settings.worker:
                await stack.enter_async_context(running(container.worker))
            await transport.loaded()
            yield transport

    return AsgiLoop(opened, workspace)
