"""A server embedded in this process, loaded in a thread of its own.

Standard library only, so that `memorizer mcp` answers at once; asgi_loop.py imports the rest.
"""

import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Protocol

from memorizer.mcp.stdio import messages
from memorizer.mcp.stdio.messages import Request

Put = Callable[[bytes | None], None]
"""Called with each reply to a call, and with None after the last."""


class Loop(Protocol):
    """An event loop with the application, which is slow to import."""

    def run(self, on_ready: Callable[[], None]) -> None:
        """Open the application, call `on_ready`, and serve until `stop`; blocks its thread."""
        ...

    def call(self, request: Request, put: Put) -> None:
        """Start a call; its replies go to `put`."""
        ...

    def stop(self) -> None:
        """Make `run` return."""
        ...


class InsideServer:
    """Implements proxy.Inside. After a failed load, the next call tries again."""

    def __init__(self, make: Callable[[], Loop], *, grace_seconds: float) -> None:
        self._make = make
        self._grace_seconds = grace_seconds
        self._lock = threading.Lock()
        self._loading: _Loading | None = None

    @property
    def is_ready(self) -> bool:
        """Whether calls are answered without waiting for the load."""
        return self._loading is not None and self._loading.is_ready

    def load(self) -> None:
        """Start loading, if that has not begun."""
        self._begun()

    def exchange(self, request: Request) -> Iterator[bytes]:
        """Send a request and yield the replies; waits for the load."""
        loading = self._begun()
        loading.settled.wait()
        if loading.loop is None:
            yield messages.refusal(request.id, messages.INTERNAL_ERROR, loading.problem)
            return
        answers: SimpleQueue[bytes | None] = SimpleQueue()
        loading.loop.call(request, answers.put)
        while (each := answers.get()) is not None:
            yield each

    def close(self) -> None:
        """Stop the loop, if it is loaded; a load that still runs has opened nothing yet."""
        if self._loading is not None and self._loading.loop is not None:
            self._loading.loop.stop()
            self._loading.thread.join(self._grace_seconds)

    def _begun(self) -> "_Loading":
        with self._lock:
            if self._loading is None or self._loading.problem:
                self._loading = _Loading(self._make)
            return self._loading


class _Loading:
    """One attempt to load."""

    def __init__(self, make: Callable[[], Loop]) -> None:
        self._make = make
        self.loop: Loop | None = None
        self.problem = ""
        self.settled = threading.Event()
        self.thread = threading.Thread(target=self._run, name="memorizer", daemon=True)
        self.thread.start()

    @property
    def is_ready(self) -> bool:
        return self.settled.is_set() and not self.problem

    def _run(self) -> None:
        try:
            loop = self._make()
            loop.run(lambda: self._ready(loop))
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told instead of left waiting
            self.loop = None
            self.problem = str(error) or type(error).__name__
        finally:
            self.settled.set()

    def _ready(self, loop: Loop) -> None:
        self.loop = loop
        self.settled.set()
