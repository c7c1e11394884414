"""Fixtures shared by all tests: a real Memorizer in an empty folder."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
import structlog
from xdist.remote import Producer

from memorizer.bootstrap import open_services
from memorizer.services import Services
from memorizer.settings import Settings
from support.distribution import OneByOne
from support.embedders import WordEmbedder
from support.memorizer import Memorizer
from support.postgres_server import PostgresServer, any_postgres
from support.redis_server import any_redis
from support.scratch import scratch
from support.titles import FirstWords

hypothesis.settings.register_profile("memorizer", deadline=None)
hypothesis.settings.load_profile("memorizer")  # its 200 ms a case are a bet on a calm machine


def pytest_configure() -> None:
    """Put the folders of tests where they cost least; who names another place gets that.

    Tracebacks in logs are plain: those with the values of variables take 0.3 s each. Ctrl-C works:
    in the background of a shell it is ignored, and would be by every process that tests start.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(scratch()))
    *_, renderer = structlog.get_config()["processors"]
    renderer.exception_formatter = structlog.dev.plain_traceback


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneByOne:
    """Share the tests out as support/distribution.py says."""
    return OneByOne(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that no process waits for another one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture
def queue_engine() -> str:
    """Where the job queues are; a module about jobs overrides this to run on both."""
    return "database"


@pytest.fixture
def database_engine() -> str:
    """Where the memories are; a module about storing and finding overrides this to run on both."""
    return "sqlite"


@pytest.fixture
def settings(
    tmp_path: Path, queue_engine: str, database_engine: str, request: pytest.FixtureRequest
) -> Settings:
    """An empty data directory, and nothing from the environment."""
    postgres = database_engine == "postgresql"
    return Settings(
        database_url=request.getfixturevalue("postgres_url") if postgres else None,
        database_connections=4,
        data_dir=tmp_path / "data",
        grace_seconds=1,
        redis_url=request.getfixturevalue("redis_url") if queue_engine == "redis" else None,
        redis_prefix=f"test-{uuid4().hex}",
    )


@pytest.fixture
async def memorizer(settings: Settings) -> AsyncIterator[Memorizer]:
    """Memorizer on the embedded database, with small models; its worker is not started yet."""
    embedder, writer = WordEmbedder(), FirstWords()
    async with AsyncExitStack() as stack:
        opened = open_services(settings, embedder=embedder, writer=writer)
        container = await stack.enter_async_context(opened)
        yield Memorizer(container, embedder, writer, settings, stack)


@pytest.fixture
def services(memorizer: Memorizer) -> Services:
    """The use cases, without a worker."""
    return memorizer.services


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real Redis; share it by taking a prefix of your own."""
    with any_redis() as url:
        yield url


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL."""
    with any_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty database."""
    with postgres.database() as url:
        yield url
