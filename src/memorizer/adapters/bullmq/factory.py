"""Builds the job queue on Redis."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.events import EventListener
from memorizer.adapters.bullmq.job_reader import BullmqJobReader
from memorizer.adapters.bullmq.owner import Owner
from memorizer.adapters.bullmq.queue import BullmqJobQueue
from memorizer.adapters.bullmq.repairs import Repairs
from memorizer.adapters.bullmq.server_info import ServerInfo
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.adapters.bullmq.worker_registry import WorkerRegistry
from memorizer.domain.errors import MemorizerError, Misconfigured
from memorizer.domain.jobs import Queue
from memorizer.ports.clock import Clock
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database
from memorizer.supervision import Loop, Supervisor

CANCEL_RETRY_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class BullmqBackend:
    """The job queue, its read side, and what sends jobs to Redis."""

    queue: BullmqJobQueue
    job_reader: BullmqJobReader
    dispatcher: Dispatcher


@asynccontextmanager
async def open_backend(
    url: str,
    prefix: str,
    database: Database,
    signals: Signals,
    clock: Clock,
    *,
    lease_ms: int,
    supervisor: Supervisor | None = None,
) -> AsyncIterator[BullmqBackend]:
    """Run the dispatcher and the event listeners until the end. Raises Misconfigured.

    An absent Redis is no error here: each call raises, and jobs wait in the outbox.
    """
    connection = RedisConnection(url)
    queues = {queue: Transitions(connection, queue, prefix, lease_ms) for queue in Queue}
    server = ServerInfo(connection)
    owner = Owner(connection, prefix, await database.read(lambda tx: tx.outbox.store_id()))
    try:
        await owner.start(server)
    except BaseException:
        await connection.close()
        raise
    workers = WorkerRegistry(connection, prefix, clock, lease_ms)
    repairs = Repairs(queues, database, server)
    job_reader = BullmqJobReader(connection, queues, workers, repairs, database)
    dispatcher = Dispatcher(
        connection,
        queues,
        repairs=repairs,
        owner=owner,
        server=server,
        database=database,
        signals=signals,
        prefix=prefix,
    )
    queue = BullmqJobQueue(
        connection,
        queues,
        workers=workers,
        job_reader=job_reader,
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
        loops[f"events {each}"] = EventListener(connection, each, prefix, signals).run
    tasks = [asyncio.create_task(supervisor.run(*loop, stop)) for loop in loops.items()]
    try:
        yield BullmqBackend(queue, job_reader, dispatcher)
    finally:
        stop.set()
        await _end(tasks)
        with suppress(MemorizerError):  # then the next start reconciles
            await dispatcher.flush_finished()
        await connection.close()


async def take_over(url: str, prefix: str, store_id: str, clock: Clock, *, lease_ms: int) -> bool:
    """Make this store the owner of a prefix; False when it is already.

    Raises Misconfigured while another store's workers are alive, QueueUnavailable.
    """
    connection = RedisConnection(url)
    try:
        workers = await WorkerRegistry(connection, prefix, clock, lease_ms).list_alive()
        owner = Owner(connection, prefix, store_id)
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
        await connection.close()


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they end: redis-py may swallow a cancellation.

    It reads with `asyncio.timeout(0)`, which takes a cancellation at the same moment for its own.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_RETRY_SECONDS)
