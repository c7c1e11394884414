"""Settings → adapters: the database, the job queue, the models."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pydantic import SecretStr

from memorizer.adapters.documents.child_converter import ChildConverter
from memorizer.adapters.embeddings.cross_encoder import CrossEncoder
from memorizer.adapters.embeddings.kernels import FILE_NAME, Kernel
from memorizer.adapters.embeddings.local import usable_cores
from memorizer.adapters.embeddings.model_config import read_cross_encoder
from memorizer.adapters.embeddings.registry import EmbedderFactory, EmbedderRegistry
from memorizer.adapters.model_files.store import ModelStore
from memorizer.adapters.sql.job_transaction import JobDatabase
from memorizer.adapters.sql.queue import DatabaseJobQueue
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.adapters.titles.extractive import ExtractiveTitleWriter
from memorizer.adapters.titles.llama import LlamaTitleWriter
from memorizer.bootstrap.backups import restore_hint
from memorizer.domain.auth import Scope
from memorizer.domain.errors import (
    DocumentRejected,
    Misconfigured,
    StorageDamaged,
)
from memorizer.domain.model_catalogue import CATALOGUE, Purpose, find
from memorizer.domain.oauth import OAuthError
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.clock import Clock
from memorizer.ports.documents import DocumentConverter, FetchedPage, PageFetcher
from memorizer.ports.embeddings import Embedder
from memorizer.ports.job_queue import JobQueue, JobReader
from memorizer.ports.oauth import ClientDocuments, TokenVerifier
from memorizer.ports.search import Reranker
from memorizer.ports.signals import Signals
from memorizer.ports.telemetry import Telemetry
from memorizer.ports.titles import TitleWriter
from memorizer.ports.transactions import Database
from memorizer.settings import Settings, variable
from memorizer.supervision import Supervisor


def install(extra: str) -> str:
    """Say how to install one of pyproject.toml's extras.

    From a checkout or a wheel: in the package index the name `memorizer` is another project's.
    """
    return (
        f"Run `pip install '.[{extra}]'` in the checkout, "
        f"or `pip install 'PATH-OF-THE-WHEEL[{extra}]'`."
    )


def validated_api_key(setting: str, secret: SecretStr | None) -> str | None:
    """Return the stripped API key, None if empty. Raises Misconfigured, without the key."""
    key = secret.get_secret_value().strip() if secret else ""
    if not (key.isascii() and key.isprintable()):
        raise Misconfigured(f"{variable(setting)} has characters that no key has. Copy it anew.")
    return key or None


class _NoClientDocuments:
    """Implements ports.oauth.ClientDocuments where OAuth is off."""

    async def get(self, url: str) -> Mapping[str, object]:
        raise OAuthError("invalid_client", "This server does not read documents of clients.")

    async def can_fetch(self) -> bool:
        return False


def client_documents(settings: Settings) -> ClientDocuments:
    """Return what fetches the documents of OAuth clients; nothing without a public URL."""
    if settings.public_url is None:
        return _NoClientDocuments()
    # imported only with OAuth, as is the next: HTTP clients cost a tenth of a second
    from memorizer.adapters.client_documents import HttpClientDocuments  # noqa: PLC0415

    return HttpClientDocuments(settings.oauth_client_documents)


class _NoWebPages:
    """Implements ports.documents.PageFetcher where fetching is switched off."""

    async def fetch(self, url: str, target: Path) -> FetchedPage:
        raise DocumentRejected(
            f"This worker fetches no addresses: set {variable('fetch_urls')}=true for it, and "
            "retry the job."
        )


def document_converter(settings: Settings) -> DocumentConverter:
    """Return what converts documents, within the limits of the settings."""
    return ChildConverter(
        settings.document_seconds, settings.document_memory_bytes, settings.document_max_pages
    )


def page_fetcher(settings: Settings) -> PageFetcher:
    """Return what fetches web pages, if that is switched on."""
    if not settings.fetch_urls:
        return _NoWebPages()
    # imported only where it is on: HTTP clients cost a tenth of a second, converters half as much
    from memorizer.adapters.documents.kinds import MEDIA_TYPES  # noqa: PLC0415
    from memorizer.adapters.web_pages import WebPages  # noqa: PLC0415

    return WebPages(
        max_bytes=settings.document_max_bytes,
        seconds=settings.document_seconds,
        media_types=MEDIA_TYPES,
    )


def token_verifier(settings: Settings) -> TokenVerifier | None:
    """Return what verifies the tokens of the identity provider, if one is configured."""
    if settings.oidc_issuer is None or settings.public_url is None:
        return None
    from memorizer.adapters.jwt_verifier import JwtVerifier  # noqa: PLC0415

    audience = settings.oidc_audience or f"{settings.public_url.rstrip('/')}/mcp"
    pairs = (each.rpartition("=") for each in settings.oidc_scopes)
    scopes = {name: Scope(scope) for name, _, scope in pairs}
    return JwtVerifier(settings.oidc_issuer, audience, scopes)


class OpenDatabase(JobDatabase, Protocol):
    """An open SQLite or PostgreSQL database, with its signals."""

    @property
    def signals(self) -> Signals:
        """The signals that the database delivers."""
        ...

    def within(self, scope: WorkspaceScope) -> Database:
        """Bind every transaction to a scope."""
        ...

    async def size(self) -> int:
        """Return the size of the database in bytes."""
        ...

    async def caveat(self) -> str | None:
        """Say what the database does not do that it could."""
        ...

    def close(self) -> None:
        """Close all connections; blocks."""
        ...


async def open_database(
    settings: Settings,
    clock: Clock,
    *,
    may_move_queue: bool,
    examine: bool = False,
    supervisor: Supervisor | None = None,
) -> OpenDatabase:
    """Migrate the schema and open the database.

    Raises Misconfigured, StorageUnavailable; StorageDamaged with the backup to restore.
    """
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return await asyncio.to_thread(
                SqliteDatabase,
                settings.database_file,
                clock,
                lease_ms=settings.lease_ms,
                dispatching=settings.redis_url is not None,
                may_move_queue=may_move_queue,
                examine=examine,
                supervisor=supervisor,
            )
        except StorageDamaged as error:
            raise StorageDamaged(str(error), restore_hint(settings)) from error
    require_postgres()
    # imported only with PostgreSQL: it costs a fifth of a second
    from memorizer.adapters.postgres.database import PostgresDatabase  # noqa: PLC0415

    return await asyncio.to_thread(
        PostgresDatabase,
        settings.database_url.get_secret_value(),
        clock,
        lease_ms=settings.lease_ms,
        dispatching=settings.redis_url is not None,
        may_move_queue=may_move_queue,
        connections=settings.database_connections,
        supervisor=supervisor,
    )


def require_postgres() -> None:
    """Raise Misconfigured when the driver is not installed."""
    if find_spec("psycopg") is None:
        raise Misconfigured(
            f"{variable('database_url')} is set, which needs psycopg. " + install("postgres")
        )


async def chosen_embedder(settings: Settings, registry: EmbedderRegistry) -> Embedder:
    """Open the configured embedder. Raises Misconfigured."""
    spec = settings.embedding_model
    if spec.startswith("openai:") and settings.embedding_base_url is None:
        raise Misconfigured(
            f"{variable('embedding_model')} is {spec!r}: set {variable('embedding_base_url')} too, "
            "for example to http://localhost:11434/v1 for Ollama."
        )
    return await registry.open_configured(spec)


def embedder_factory(
    settings: Settings, telemetry: Telemetry, supervisor: Supervisor
) -> EmbedderFactory:
    """Return the factory of embedders with these settings."""
    return EmbedderFactory(
        telemetry,
        folder=lambda name: _model_folder(settings, name),
        base_url=settings.embedding_base_url,
        key=validated_api_key("embedding_api_key", settings.embedding_api_key),
        threads=settings.embedding_threads,
        kernel=None if settings.embedding_kernel == "auto" else Kernel(settings.embedding_kernel),
        kernel_file=settings.data_dir / FILE_NAME,
        timeout_seconds=settings.embedding_timeout_seconds,
        supervisor=supervisor,
    )


def chosen_reranker(settings: Settings, stack: AsyncExitStack) -> Reranker | None:
    """Return the configured cross-encoder, which loads later. Raises Misconfigured."""
    if settings.rerank_model is None:
        return None
    name = settings.rerank_model.partition(":")[2]
    places = [Path(os.path.expanduser(name)).absolute(), settings.models_dir / name]  # noqa: PTH111 - this one does not raise
    path = next((each for each in places if each.exists()), None)
    if path is None:
        raise Misconfigured(
            f"{variable('rerank_model')}: there is no reranking model in {places[0]}. "
            f"Put the model's folder there, or into {places[1]}."
        )
    try:
        files = read_cross_encoder(path)
    except Misconfigured as error:
        raise Misconfigured(f"{variable('rerank_model')}: {error}") from error
    reranker = CrossEncoder(files, threads=settings.embedding_threads or usable_cores())
    stack.push_async_callback(reranker.close)
    return reranker


def _model_folder(settings: Settings, name: str) -> Path:
    """Find the folder of an ONNX model: a path, or in the data directory. Raises Misconfigured."""
    path = Path(os.path.expanduser(name))  # noqa: PTH111 - this one does not raise
    if path.is_dir():
        return path.absolute()
    store = ModelStore(settings.models_dir)
    known = next((m for m in CATALOGUE if name in (m.name, m.repository)), None)
    folder = store.folder(known) if known else settings.models_dir / name
    if store.has(known) if known else folder.is_dir():
        return folder
    remedy = (
        f"Run `memorizer models pull {known.name}`."
        if known
        else f"Put the model's files there, or into {folder}."
    )
    raise Misconfigured(f"There is no embedding model in {path}. {remedy}")


if TYPE_CHECKING:
    from memorizer.adapters.titles.openai import OpenAiTitleWriter


def title_writers(
    settings: Settings, embedder: Embedder, stack: AsyncExitStack
) -> tuple[TitleWriter, TitleWriter | None]:
    """Return the configured title writer and its fallback, if any."""
    extractive = ExtractiveTitleWriter(embedder)
    kind, _, model = settings.title_model.partition(":")
    if kind == "extractive":
        return extractive, None
    writer = _gguf(settings, model) if kind == "gguf" else _openai(settings, model)
    stack.push_async_callback(writer.close)
    return writer, extractive if settings.title_fallback == "extractive" else None


def _gguf(settings: Settings, model: str) -> LlamaTitleWriter:
    """Create the writer of a GGUF model. Raises Misconfigured."""
    if find_spec("xllamacpp") is None:
        raise Misconfigured(
            f"{variable('title_model')} is 'gguf:{model}', which needs llama.cpp. " + install("llm")
        )
    path, remedy = _gguf_file(settings, model)
    return LlamaTitleWriter(
        path,
        remedy=remedy,
        timeout_seconds=settings.title_timeout_seconds,
        idle_seconds=settings.llm_idle_minutes * 60,
    )


def _gguf_file(settings: Settings, model: str) -> tuple[Path, str]:
    """Return the path of the model, and what to do if no file is there. Raises Misconfigured."""
    path = Path(os.path.expanduser(model)).absolute()  # noqa: PTH111 - this one does not raise
    if path.suffix == ".gguf" or len(Path(model).parts) > 1 or path.is_file():
        return path, f"Put it there, or change {variable('title_model')}."
    try:
        named = find(model, Purpose.TITLES)
    except Misconfigured as error:
        raise Misconfigured(f"{variable('title_model')} is 'gguf:{model}': {error}") from error
    file = ModelStore(settings.models_dir).path(named, named.files[0])
    return file, f"Run `memorizer models pull {named.name}`."


def _openai(settings: Settings, model: str) -> "OpenAiTitleWriter":
    """Create the writer behind an OpenAI API. Raises Misconfigured."""
    # imported only with such a writer: it costs a tenth of a second
    from memorizer.adapters.titles.openai import OpenAiTitleWriter  # noqa: PLC0415

    if settings.llm_base_url is None:
        raise Misconfigured(
            f"{variable('title_model')} is 'openai:{model}': set {variable('llm_base_url')} too, "
            "for example to http://localhost:11434/v1 for Ollama."
        )
    key = validated_api_key("llm_api_key", settings.llm_api_key)
    return OpenAiTitleWriter(
        settings.llm_base_url, model, key=key, timeout_seconds=settings.title_timeout_seconds
    )


async def job_queue(
    settings: Settings,
    database: OpenDatabase,
    clock: Clock,
    stack: AsyncExitStack,
    supervisor: Supervisor,
) -> tuple[JobQueue, JobReader]:
    """Return the job queue on Redis or in the database. Raises Misconfigured."""
    if settings.redis_url is None:
        queue = DatabaseJobQueue(database)
        return queue, queue
    _require_bullmq()
    # costs a fifth of a second, which who has no Redis need not spend
    from memorizer.adapters.bullmq.factory import open_backend  # noqa: PLC0415

    engine = await stack.enter_async_context(
        open_backend(
            settings.redis_url.get_secret_value(),
            settings.redis_prefix,
            database,
            database.signals,
            clock,
            lease_ms=settings.lease_ms,
            supervisor=supervisor,
        )
    )
    return engine.queue, engine.job_reader


def _require_bullmq() -> None:
    """Raise Misconfigured when BullMQ is not installed."""
    if find_spec("bullmq") is None:
        raise Misconfigured(
            f"{variable('redis_url')} is set, which needs BullMQ. " + install("redis")
        )
