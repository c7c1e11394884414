"""Bringing a PostgreSQL database to the present schema: numbered files, one transaction."""

from typing import Final

import psycopg
from psycopg import errors

from memorizer.adapters.postgres.connection import CONNECT_SECONDS
from memorizer.adapters.postgres.errors import STORAGE_ERRORS, unavailable
from memorizer.adapters.sql.migration_files import Migration, check_known, migrations
from memorizer.domain.errors import Misconfigured

FOLDER: Final = "memorizer.adapters.postgres"
_LOCK: Final = 0x6D656D01  # an advisory lock: several servers may start at once
_NO_EXTENSION: Final = (
    "PostgreSQL has not the extension `vector` (pgvector, 0.8 or newer), which finds memories by "
    "meaning. Install it on the server (Debian: the package `postgresql-18-pgvector`; or use the "
    "image `pgvector/pgvector:pg18`), then let its administrator run "
    "`CREATE EXTENSION vector` in this database, and start again."
)


def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names of it; all of it or none.

    Raises Misconfigured for a newer schema or a missing extension, StorageUnavailable.
    """
    try:
        with _connect(url) as connection:
            if not _missing(connection):
                return []
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            return [_apply(connection, step) for step in _missing(connection)]
    except (errors.FeatureNotSupported, errors.UndefinedFile) as error:
        raise Misconfigured(_NO_EXTENSION) from error
    except errors.InsufficientPrivilege as error:
        raise Misconfigured(f"{_first_line(error)}. {_NO_EXTENSION}") from error
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error


def pending(url: str) -> list[str]:
    """The names of what `migrate` would apply; nothing is changed. Raises as it does."""
    try:
        with _connect(url) as connection:
            return [step.name for step in _missing(connection)]
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error


def _connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url, connect_timeout=CONNECT_SECONDS, application_name="memorizer")


def _missing(connection: psycopg.Connection) -> list[Migration]:
    steps = migrations(FOLDER)
    version = _version(connection)
    check_known("The PostgreSQL database", version, len(steps))
    return steps[version:]


def _apply(connection: psycopg.Connection, step: Migration) -> str:
    connection.execute(step.script)
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number INTEGER NOT NULL)")
    connection.execute("DELETE FROM schema_version")
    connection.execute("INSERT INTO schema_version VALUES (%s)", (step.number,))
    return step.name


def _version(connection: psycopg.Connection) -> int:
    [(is_there,)] = connection.execute("SELECT to_regclass('schema_version') IS NOT NULL")
    if not is_there:
        return 0
    [(number,)] = connection.execute("SELECT number FROM schema_version")
    return int(number)


def _first_line(error: psycopg.Error) -> str:
    return (str(error).splitlines() or [""])[0]
