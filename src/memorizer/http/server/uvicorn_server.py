"""Uvicorn with a readiness callback, a drain phase and idle time-outs."""

import asyncio
import math
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from memorizer.http.app_state import state_of
from memorizer.http.server.idle_timeout import IdleTimeout
from memorizer.supervision import Supervisor, pause

TICK_SECONDS: Final = 1.0
"""How old the Date header of a reply may be."""


class Server(uvicorn.Server):
    """A Uvicorn server that calls `on_ready` and leaves signals to its caller."""

    def __init__(
        self,
        app: FastAPI,
        *,
        trusted_proxies: Sequence[str] = (),
        grace_seconds: float,
        request_seconds: float,
        stalled_seconds: float,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",  # `cli.server` runs it, to report its errors
                ws="none",
                log_config=None,
                access_log=False,  # the app logs its own requests
                server_header=False,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=list(trusted_proxies),
                timeout_graceful_shutdown=math.ceil(grace_seconds),
            )
        )
        self._state = state_of(app)
        self._stopped = asyncio.Event()
        self.on_ready: Callable[[], None] = _do_nothing
        self._idle_timeout = IdleTimeout(
            lambda: list(self.server_state.connections),
            request_seconds=request_seconds,
            stalled_seconds=stalled_seconds,
        )

    def drain(self, seconds: float) -> None:
        """Report not ready to load balancers, and stop after `seconds`."""
        self._state.is_draining = True
        asyncio.get_running_loop().call_later(seconds, self.stop)

    def stop(self) -> None:
        """Accept no more requests, and end the event streams."""
        self.should_exit = True
        self._stopped.set()
        services = getattr(self._state, "services", None)  # unset until the lifespan has begun
        if services is not None:
            services.signals.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections and to watch for slow clients, then call `on_ready`."""
        await super().startup(sockets)
        services = getattr(self._state, "services", None)
        supervisor = services.supervisor if services is not None else Supervisor()
        watch = supervisor.run("slow clients", self._idle_timeout.watch, asyncio.Event())
        self._idle_task = asyncio.create_task(watch)
        self.on_ready()

    async def main_loop(self) -> None:
        """Tick until `stop`; Uvicorn's own loop wakes up ten times a second to look."""
        while not await self.on_tick(0):
            await pause(TICK_SECONDS, self._stopped)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, then stop to watch them."""
        await super().shutdown(sockets)
        self._idle_task.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing: `signal_handlers.on_signals` handles them, for the worker too."""
        yield


def _do_nothing() -> None:
    """Do nothing: the default of `on_ready`."""
