"""Puts the parts together: the only place that knows settings and adapters at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.registry import EmbedderRegistry
from memorizer.adapters.prometheus import LoopMetrics, PrometheusTelemetry
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap.adapters import (
    chosen_embedder,
    job_queue,
    open_database,
    supplies,
    title_writers,
)
from memorizer.bootstrap.container import Adapters, Container, services_of, worker_of
from memorizer.domain.errors import Unavailable
from memorizer.mcp.http_transport import HttpTransport
from memorizer.ports.embeddings import Embedder
from memorizer.ports.titles import TitleWriter
from memorizer.services import Services
from memorizer.services.embedding import ActiveModelResolver
from memorizer.services.maintenance import warm_up
from memorizer.settings import Settings
from memorizer.supervision import Supervisor
from memorizer.worker.worker import Worker

if TYPE_CHECKING:
    from fastapi import FastAPI  # costs a fifth of a second, which a command has not to spare

__all__ = ["Container", "lifespan", "open_services", "running", "warn_of_mismatch", "warn_of_queue"]

log = structlog.get_logger()

QUEUE_SECONDS: Final = 2.0
"""How long a start waits for the queue to say how it is."""


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    writer: TitleWriter | None = None,
    may_move_queue: bool = False,
    examine: bool = False,
) -> AsyncIterator[Container]:
    """Open the database and assemble everything; closed in the opposite order.

    Other models can be put in the place of the configured ones. With `examine`, a database file
    is looked through first, as whoever stays for long should. Raises Misconfigured for a
    newer schema or a queue that is elsewhere, StorageUnavailable.
    """
    async with AsyncExitStack() as stack:
        clock, supervisor = SystemClock(), Supervisor()
        database = await open_database(
            settings,
            clock,
            may_move_queue=may_move_queue,
            examine=examine,
            supervisor=supervisor,
        )
        stack.push_async_callback(asyncio.to_thread, database.close)
        metrics = CollectorRegistry()
        metrics.register(LoopMetrics(supervisor))
        telemetry = PrometheusTelemetry(metrics)
        shelf = EmbedderRegistry(supplies(settings, telemetry, supervisor))
        stack.push_async_callback(shelf.close)
        if embedder is None:
            embedder = await chosen_embedder(settings, shelf)
        shelf.use(embedder)
        spaces = ActiveModelResolver(database, shelf)
        fallback = None
        if writer is None:
            writer, fallback = title_writers(settings, embedder, stack)
        queue, insights = await job_queue(settings, database, clock, stack, supervisor)
        parts = Adapters(
            database,
            queue,
            insights,
            database.signals,
            embedder,
            spaces,
            writer,
            fallback,
            clock,
            telemetry,
            supervisor,
        )
        services = services_of(parts, settings)
        stack.push_async_callback(services.close)
        await services.auth.requires_token()  # known from here on, even without the database
        yield Container(services, worker_of(parts, services, settings), metrics, parts)


def lifespan(
    settings: Settings,
    agents: HttpTransport | None = None,
    check: Callable[[Services], Awaitable[None]] | None = None,
) -> Callable[["FastAPI"], AbstractAsyncContextManager[None]]:
    """What the web application opens at its start and closes at its end.

    The check raises where it must not start after all; no work has begun then.
    """

    @asynccontextmanager
    async def open_for(app: "FastAPI") -> AsyncIterator[None]:
        from memorizer.http.app_state import state_of  # noqa: PLC0415 - slow, as above

        async with AsyncExitStack() as stack:
            assembly = await stack.enter_async_context(
                open_services(settings, may_move_queue=True, examine=True)
            )
            state = state_of(app)
            state.services = assembly.services
            state.metrics_registry = assembly.metrics
            if check is not None:
                await check(assembly.services)
            if agents is not None:
                await stack.enter_async_context(agents.serving(assembly.services))
            await warn_of_mismatch(assembly)
            await warn_of_queue(assembly)
            warming = asyncio.create_task(warm_up(assembly.parts.database))
            warming.add_done_callback(_report_failed_warm_up)
            stack.push_async_callback(asyncio.wait, {warming})
            if not settings.worker:
                yield
                return
            async with running(assembly.worker):
                yield

    return open_for


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Run a worker beside something else, and wind it down at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task})


def _report_failed_warm_up(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.warning("the first search will take longer: warming up failed", exc_info=error)


async def warn_of_queue(assembly: Container) -> None:
    """Say in the log what endangers jobs; a queue that does not answer has said so itself."""
    with suppress(Unavailable, TimeoutError):
        async with asyncio.timeout(QUEUE_SECONDS):
            if warning := await assembly.parts.queue.check():
                log.warning("jobs are in danger", problem=warning)


async def warn_of_mismatch(assembly: Container) -> None:
    """Say in the log when the memories are embedded with another model than the configured one."""
    if problem := await assembly.parts.spaces.mismatch_message():
        log.warning("the embedding model was changed", problem=problem)
