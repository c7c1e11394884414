"""The services on a database in which tests inject errors or the death of the process."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import apsw
import psycopg

from memorizer.bootstrap import Container, open_services
from memorizer.domain.jobs import Claim, Queue
from memorizer.ports.job_queue import JobQueue, Task
from memorizer.ports.transactions import Database
from memorizer.services import Services
from memorizer.services.maintenance import Maintenance
from memorizer.settings import Settings
from support.embedders import WordEmbedder
from support.titles import FirstWords

WORKER = "worker-1"


@dataclass(frozen=True)
class Harness:
    """Everything that changes a store; no worker runs."""

    container: Container
    embedder: WordEmbedder
    settings: Settings

    @property
    def services(self) -> Services:
        return self.container.services

    @property
    def queue(self) -> JobQueue:
        return self.container.adapters.queue

    @property
    def database(self) -> Database:
        return self.container.adapters.database

    @property
    def maintenance(self) -> Maintenance:
        parts = self.container.adapters
        return Maintenance(
            parts.database,
            parts.queue,
            parts.job_reader,
            parts.active_model,
            parts.clock,
            job_age_ms=0,
        )

    def task(self, name: str) -> Task:
        return next(task for task in self.container.worker.tasks if task.name == name)

    async def claim(self, queue: Queue) -> Claim:
        [claim] = await self.queue.claim(WORKER, queue, 1)
        return claim


@asynccontextmanager
async def open_harness(settings: Settings) -> AsyncIterator[Harness]:
    """On the database of these settings, with models that need no time."""
    embedder = WordEmbedder()
    async with open_services(settings, embedder=embedder, writer=FirstWords()) as container:
        yield Harness(container, embedder, settings)


def fingerprint(settings: Settings) -> str:
    """Of every row of every table, as another program sees them."""
    url = settings.database_url
    rows = (
        _file_rows(settings.database_file) if url is None else _server_rows(url.get_secret_value())
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _file_rows(path: Path) -> Sequence[str]:
    with closing(apsw.Connection(str(path))) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
        ).fetchall()
        return sorted(
            f"{table} {row!r}"
            for (table,) in tables
            for row in connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own names
        )


def _server_rows(url: str) -> Sequence[str]:
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        return sorted(
            f"{table} {row}"
            for (table,) in tables
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t")  # noqa: S608 - ours
        )
