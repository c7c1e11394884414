"""Restarts long-running loops after unexpected errors.

A loop handles expected errors itself (a server that is away, a full disk). The others, bugs and
surprises of libraries, are logged with their traceback when a loop begins to fail and once more
when it works again, counted, and listed in `Supervisor.failures` meanwhile.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from time import time
from typing import Final

import structlog

from memorizer.domain.jobs import backoff_ms

log = structlog.get_logger()

FIRST_PAUSE_MS: Final = 100
MAX_PAUSE_MS: Final = 30_000


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing loop: `since` in ms since 1970, and its newest error."""

    loop: str
    since: int
    error: str


class Loop:
    """The state of one loop, reported from any thread."""

    def __init__(self, name: str, count: Callable[[str], None]) -> None:
        self.name = name
        self.failure: Failure | None = None
        self._count = count
        self._failures = 0

    def failed(self, error: BaseException) -> float:
        """Record an unexpected error; return the seconds to wait before the next start."""
        reason = f"{type(error).__name__}: {error}".removesuffix(": ")
        if self.failure is None:
            log.error("a loop failed and is started again", loop=self.name, exc_info=error)
            self.failure = Failure(self.name, int(time() * 1_000), reason)
        else:
            log.debug("a loop failed again", loop=self.name, error=reason)
            self.failure = Failure(self.name, self.failure.since, reason)
        self._count(self.name)
        self._failures += 1
        pause_ms = backoff_ms(
            self._failures, jitter=0, first_ms=FIRST_PAUSE_MS, most_ms=MAX_PAUSE_MS
        )
        return pause_ms / 1_000

    def works(self) -> None:
        """Record a successful turn; cheap enough to be called at each."""
        if self.failure is not None:
            self.failure = None
            self._failures = 0
            log.info("a loop works again", loop=self.name)


class Supervisor:
    """Restarts the loops of one process, and knows which of them fail."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loops: set[Loop] = set()
        self._restarts: Counter[str] = Counter()

    @property
    def failures(self) -> list[Failure]:
        """The failing loops, sorted by name."""
        with self._lock:
            loops = list(self._loops)
        failures = [loop.failure for loop in loops]
        return sorted((f for f in failures if f is not None), key=lambda failure: failure.loop)

    @property
    def restarts(self) -> Mapping[str, int]:
        """Number of restarts by loop; 0 for those that never failed."""
        with self._lock:
            return dict(self._restarts)

    def add(self, name: str) -> Loop:
        """Add a loop that reports by itself; `remove` it at its end."""
        loop = Loop(name, self._count)
        with self._lock:
            self._loops.add(loop)
            self._restarts[name] += 0
        return loop

    def remove(self, loop: Loop) -> None:
        """Remove a loop that has ended."""
        with self._lock:
            self._loops.discard(loop)

    async def run(
        self, name: str, work: Callable[[Loop], Awaitable[None]], stop: asyncio.Event
    ) -> None:
        """Await `work`, again after errors, until it returns; after the stop at most once more."""
        with self._added(name) as loop:
            while True:
                is_last = stop.is_set()
                try:
                    await work(loop)
                except asyncio.CancelledError as error:
                    if _is_being_cancelled():
                        raise
                    seconds = loop.failed(error)  # something that it waited for was cancelled
                except Exception as error:
                    seconds = loop.failed(error)
                    if _is_being_cancelled():  # the error came in the place of the cancellation
                        raise asyncio.CancelledError from error
                else:
                    return
                if is_last:
                    return
                await pause(seconds, stop)

    def run_in_thread(
        self, name: str, work: Callable[[Loop], None], stopping: threading.Event
    ) -> None:
        """Call `work`, again after errors, until it returns or fails after the stop."""
        with self._added(name) as loop:
            while True:
                try:
                    work(loop)
                except Exception as error:  # noqa: BLE001 - logged by `failed`
                    if stopping.wait(loop.failed(error)):
                        return
                else:
                    return

    @contextmanager
    def _added(self, name: str) -> Iterator[Loop]:
        loop = self.add(name)
        try:
            yield loop
        finally:
            self.remove(loop)

    def _count(self, name: str) -> None:
        with self._lock:
            self._restarts[name] += 1


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Sleep for `seconds`, or until the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
