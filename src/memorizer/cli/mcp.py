"""`memorizer mcp`: light enough to answer before a client grows impatient."""

import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from memorizer.mcp.stdio.embedded_server import InsideServer
from memorizer.mcp.stdio.http_client import HttpClient
from memorizer.mcp.stdio.proxy import StdioProxy
from memorizer.mcp.stdio.static_replies import StaticReplies
from memorizer.mcp.stdio.transport import StdioTransport

if TYPE_CHECKING:
    from types import FrameType

    from starlette.types import ASGIApp

    from memorizer.mcp.stdio.asgi_loop import AsgiLoop

USUAL_DIR = "~/.memorizer"
GRACE_SECONDS = 10.0


class Stopped(BaseException):
    """A signal came."""


def serve(data_dir: Path | None) -> NoReturn:
    """Speak the protocol until the client closes its end, or a signal comes."""
    wire = StdioTransport()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    inside = InsideServer(lambda: _loop(data_dir), grace_seconds=GRACE_SECONDS)
    card = StaticReplies(os.environ.get("MEMORIZER_MCP_TOOLS") or "core")
    front = StdioProxy(wire, HttpClient(_directory(data_dir)), inside, card)
    code = 0
    try:
        front.serve()
    except Stopped:
        pass
    except Exception:  # noqa: BLE001 - a fault of ours: the client's log should have it
        traceback.print_exc()
        code = 1
    sys.stderr.flush()
    os._exit(code)  # threads may still wait for answers that nobody wants any more


def _stop(_number: int, _frame: "FrameType | None") -> NoReturn:
    raise Stopped


def _directory(given: Path | None) -> Path:
    """As the settings have it, without the quarter of a second that they take."""
    return given or Path(os.environ.get("MEMORIZER_DATA_DIR") or USUAL_DIR).expanduser()


def _loop(data_dir: Path | None) -> "AsgiLoop":
    """Everything slow. Raises Misconfigured."""
    from memorizer.bootstrap import open_services, running
    from memorizer.cli import config, logs
    from memorizer.mcp.http_transport import HttpTransport
    from memorizer.mcp.stdio.asgi_loop import AsgiLoop

    settings = config.load(data_dir=data_dir)
    config.open_data_dir(settings.data_dir)
    logs.configure("warning", settings.log_format)

    @asynccontextmanager
    async def opened() -> "AsyncIterator[ASGIApp]":
        endpoint = HttpTransport(settings.mcp_tools)
        async with AsyncExitStack() as stack:
            container = await stack.enter_async_context(open_services(settings, examine=True))
            await stack.enter_async_context(endpoint.serving(container.services))
            if settings.worker:
                await stack.enter_async_context(running(container.worker))
            await endpoint.loaded()
            yield endpoint

    return AsgiLoop(opened)
