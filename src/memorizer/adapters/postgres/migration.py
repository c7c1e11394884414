"""Migrate a PostgreSQL database to the current schema: numbered SQL files, one transaction."""

from collections.abc import Callable, Mapping
from typing import Final

from psycopg import errors

from memorizer.adapters.postgres.connection import Connection, connect
from memorizer.adapters.postgres.errors import STORAGE_ERRORS, unavailable
from memorizer.adapters.postgres.folding import fold_labels
from memorizer.adapters.sql.migration_files import Migration, check_known, migrations
from memorizer.domain.errors import Misconfigured

PACKAGE: Final = "memorizer.adapters.postgres"
EXTENSION: Final = "vector"
MIN_PGVECTOR_VERSION: Final = (0, 8)
_AFTER_SCRIPT: Final[Mapping[str, Callable[[Connection], None]]] = {
    "0009_folded_labels": fold_labels
}
"""Functions that fill in what SQL cannot compute, by the migration after which they run."""
_LOCK: Final = 0x6D656D01  # an advisory lock: several servers may start at once
_NOT_INSTALLED: Final = (
    "The PostgreSQL server has no pgvector, which finds memories by meaning. Install it there "
    "(Debian: `apt install postgresql-{major}-pgvector`; or take the image "
    "`pgvector/pgvector:pg{major}`), and try again."
)
_NOT_ALLOWED: Final = (
    "The PostgreSQL user may not install the extension `vector`. Let an administrator run "
    "`CREATE EXTENSION vector` in this database once, and try again."
)
_NOT_FOUND: Final = (
    "The extension `vector` is in the schema {schema}, where the PostgreSQL user does not look. "
    "Let an administrator run `ALTER EXTENSION vector SET SCHEMA public`, or add {schema} to the "
    "search_path: `ALTER DATABASE {database} SET search_path = public, {schema}`."
)
_TOO_OLD: Final = (
    "The extension `vector` of this database is {version}; 0.8 or newer is needed. Install a newer "
    "pgvector on the server, run `ALTER EXTENSION vector UPDATE`, and try again."
)
_NOT_UTF8: Final = (
    "The PostgreSQL database is in {encoding}, which cannot hold every language. Make another with "
    "`createdb --encoding UTF8 --template template0 NAME`."
)
_NOT_OWNER: Final = (
    "The PostgreSQL user may not make tables: {error}. Make it the database's owner."
)


def migrate(url: str) -> list[str]:
    """Apply what is missing and return the names of it; all of it or none.

    Several processes may do this at once. Raises Misconfigured for a newer schema or a server
    that lacks something, StorageUnavailable.
    """
    try:
        with connect(url) as connection:
            _require_extension_on_search_path(connection)
            if not _missing(connection):
                return []
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            missing = _missing(connection)
            if missing:
                _require_utf8_and_pgvector(connection)
            return [_apply(connection, step) for step in missing]
    except errors.InsufficientPrivilege as error:
        reason = error.diag.message_primary
        raise Misconfigured(_NOT_OWNER.format(error=reason)) from error
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error


def pending(url: str) -> list[str]:
    """Return the names of what `migrate` would apply; nothing is changed. Raises as it does."""
    try:
        with connect(url) as connection:
            return [step.name for step in _missing(connection)]
    except STORAGE_ERRORS as error:
        raise unavailable(error) from error


def _require_utf8_and_pgvector(connection: Connection) -> None:
    """Raise Misconfigured unless the encoding is UTF-8 and pgvector is new enough; install it."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise Misconfigured(_NOT_UTF8.format(encoding=encoding))
    if (version := _pgvector_version(connection)) is None:
        _install_pgvector(connection)
        version = _pgvector_version(connection) or ""
    if tuple(map(int, version.split(".")[:2])) < MIN_PGVECTOR_VERSION:
        raise Misconfigured(_TOO_OLD.format(version=version))


def _require_extension_on_search_path(connection: Connection) -> None:
    """Raise Misconfigured if pgvector is in a schema that is not on the search path."""
    row = connection.execute(
        "SELECT extnamespace::regnamespace::text, quote_ident(current_database())"
        " FROM pg_extension WHERE extname = %s AND to_regtype('vector') IS NULL",
        (EXTENSION,),
    ).fetchone()
    if row is not None:
        raise Misconfigured(_NOT_FOUND.format(schema=row[0], database=row[1]))


def _pgvector_version(connection: Connection) -> str | None:
    row = connection.execute(
        "SELECT extversion FROM pg_extension WHERE extname = %s", (EXTENSION,)
    ).fetchone()
    return None if row is None else str(row[0])


def _install_pgvector(connection: Connection) -> None:
    major = connection.info.server_version // 10_000
    try:
        with connection.transaction():
            connection.execute(f"CREATE EXTENSION {EXTENSION}")
    except errors.InsufficientPrivilege as error:
        raise Misconfigured(_NOT_ALLOWED) from error
    except (errors.FeatureNotSupported, errors.UndefinedFile) as error:
        raise Misconfigured(_NOT_INSTALLED.format(major=major)) from error


def _missing(connection: Connection) -> list[Migration]:
    steps = migrations(PACKAGE)
    version = _version(connection)
    check_known("The PostgreSQL database", version, len(steps))
    return steps[version:]


def _apply(connection: Connection, step: Migration) -> str:
    connection.execute(step.script.encode())
    if fill := _AFTER_SCRIPT.get(step.name):
        fill(connection)
    connection.execute("CREATE TABLE IF NOT EXISTS schema_version (number INTEGER NOT NULL)")
    connection.execute("DELETE FROM schema_version")
    connection.execute("INSERT INTO schema_version VALUES (%s)", (step.number,))
    return step.name


def _version(connection: Connection) -> int:
    # from the table of tables: to_regclass may answer from before we waited for another's migration
    [(is_there,)] = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_class WHERE relname = 'schema_version'"
        " AND pg_table_is_visible(oid))"
    )
    if not is_there:
        return 0
    [(number,)] = connection.execute("SELECT number FROM schema_version")
    return int(number)
