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


async def perform(duty: Duty, stop: asyncio.Event) -> None:
    """Do the duty until told to stop; a failure is logged and the next turn comes all the same."""
    while not stop.is_set():
        try:
            await duty.run()
        except QueueUnavailable as error:
            log.debug("duty waits for the queue", duty=duty.name, error=str(error))
        except MemorizerError as error:
            log.warning("duty failed", duty=duty.name, error=str(error))
        except Exception:  # a bug in one duty must not end the others
            log.exception("duty broke", duty=duty.name)
        await pause(duty.seconds, stop)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Wait, but not longer than until the stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
