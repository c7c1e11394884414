"""A log filter for asyncio's error when a process has no free file descriptors."""

import asyncio
import resource
from time import monotonic
from typing import Any, Final

import structlog

log = structlog.get_logger()

QUIET_SECONDS: Final = 10.0
_MESSAGE: Final = "socket.accept() out of system resource"


class FdLimitFilter:
    """An exception handler for the event loop: logs this error every QUIET_SECONDS at most."""

    def __init__(self) -> None:
        self._logged_at = -QUIET_SECONDS

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("message") != _MESSAGE:
            loop.default_exception_handler(context)
        elif monotonic() - self._logged_at >= QUIET_SECONDS:
            self._logged_at = monotonic()
            limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
            log.error(
                "no more connections can be taken",
                error=f"All {limit:,} files that this process may have open are in use. Close "
                "clients, or raise the limit (`ulimit -n`, LimitNOFILE= in systemd).",
            )
