"""Out of file descriptors: asyncio would say so thousands of times a second, with a traceback."""

import asyncio
import resource
from time import monotonic
from typing import Any, Final

import structlog

log = structlog.get_logger()

QUIET_SECONDS: Final = 10.0
_SIGN: Final = "socket.accept() out of system resource"


class FdLimitFilter:
    """The event loop's exception handler: says it now and then, and leaves all else as it was."""

    def __init__(self) -> None:
        self._said_at = -QUIET_SECONDS

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("message") != _SIGN:
            loop.default_exception_handler(context)
        elif monotonic() - self._said_at >= QUIET_SECONDS:
            self._said_at = monotonic()
            limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            log.error(
                "no more connections can be taken",
                error=f"All {limit:,} files that this process may have open are in use. Close "
                "clients, or raise the limit (`ulimit -n`, LimitNOFILE= in systemd).",
            )
