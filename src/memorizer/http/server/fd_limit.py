"""An event-loop exception handler that rate-limits the out-of-file-descriptors error."""

import asyncio
import resource
from time import monotonic
from typing import Any, Final

import structlog

log = structlog.get_logger()

QUIET_SECONDS: Final = 10.0
_MESSAGE: Final = "socket.accept() out of system resource"


class FdLimitFilter:
    """An event-loop exception handler: logs this error at most once in QUIET_SECONDS."""

    def __init__(self) -> None:
        self._logged_at = -QUIET_SECONDS

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Handle an error of the event loop; log the file limit at most once per QUIET_SECONDS."""
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
