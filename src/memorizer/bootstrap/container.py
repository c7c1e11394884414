"""Builds services and worker from the adapters."""

import socket
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry

from memorizer.adapters.embeddings.query_cache import QueryCachingEmbedders
from memorizer.adapters.formats.mirror.folder import NotesFolder
from memorizer.adapters.formats.record_files import FormatFiles
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.time_expressions import DateparserTimes
from memorizer.bootstrap.adapters import (
    OpenDatabase,
    client_documents,
    document_converter,
    page_fetcher,
    token_verifier,
)
from memorizer.bootstrap.backups import backup_maker
from memorizer.domain.backups import Schedule
from memorizer.domain.jobs import Queue
from memorizer.domain.secrets import SecretHandling
from memorizer.domain.timestamps import DAY_MS
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedder
from memorizer.ports.job_queue import JobQueue, JobReader
from memorizer.ports.search import Reranker
from memorizer.ports.signals import Signals
from memorizer.ports.telemetry import Telemetry
from memorizer.ports.titles import TitleWriter
from memorizer.services import Services
from memorizer.services.auth import AuthService
from memorizer.services.backups import Backups
from memorizer.services.captures import CaptureService
from memorizer.services.change_sets import ChangeSets
from memorizer.services.connected_clients import ConnectedClients
from memorizer.services.context import ContextService
from memorizer.services.document_writer import DocumentWriter
from memorizer.services.documents import DocumentService
from memorizer.services.duplicates import Duplicates
from memorizer.services.embedding import ActiveModelResolver, Embedding
from memorizer.services.export import Export
from memorizer.services.file_import import FileImports
from memorizer.services.health import Health, HealthCheck, MetricsReader, Readiness, WorkerCheck
from memorizer.services.history import ChangeRecorder, History
from memorizer.services.import_ import Import
from memorizer.services.job_memories import JobMemoryLoader
from memorizer.services.job_progress import JobProgressStream
from memorizer.services.jobs import ConsolidationSchedule, Jobs, QueueStats, System
from memorizer.services.keyed_memories import KeyedMemories
from memorizer.services.maintenance import Maintenance
from memorizer.services.memories import MemoryService
from memorizer.services.memory_jobs import MemoryJobs
from memorizer.services.mirror import Mirror
from memorizer.services.oauth import OAuthService
from memorizer.services.oauth_clients import OAuthClients
from memorizer.services.proposals import ProposalService
from memorizer.services.recalls import RecallLog, RecallService
from memorizer.services.relationships import RelationshipService
from memorizer.services.reranking import Reranking
from memorizer.services.search import SearchService
from memorizer.services.secret_scan import SecretScan
from memorizer.services.statistics import Statistics
from memorizer.services.trash import Trash
from memorizer.services.workspaces import WorkspaceService
from memorizer.settings import Settings
from memorizer.supervision import Supervisor
from memorizer.tasks.capture import CaptureStatements
from memorizer.tasks.consolidation import Consolidate
from memorizer.tasks.import_file import ImportFile
from memorizer.tasks.ingest import IngestDocument
from memorizer.tasks.reembed_all import ReembedAll
from memorizer.tasks.reembed_batch import ReembedBatch
from memorizer.tasks.reembed_one import ReembedOne
from memorizer.tasks.titles import GenerateTitle
from memorizer.worker.periodic import PeriodicTask
from memorizer.worker.worker import Worker

EXTRACTIVE_TITLE_SLOTS: Final = 8
"""Title jobs at a time: they embed little, and share model runs and commits."""


@dataclass(frozen=True, slots=True)
class Adapters:
    """The adapters of one open store, by port."""

    database: OpenDatabase
    queue: JobQueue
    job_reader: JobReader
    signals: Signals
    embedder: Embedder
    active_model: ActiveModelResolver
    writer: TitleWriter
    fallback_writer: TitleWriter | None
    clock: Clock
    telemetry: Telemetry
    supervisor: Supervisor
    reranker: Reranker | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """Everything that HTTP, MCP, a worker or the command line needs."""

    services: Services
    worker: Worker
    metrics: CollectorRegistry
    adapters: Adapters


