"""Things to be done again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from memorizer.domain.errors import MemorizerError, QueueUnavailable
from memorizer.supervision import Loop, pause

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class PeriodicTask:
    """Something a worker does every `seconds`, beginning at once."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[object]]
    rest_seconds: float | None = None
    """Until the next turn, when the last one gave something other than nothing; else `seconds`."""

    def pause_after(self, result: object) -> float:
        return self.rest_seconds if result and self.rest_seconds is not None else self.seconds


async def run_periodically(duty: PeriodicTask, stop: asyncio.Event, loop: Loop) -> None:
    """Do the duty until told to stop; an expected failure is logged and the next turn comes."""
    while not stop.is_set():
        result: object = None
        try:
            result = await duty.run()
        except QueueUnavailable as error:
            log.debug("duty waits for the queue", duty=duty.name, error=str(error))
        except MemorizerError as error:
            log.warning("duty failed", duty=duty.name, error=str(error))
        loop.works()
        await pause(duty.pause_after(result), stop)
