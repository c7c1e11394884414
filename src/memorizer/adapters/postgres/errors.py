"""What PostgreSQL's errors mean: try again, or tell a person."""

from typing import Final

import psycopg
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from memorizer.domain.errors import StorageUnavailable

STORAGE_ERRORS: Final = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed)
"""The server or the way to it is at fault, never the statement."""

CONTENTION: Final = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
"""Another transaction came in between; run again, a work sees what that one wrote."""

CONNECTION_LOST: Final = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)

_REMEDIES: Final[dict[type[Exception], str]] = {
    errors.DiskFull: "The disk of the PostgreSQL server is full. Free some space.",
    errors.ReadOnlySqlTransaction: "PostgreSQL is read-only: it may be a replica. "
    "Point MEMORIZER_DATABASE_URL to the primary.",
    errors.InsufficientPrivilege: "The PostgreSQL user may not do this. Make it the owner of the "
    "database.",
    errors.TooManyConnections: "PostgreSQL has no connection left. Raise max_connections, or "
    "lower MEMORIZER_DATABASE_CONNECTIONS.",
    errors.InvalidPassword: "PostgreSQL refuses the password. Check MEMORIZER_DATABASE_URL.",
    errors.InvalidCatalogName: "There is no such database. Make it with `createdb`, or check "
    "MEMORIZER_DATABASE_URL.",
    TooManyRequests: "Too many requests wait for PostgreSQL. Try again.",
    PoolTimeout: "PostgreSQL does not answer. Check that it runs and MEMORIZER_DATABASE_URL.",
}


def unavailable(error: Exception) -> StorageUnavailable:
    """Say what an error of the server or the network means and what to do."""
    remedy = next((text for kind, text in _REMEDIES.items() if isinstance(error, kind)), None)
    remedy = remedy or "PostgreSQL cannot be reached. Check that it runs."
    first_line = (str(error).splitlines() or [""])[0]
    return StorageUnavailable(f"{remedy} ({first_line})")
