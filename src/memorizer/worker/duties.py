"""Things to be done again and again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from memorizer.domain.errors import MemorizerError, QueueUnavailable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Duty:
    """Something a worker does every `seconds`, beginning at once."""

    name: str
    seconds: float
    run: Callable[[], Awaitable[object]]
    rest_seconds: float | None = None
    """Until the next turn, when the last one gave something other than nothing; else `seconds`."""

    def pause_after(self, result: object) -> float:
        return self.rest_seconds if result and self.rest_seconds is not None else self.seconds


async def perform(duty: Duty, stop: asyncio.Event) -> None:
    """Do the duty until told to stop; a failure is logged and the next turn comes all the same."""
    while not stop.is_set():
        result: object = None
        try:
            result = await duty.run()
        except QueueUnavailable as error:
            log.debug("duty waits for the queue", duty=duty.name, error=str(error))
        except MemorizerError as error:
            log.warning("duty failed", duty=duty.name, error=str(error))
        except Exception:  # a bug in one duty must not end the others
            log.exception("duty broke", duty=duty.name)
        await pause(duty.pause_after(result), stop)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Wait, but not longer than until the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
