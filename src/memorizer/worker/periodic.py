"""Tasks that a worker repeats."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from memorizer.domain.errors import MemorizerError, QueueUnavailable
from memorizer.supervision import Loop, pause

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """A task that a worker runs every `seconds`, first at its start."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[object]]
    rest_seconds: float | None = None
    """The pause after a run that returned something true; None: `seconds`."""

    def pause_after(self, result: object) -> float:
        """Return the pause in seconds after a run with this result."""
        return self.rest_seconds if result and self.rest_seconds is not None else self.seconds


async def run_periodically(task: PeriodicTask, stop: asyncio.Event, loop: Loop) -> None:
    """Run the task until `stop` is set; expected errors are logged and do not end it."""
    while not stop.is_set():
        result: object = None
        try:
            result = await task.run()
        except QueueUnavailable as error:
            log.debug("a periodic task waits for the queue", task=task.name, error=str(error))
        except MemorizerError as error:
            log.warning("a periodic task failed", task=task.name, error=str(error))
        loop.works()
        await pause(task.pause_after(result), stop)
