"""The Redis engine put together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.events import Events
from memorizer.adapters.bullmq.insights import BullmqInsights
from memorizer.adapters.bullmq.link import RedisLink
from memorizer.adapters.bullmq.moves import QueueMoves
from memorizer.adapters.bullmq.queue import BullmqJobQueue
from memorizer.adapters.bullmq.roster import Roster
from memorizer.domain.errors import MemorizerError
from memorizer.domain.jobs import Queue
from memorizer.ports.clock import Clock
from memorizer.ports.signals import Signals
from memorizer.ports.unit_of_work import Database
from memorizer.supervision import Loop, Supervisor

CANCEL_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class BullmqEngine:
    """The two ports of the job queue, and what hands jobs over to it."""

    queue: BullmqJobQueue
    insights: BullmqInsights
    dispatcher: Dispatcher


@asynccontextmanager
async def open_engine(
    url: str,
    prefix: str,
    database: Database,
    signals: Signals,
    clock: Clock,
    *,
    lease_ms: int,
    supervisor: Supervisor | None = None,
) -> AsyncIterator[BullmqEngine]:
    """Connect when needed, and hand over jobs and events until the end. Raises Misconfigured.

    A Redis that is absent is no error here: each call says so, and jobs wait in the database.
    """
    link = RedisLink(url)
    queues = {queue: QueueMoves(link, queue, prefix, lease_ms) for queue in Queue}
    roster = Roster(link, prefix, clock, lease_ms)
    insights = BullmqInsights(link, queues, roster, database)
    dispatcher = Dispatcher(link, queues, database, signals, prefix)
    queue = BullmqJobQueue(
        link,
        queues,
        roster=roster,
        insights=insights,
        dispatcher=dispatcher,
        database=database,
        lease_ms=lease_ms,
    )
    supervisor, stop = supervisor or Supervisor(), asyncio.Event()
    loops: dict[str, Callable[[Loop], Awaitable[None]]] = {"dispatcher": dispatcher.run}
    for each in Queue:
        loops[f"events {each}"] = Events(link, each, prefix, signals).run
    tasks = [asyncio.create_task(supervisor.run(*loop, stop)) for loop in loops.items()]
    try:
        yield BullmqEngine(queue, insights, dispatcher)
    finally:
        stop.set()
        await _end(tasks)
        with suppress(MemorizerError):  # then the next start finds out by comparing
            await dispatcher.write_down_ends()
        await link.close()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until it works: redis-py, which looks for data with a timeout of 0, may swallow one.

    A cancellation that arrives together with that of `asyncio.timeout(0)` is taken for it.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_SECONDS)