def services_of(adapters: Adapters, settings: Settings) -> Services:
    """Build the use cases."""
    database, clock, active_model = adapters.database, adapters.clock, adapters.active_model
    queue, job_reader = adapters.queue, adapters.job_reader
    recorder = ChangeRecorder(clock)
    embedding = Embedding(active_model, clock)
    remembering = QueryCachingEmbedders(
        active_model.embedders,
        adapters.telemetry,
        size=settings.query_cache_size,
        seconds=settings.query_cache_seconds,
    )
    contents = JobMemoryLoader(database)
    jobs = Jobs(database, queue, job_reader, clock, active_model.embedders, contents)
    backups = Backups(
        database,
        backup_maker(settings),
        clock,
        adapters.signals,
        socket.gethostname(),
        Schedule(str(settings.backups_dir), settings.backup_every_ms, settings.backup_keep),
    )
    system = _system(adapters, settings)
    mirror = _mirror(adapters, settings)
    health = Health(
        database,
        active_model,
        queue,
        job_reader,
        adapters.writer,
        adapters.supervisor,
        adapters.reranker,
        () if mirror is None else (HealthCheck("mirror", mirror.check),),
    )
    worker_check = WorkerCheck(
        job_reader, clock, settings.worker, system.started_at, settings.lease_ms
    )
    auth = AuthService(database, clock, token_verifier(settings))
    clients = OAuthClients(database, clock, client_documents(settings))
    search = SearchService(
        database,
        ActiveModelResolver(database, remembering),
        adapters.telemetry,
        clock,
        DateparserTimes(),
        reranking=Reranking(adapters.reranker, settings.rerank_timeout_seconds),
    )
    handling = SecretHandling(settings.secrets)
    memories = MemoryService(database, embedding, recorder, clock, secrets=handling)
    history = History(database, recorder, clock)
    workspaces, files = WorkspaceService(database, recorder, clock), FormatFiles()
    job_progress = JobProgressStream(job_reader, adapters.signals, contents)
    return Services(
        scope=WorkspaceScope.ALL,
        memories=memories,
        keyed=KeyedMemories(database, embedding, recorder, clock, secrets=handling),
        history=history,
        secret_scan=SecretScan(memories, history),
        search=search,
        context=ContextService(database, search, clock),
        duplicates=Duplicates(database),
        relationships=RelationshipService(database, recorder, clock),
        trash=Trash(database, embedding, recorder, clock, int(settings.trash_days * DAY_MS)),
        export=Export(database, files),
        import_=Import(database, recorder, embedding, clock),
        documents=DocumentService(
            database,
            database,
            DocumentWriter(recorder, embedding, clock, handling),
            clock,
            settings.document_max_bytes,
            settings.fetch_urls,
        ),
        jobs=jobs,
        queue_stats=QueueStats(queue, job_reader, contents, clock, system),
        job_progress=job_progress,
        memory_jobs=MemoryJobs(database, jobs, job_progress),
        captures=CaptureService(database, clock),
        proposals=ProposalService(
            database, ChangeSets(database, embedding, recorder, clock), clock
        ),
        recalls=RecallService(database, clock, _recall_log(adapters, settings), WorkspaceScope.ALL),
        workspaces=workspaces,
        statistics=Statistics(database, active_model),
        health=health,
        readiness=Readiness(
            [*health.health_checks(), HealthCheck("worker", worker_check.check)], [health.loops]
        ),
        metrics=MetricsReader(jobs, backups),
        auth=auth,
        oauth=OAuthService(database, clock, auth, clients),
        backups=backups,
        file_imports=FileImports(
            database, workspaces, job_reader, clock, settings.import_max_bytes
        ),
        mirror=mirror,
        signals=adapters.signals,
        supervisor=adapters.supervisor,
        clients=ConnectedClients(clock),
    )


def _recall_log(adapters: Adapters, settings: Settings) -> RecallLog:
    days, queries = settings.recall_days, settings.recall_queries
    return RecallLog(adapters.database, adapters.clock, days, queries=queries)


