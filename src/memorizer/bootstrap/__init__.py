"""Composition root: builds services and workers from settings and adapters."""

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
    chosen_reranker,
    embedder_factory,
    job_queue,
    open_database,
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
    from fastapi import FastAPI  # costs a fifth of a second

__all__ = ["Container", "lifespan", "open_services", "running", "warn_of_mismatch", "warn_of_queue"]

log = structlog.get_logger()

QUEUE_SECONDS: Final = 2.0
"""Timeout of the queue check at the start."""


@asynccontextmanager
async def open_services(
    settings: Settings,
    *,
    embedder: Embedder | None = None,
    writer: TitleWriter | None = None,
    may_move_queue: bool = False,
    examine: bool = False,
) -> AsyncIterator[Container]:
    """Open the database and build everything; closed in the opposite order.

    `embedder` and `writer` replace the configured models. With `examine`, the integrity of a
    database file is checked first. Raises Misconfigured for a newer schema or a queue that is
    elsewhere, StorageUnavailable.
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
        registry = EmbedderRegistry(embedder_factory(settings, telemetry, supervisor))
        stack.push_async_callback(registry.close)
        if embedder is None:
            embedder = await chosen_embedder(settings, registry)
        registry.use(embedder)
        active_model = ActiveModelResolver(database, registry)
        fallback = None
        if writer is None:
            writer, fallback = title_writers(settings, embedder, stack)
        reranker = chosen_reranker(settings, stack)
        queue, job_reader = await job_queue(settings, database, clock, stack, supervisor)
        adapters = Adapters(
            database,
            queue,
            job_reader,
            database.signals,
            embedder,
            active_model,
            writer,
            fallback,
            clock,
            telemetry,
            supervisor,
            reranker,
        )
        services = services_of(adapters, settings)
        stack.push_async_callback(services.close)
        await services.auth.requires_token()  # known from here on, even without the database
        yield Container(services, worker_of(adapters, services, settings), metrics, adapters)


def lifespan(
    settings: Settings,
    agents: HttpTransport | None = None,
    check: Callable[[Services], Awaitable[None]] | None = None,
) -> Callable[["FastAPI"], AbstractAsyncContextManager[None]]:
    """Return the lifespan of the web application: it opens the services, MCP and a worker.

    `check` may raise to prevent the start; no worker has begun then.
    """

    @asynccontextmanager
    async def open_for(app: "FastAPI") -> AsyncIterator[None]:
        from memorizer.http.app_state import state_of  # noqa: PLC0415 - slow, as above

        async with AsyncExitStack() as stack:
            container = await stack.enter_async_context(
                open_services(settings, may_move_queue=True, examine=True)
            )
            state = state_of(app)
            state.services = container.services
            state.metrics_registry = container.metrics
            if check is not None:
                await check(container.services)
            if agents is not None:
                await stack.enter_async_context(agents.serving(container.services))
            await warn_of_mismatch(container)
            await warn_of_queue(container)
            warming = asyncio.create_task(warm_up(container.adapters.database))
            warming.add_done_callback(_report_failed_warm_up)
            stack.push_async_callback(asyncio.wait, {warming})
            if not settings.worker:
                yield
                return
            async with running(container.worker):
                yield

    return open_for


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[None]:
    """Run a worker in the background, and drain it at the end."""
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


async def warn_of_queue(container: Container) -> None:
    """Log what endangers jobs; a queue that does not answer has logged that itself."""
    with suppress(Unavailable, TimeoutError):
        async with asyncio.timeout(QUEUE_SECONDS):
            if warning := await container.adapters.queue.check():
                log.warning("jobs are in danger", problem=warning)


async def warn_of_mismatch(container: Container) -> None:
    """Log when the memories are embedded with another model than the configured one."""
    if problem := await container.adapters.active_model.mismatch_message():
        log.warning("the embedding model was changed", problem=problem)
