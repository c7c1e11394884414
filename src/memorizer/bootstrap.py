"""Puts the parts together: the only place that knows settings and adapters at once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.prometheus import PrometheusTelemetry
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.sqlite.queue import SqliteJobQueue
from memorizer.adapters.system_clock import SystemClock
from memorizer.adapters.titles.extractive import ExtractiveTitleWriter
from memorizer.domain.jobs import Queue
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedder
from memorizer.ports.signals import Signals
from memorizer.ports.telemetry import Telemetry
from memorizer.ports.titles import TitleWriter
from memorizer.services import Services
from memorizer.services.embedding import Embedding
from memorizer.services.forget import Forget
from memorizer.services.health import Health
from memorizer.services.history import History
from memorizer.services.jobs import Jobs
from memorizer.services.recall import Recall
from memorizer.services.relate import Relate
from memorizer.services.remember import Remember
from memorizer.services.revise import Revise
from memorizer.services.statistics import Statistics
from memorizer.services.upkeep import Upkeep
from memorizer.services.watch import Watch
from memorizer.settings import Settings
from memorizer.tasks.bulk_regeneration import BulkRegenerate
from memorizer.tasks.embedding_regeneration import RegenerateEmbedding
from memorizer.tasks.slice_regeneration import RegenerateSlice
from memorizer.tasks.title_generation import GenerateTitle
from memorizer.worker.duties import Duty
from memorizer.worker.engine import WorkerEngine

if TYPE_CHECKING:
    from fastapi import FastAPI  # costs a fifth of a second, which a command has not to spare

log = structlog.get_logger()

DATABASE_FILE: Final = "memorizer.db"
DAY_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, slots=True)
class Parts:
    """The adapters behind the ports."""

    database: SqliteDatabase
    queue: SqliteJobQueue
    signals: Signals
    embedder: Embedder
    writer: TitleWriter
    clock: Clock
    telemetry: Telemetry


@dataclass(frozen=True, slots=True)
class Assembly:
    """Memorizer, ready for a door: HTTP, a worker, or the command line."""

    services: Services
    worker: WorkerEngine
    metrics: CollectorRegistry
    parts: Parts


@asynccontextmanager
async def open_services(
    settings: Settings, *, embedder: Embedder | None = None, writer: TitleWriter | None = None
) -> AsyncIterator[Assembly]:
    """Open the database and assemble everything; closed in the opposite order.

    Other models can be put in the place of the configured ones. Raises Misconfigured for a
    newer schema, StorageUnavailable.
    """
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = settings.data_dir / DATABASE_FILE
        database = await asyncio.to_thread(
            SqliteDatabase, path, clock, lease_ms=_lease_ms(settings)
        )
        stack.push_async_callback(asyncio.to_thread, database.close)
        metrics = CollectorRegistry()
        telemetry = PrometheusTelemetry(metrics)
        if embedder is None:
            embedder = _bundled(settings, telemetry, stack)
        writer = writer or ExtractiveTitleWriter(embedder)
        queue = SqliteJobQueue(database)
        parts = Parts(database, queue, database.signals, embedder, writer, clock, telemetry)
        yield Assembly(_services(parts), _worker(parts, settings), metrics, parts)


def lifespan(settings: Settings) -> Callable[["FastAPI"], AbstractAsyncContextManager[None]]:
    """What the web application opens at its start and closes at its end."""

    @asynccontextmanager
    async def open_for(app: "FastAPI") -> AsyncIterator[None]:
        async with open_services(settings) as assembly:
            app.state.services = assembly.services
            app.state.metrics = assembly.metrics
            if not settings.worker:
                yield
                return
            async with running(assembly.worker):
                yield

    return open_for


@asynccontextmanager
async def running(worker: WorkerEngine) -> AsyncIterator[None]:
    """Run a worker beside something else, and wind it down at the end."""
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    task.add_done_callback(_report_crash)
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait({task})


def _report_crash(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.error("the worker ended with an error", exc_info=error)


def _bundled(settings: Settings, telemetry: Telemetry, stack: AsyncExitStack) -> BundledEmbedder:
    embedder = BundledEmbedder(
        telemetry,
        threads=settings.embedding_threads,
        timeout_seconds=settings.embedding_timeout_seconds,
    )
    stack.push_async_callback(embedder.close)
    return embedder


def _services(parts: Parts) -> Services:
    database, clock = parts.database, parts.clock
    history = History(clock)
    embedding = Embedding(parts.embedder, clock)
    return Services(
        remember=Remember(database, embedding, history, clock),
        recall=Recall(database, parts.embedder, parts.telemetry),
        revise=Revise(database, embedding, history, clock),
        relate=Relate(database, history, clock),
        forget=Forget(database, history, clock),
        jobs=Jobs(database, parts.queue, parts.queue, clock),
        watch=Watch(parts.queue, parts.signals),
        statistics=Statistics(database),
        health=Health(database, parts.embedder, parts.queue),
        signals=parts.signals,
    )


def _worker(parts: Parts, settings: Settings) -> WorkerEngine:
    database, queue, clock = parts.database, parts.queue, parts.clock
    embedding = Embedding(parts.embedder, clock)
    upkeep = Upkeep(
        database, queue, queue, parts.embedder, clock, int(settings.job_retention_days * DAY_MS)
    )
    return WorkerEngine(
        jobs=queue,
        insights=queue,
        signals=parts.signals,
        clock=clock,
        telemetry=parts.telemetry,
        tasks=(
            GenerateTitle(database, parts.writer, embedding, History(clock)),
            RegenerateEmbedding(database, embedding),
            BulkRegenerate(database, queue, parts.signals, embedding, clock),
            RegenerateSlice(database, embedding, clock),
        ),
        slots={
            Queue.TITLES: settings.title_concurrency,
            Queue.EMBEDDINGS: settings.embedding_concurrency,
            Queue.SLICES: settings.embedding_concurrency,
        },
        duties=(
            Duty("embed pending memories", 30, upkeep.embed_pending),
            Duty("purge retired vectors", 30, upkeep.purge_vectors),
            Duty("prune old jobs", 3_600, upkeep.prune),
        ),
        grace_seconds=settings.grace_seconds,
        lease_ms=_lease_ms(settings),
    )


def _lease_ms(settings: Settings) -> int:
    return int(settings.lease_seconds * 1_000)
