"""Settings → the job queue: tables of the database, or Redis."""

from contextlib import AsyncExitStack
from importlib.util import find_spec

from memorizer.adapters.sql.queue import DatabaseJobQueue
from memorizer.bootstrap.databases import OpenDatabase
from memorizer.bootstrap.extras import install
from memorizer.domain.errors import Misconfigured
from memorizer.ports.clock import Clock
from memorizer.ports.jobs import JobInsights, JobQueue
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
    if find_spec("bullmq") is None:
        raise Misconfigured(
            f"{variable('redis_url')} is set, which needs BullMQ. " + install("redis")
        )
    # costs a fifth of a second, which who has no Redis need not spend
    from memorizer.adapters.bullmq.engine import open_engine  # noqa: PLC0415

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
