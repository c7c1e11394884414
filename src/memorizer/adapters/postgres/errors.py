"""Classify PostgreSQL's errors: which are retried, and what a person can do about the others."""

from typing import Final

import psycopg
from psycopg import errors

from memorizer.domain.errors import OutcomeUnknown, StorageUnavailable

STORAGE_ERRORS: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    errors.TransactionTimeout,
    errors.InsufficientPrivilege,
    errors.DataCorrupted,
    errors.IndexCorrupted,
    errors.InvalidSqlStatementName,
    errors.DuplicatePreparedStatement,
)
"""The server or the way to it is at fault, never the statement."""

CONTENTION_ERRORS: Final = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.UniqueViolation,
    errors.ForeignKeyViolation,
)
"""Another transaction came in between; run again, a work sees what that one wrote."""

_POOLER_REMEDY: Final = (
    "A pooler in transaction mode has come between Memorizer and PostgreSQL. Restart Memorizer: it "
    "finds out at its start."
)
_REMEDIES: Final[dict[type[psycopg.Error], str]] = {
    errors.DiskFull: "The disk of the PostgreSQL server is full. Free some space.",
    errors.OutOfMemory: "The PostgreSQL server is out of memory.",
    errors.ReadOnlySqlTransaction: "PostgreSQL is read-only: it may be a replica. "
    "Point MEMORIZER_DATABASE_URL to the primary.",
    errors.InsufficientPrivilege: "The PostgreSQL user may not do this. Make it the owner of the "
    "database.",
    errors.QueryCanceled: "PostgreSQL took too long. See what else it is doing, and try again.",
    errors.LockNotAvailable: "Another transaction held for too long what this one needs. Try "
    "again; pg_stat_activity shows who.",
    errors.InvalidSqlStatementName: _POOLER_REMEDY,
    errors.DuplicatePreparedStatement: _POOLER_REMEDY,
    errors.DataCorrupted: "The PostgreSQL database is damaged. Restore the newest backup.",
    errors.IndexCorrupted: "An index of the PostgreSQL database is damaged. Run REINDEX.",
}
_CONNECT_REMEDIES: Final = {
    "password authentication failed": "Check the user and the password in MEMORIZER_DATABASE_URL.",
    "no password supplied": "Put the password into MEMORIZER_DATABASE_URL, or into PGPASSWORD.",
    "no pg_hba.conf entry": "Allow this machine in the server's pg_hba.conf.",
    "too many clients": "Raise max_connections, or lower MEMORIZER_DATABASE_CONNECTIONS.",
    "too many connections": "Raise the limit, or lower MEMORIZER_DATABASE_CONNECTIONS.",
    "remaining connection slots": "Raise max_connections, or lower MEMORIZER_DATABASE_CONNECTIONS.",
    "is starting up": "PostgreSQL is starting. Try again in a moment.",
    "does not exist": "Make it, or check MEMORIZER_DATABASE_URL.",
}
"""By words of the message: a refused connection has no error code."""
_DEFAULT_REMEDY: Final = "Check that it runs, and MEMORIZER_DATABASE_URL."


def unavailable(error: Exception) -> StorageUnavailable:
    """Return a StorageUnavailable that says what the error means and what to do."""
    reason = reason_of(error)
    remedy = next((text for kind, text in _REMEDIES.items() if isinstance(error, kind)), None)
    if remedy is not None:
        return StorageUnavailable(f"{remedy} ({reason})")
    advice = next(
        (text for words, text in _CONNECT_REMEDIES.items() if words in reason), _DEFAULT_REMEDY
    )
    return StorageUnavailable(f"PostgreSQL cannot be used: {reason.rstrip('.')}. {advice}")


def commit_lost(error: Exception) -> OutcomeUnknown:
    """Return an OutcomeUnknown: the answer to the commit was lost."""
    return OutcomeUnknown(
        "The connection to PostgreSQL broke while a change was being committed: it may have "
        f"been written or not. ({reason_of(error)})"
    )


def reason_of(error: Exception) -> str:
    """Return the error's message on one line."""
    words = " ".join(str(error).split())
    return words.rpartition("FATAL: ")[2].strip() or type(error).__name__
