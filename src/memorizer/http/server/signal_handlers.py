"""Signal handlers: graceful shutdown on the first SIGTERM or Ctrl-C, exit at once on the second."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_INTERRUPTED = 130


@contextmanager
def on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` in the event loop at the first SIGTERM or Ctrl-C; a second Ctrl-C quits.

    Exiting at once is safe: committed data is on disk, and running jobs are retried later.
    """
    loop = asyncio.get_running_loop()
    stopping = False

    def receive(number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping and number == signal.SIGINT:
            os._exit(EXIT_INTERRUPTED)
        if not stopping:
            stopping = True
            loop.call_soon_threadsafe(stop)

    before = {number: signal.signal(number, receive) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
