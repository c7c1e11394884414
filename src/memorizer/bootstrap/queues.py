"""Settings → the job queue: tables of the database, or Redis."""

import asyncio
from contextlib import AsyncExitStack
from importlib.util import find_spec

from memorizer.adapters.sql.queue import DatabaseJobQueue
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap.databases import OpenDatabase, open_database
from memorizer.bootstrap.extras import install
from memorizer.domain.errors import Misconfigured
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobInsights, JobQueue
from memorizer.settings import Settings, variable
from memorizer.supervision import Supervisor


async def job_queue(
    settings: Settings,
    database: OpenDatabase,
    clock: Clock,
    stack: AsyncExitStack,
    supervisor: Supervisor,
) -> tuple[JobQueue, JobInsights]:
    """The queue on Redis, or in the database. Raises Misconfigured."""
    if settings.redis_url is None:
        queue = DatabaseJobQueue(database)
        return queue, queue
    _require_bullmq()
    # costs a fifth of a second, which who has no Redis need not spend
    from memorizer.adapters.bullmq.factory import open_engine  # noqa: PLC0415

    engine = await stack.enter_async_context(
        open_engine(
            settings.redis_url.get_secret_value(),
            settings.redis_prefix,
            database,
            database.signals,
            clock,
            lease_ms=settings.lease_ms,
            supervisor=supervisor,
        )
    )
    return engine.queue, engine.insights


async def take_over(settings: Settings) -> bool:
    """Make the keys in Redis this store's own; False when they are already.

    Raises Misconfigured while the other store's workers are alive, QueueUnavailable.
    """
    if settings.redis_url is None:
        raise Misconfigured(
            f"{variable('redis_url')} is not set: the job queues are in the database, "
            "which nobody else has."
        )
    _require_bullmq()
    from memorizer.adapters.bullmq.factory import take_over  # noqa: PLC0415 - as above

    clock = SystemClock()
    database = await open_database(settings, clock, may_move_queue=False)
    try:
        store_id = await database.read(lambda tx: tx.dispatches.store_id())
    finally:
        await asyncio.to_thread(database.close)
    return await take_over(
        settings.redis_url.get_secret_value(),
        settings.redis_prefix,
        store_id,
        clock,
        lease_ms=settings.lease_ms,
    )


def _require_bullmq() -> None:
    """Raises Misconfigured when it is not installed."""
    if find_spec("bullmq") is None:
        raise Misconfigured(
            f"{variable('redis_url')} is set, which needs BullMQ. " + install("redis")
        )