def _system(adapters: Adapters, settings: Settings) -> System:
    return System(
        queue_engine="database" if settings.redis_url is None else "redis",
        database_engine="sqlite" if settings.database_url is None else "postgresql",
        title_writer=adapters.writer.name,
        title_model=adapters.writer.model,
        rerank_model=adapters.reranker.name if adapters.reranker else None,
        worker=settings.worker,
        started_at=adapters.clock.now(),
    )


def _mirror(adapters: Adapters, settings: Settings) -> Mirror | None:
    if settings.mirror_dir is None:
        return None
    folder, clock = NotesFolder(settings.mirror_dir), adapters.clock
    return Mirror(adapters.database, folder, clock, adapters.signals, clock.now())


def worker_of(adapters: Adapters, services: Services, settings: Settings) -> Worker:
    """Build the worker that runs the jobs, on the same use cases."""
    database, queue, job_reader, clock = (
        adapters.database,
        adapters.queue,
        adapters.job_reader,
        adapters.clock,
    )
    active_model = adapters.active_model
    embedding, recorder = services.memories.embedding, services.memories.recorder
    maintenance = Maintenance(
        database, queue, job_reader, active_model, clock, int(settings.job_retention_days * DAY_MS)
    )
    return Worker(
        jobs=queue,
        job_reader=job_reader,
        signals=adapters.signals,
        clock=clock,
        telemetry=adapters.telemetry,
        tasks=(
            GenerateTitle(database, adapters.writer, embedding, recorder, adapters.fallback_writer),
            ImportFile(services.file_imports, services.import_, services.export.files, clock),
            ReembedOne(database, embedding),
            ReembedAll(database, job_reader, adapters.signals, active_model, clock),
            ReembedBatch(database, active_model, clock),
            IngestDocument(
                database,
                document_converter(settings),
                page_fetcher(settings),
                services.documents.writer,
            ),
            Consolidate(database, adapters.writer, clock),
            CaptureStatements(database, embedding, clock),
        ),
        slots={
            Queue.TITLES: settings.title_concurrency or _title_slots(adapters.writer),
            Queue.EMBEDDINGS: settings.embedding_concurrency,
            Queue.DOCUMENTS: settings.document_concurrency,
            Queue.SLICES: settings.embedding_concurrency,
        },
        periodic_tasks=(
            PeriodicTask("embed pending memories", 30, maintenance.embed_pending),
            PeriodicTask("purge retired vectors", 30, maintenance.purge_vectors),
            PeriodicTask("renew words", 60, maintenance.renew_words, rest_seconds=0.05),
            *_indexing_tasks(database, maintenance),
            *_consolidation(services, settings),
            PeriodicTask("prune old jobs", 3_600, maintenance.prune),
            PeriodicTask("make backups", 60, services.backups.make_if_due),
            PeriodicTask("empty the trash", 3_600, services.trash.purge_old),
            PeriodicTask("prune recalls", 3_600, services.recalls.log.prune),
            PeriodicTask("prune OAuth", 3_600, services.oauth.prune),
            *_mirror_tasks(services),
        ),
        grace_seconds=settings.grace_seconds,
        lease_ms=settings.lease_ms,
        supervisor=adapters.supervisor,
    )


def _title_slots(writer: TitleWriter) -> int:
    return EXTRACTIVE_TITLE_SLOTS if writer.name == "extractive" else 1


def _mirror_tasks(services: Services) -> list[PeriodicTask]:
    if services.mirror is None:
        return []
    return [PeriodicTask("write the mirror", 2, services.mirror.update)]


def _consolidation(services: Services, settings: Settings) -> list[PeriodicTask]:
    """Return the consolidation that comes by itself, if it is wanted."""
    if not settings.consolidate_days:
        return []
    schedule = ConsolidationSchedule(services.jobs, int(settings.consolidate_days * DAY_MS))
    return [PeriodicTask("consolidate", 3_600, schedule.start_if_due)]


def _indexing_tasks(database: OpenDatabase, maintenance: Maintenance) -> list[PeriodicTask]:
    """Each database keeps its index of vectors in its own way."""
    if isinstance(database, SqliteDatabase):
        return [PeriodicTask("list vectors", 300, database.build_vector_index)]
    return [
        PeriodicTask("index new vectors", 5, maintenance.index_pending_vectors, rest_seconds=0.1)
    ]
