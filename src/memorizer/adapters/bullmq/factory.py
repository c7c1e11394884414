"""The Redis engine put together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.events import Events
from memorizer.adapters.bullmq.insights import BullmqInsights
from memorizer.adapters.bullmq.owner import Owner
from memorizer.adapters.bullmq.queue import BullmqJobQueue
from memorizer.adapters.bullmq.repairs import Repairs
from memorizer.adapters.bullmq.server import Server
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.adapters.bullmq.worker_registry import WorkerRegistry
from memorizer.domain.errors import MemorizerError, Misconfigured
from memorizer.domain.jobs import Queue
from memorizer.ports.clock import Clock
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database
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
    link = RedisConnection(url)
    queues = {queue: Transitions(link, queue, prefix, lease_ms) for queue in Queue}
    server = Server(link)
    owner = Owner(link, prefix, await database.read(lambda tx: tx.outbox.store_id()))
    try:
        await owner.start(server)
    except BaseException:
        await link.close()
        raise
    roster = WorkerRegistry(link, prefix, clock, lease_ms)
    repairs = Repairs(queues, database, server)
    insights = BullmqInsights(link, queues, roster, repairs, database)
    dispatcher = Dispatcher(
        link,
        queues,
        repairs=repairs,
        owner=owner,
        server=server,
        database=database,
        signals=signals,
        prefix=prefix,
    )
    queue = BullmqJobQueue(
        link,
        queues,
        roster=roster,
        insights=insights,
        dispatcher=dispatcher,
        repairs=repairs,
        owner=owner,
        server=server,
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
            await dispatcher.flush_finished()
        await link.close()


async def take_over(url: str, prefix: str, store_id: str, clock: Clock, *, lease_ms: int) -> bool:
    """Make the keys of a prefix this store's own; False when they are already.

    Raises Misconfigured while another store's workers are alive, QueueUnavailable.
    """
    link = RedisConnection(url)
    try:
        workers = await WorkerRegistry(link, prefix, clock, lease_ms).list_alive()
        owner = Owner(link, prefix, store_id)
        if await owner.is_ours():
            return False
        if workers:
            names = ", ".join(f"{each.host} (process {each.pid})" for each in workers)
            raise Misconfigured(
                f"The other installation still works: {names}. Stop it, wait "
                f"{lease_ms / 1_000:.0f} seconds, and try again."
            )
        await owner.take_over()
        return True
    finally:
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
