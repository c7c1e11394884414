"""What every queue of jobs is asked to do, and how its jobs are counted."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import perf_counter

from benchmarks.peers.drivers.channel import serve


@dataclass(frozen=True, slots=True)
class Work:
    """So many jobs that do nothing, at most `slots` of them at once."""

    place: str
    """Address of the Redis server, or name of the file."""
    name: str
    jobs: int
    slots: int


@dataclass(slots=True)
class Count:
    """From when a worker may begin on a filled queue until the last result is recorded."""

    left: int
    started: float = 0.0
    ended: float = 0.0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        self.started = perf_counter()

    def one(self) -> None:
        """Another result is recorded."""
        self.left -= 1
        if not self.left:
            self.ended = perf_counter()
            self.done.set()

    async def seconds(self) -> float:
        await self.done.wait()
        return self.ended - self.started


def serve_queue(run: Callable[[Work, Count], Awaitable[None]]) -> None:
    """Answer with jobs a second."""

    async def answer(place: str, name: str, jobs: int, slots: int) -> float:
        count = Count(jobs)
        await run(Work(place, name, jobs, slots), count)
        return jobs / (count.ended - count.started)

    serve(run=answer)
