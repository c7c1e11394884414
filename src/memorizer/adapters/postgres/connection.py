"""Connections to PostgreSQL, and running statements on one of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, LiteralString
from urllib.parse import urlsplit

import psycopg
from pgvector.psycopg import register_vector
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from memorizer.adapters.postgres.errors import STORAGE_ERRORS, commit_lost
from memorizer.adapters.postgres.hang_detection import MAX_SILENT_SECONDS, WatchedConnection
from memorizer.domain.errors import Misconfigured

CONNECT_TIMEOUT_SECONDS: Final = 10
_DEFAULTS: Final[dict[str, str | int | None]] = {
    "application_name": "memorizer",
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    # a network that is gone is noticed within 25 seconds, not after two hours
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,
}
_SETTINGS: Final = {
    # nothing waits for ever: not for a statement, not for another's lock, not for us
    "statement_timeout": "60s",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "60s",
    # a filter must not empty the answer: the index goes on until there are enough
    "hnsw.iterative_scan": "relaxed_order",
    # of the ten nearest among a million it finds 95 %; 400 finds 97 % in half as much time again
    "hnsw.ef_search": "250",
    "jit": "off",  # compiling costs more than these short queries
}
PREPARE_THRESHOLD: Final = 5
"""Executions of a statement before it is prepared; psycopg's default."""
_NO_ADDRESS: Final = (
    "MEMORIZER_DATABASE_URL is no address of a PostgreSQL database. Write "
    "postgresql://USER:PASSWORD@HOST:5432/DATABASE, with @ : / ? # % in a password as "
    "%40 %3A %2F %3F %23 %25."
)
_CHANGES: Final = ("INSERT", "UPDATE", "DELETE", "MERGE")

Connection = psycopg.Connection[tuple[Any, ...]]


def connect(
    url: str, *, autocommit: bool = False, application_name: str | None = None
) -> WatchedConnection:
    """Return a connection; the URL overrides our defaults. Raises Misconfigured."""
    named = {} if application_name is None else {"application_name": application_name}
    address = make_conninfo("", **{**_DEFAULTS, **_parsed(url), **named})
    connection = WatchedConnection.connect(address, autocommit=autocommit, prepare_threshold=None)
    connection.address = address
    return connection


def _parsed(url: str) -> dict[str, str | int | None]:
    """Return the parameters of a URL. Raises Misconfigured, which hides a part of a password."""
    parts = urlsplit(url)
    try:
        if parts.netloc.count("@") > 1 or "@" in parts.path:
            raise Misconfigured(_NO_ADDRESS)  # else the rest of a password becomes a host
        return conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise Misconfigured(_NO_ADDRESS) from None


def open_connection(url: str, *, writing: bool, pooled: bool = False) -> Connection:
    """Return a connection for transactions: that read one snapshot, or that write beside others.

    Behind a pooler in transaction mode it prepares no statements, and `begin` makes the settings.
    """
    connection = connect(url)
    connection.max_silent_seconds = MAX_SILENT_SECONDS
    connection.is_pooled = pooled
    try:
        register_vector(connection)
        if not pooled:
            connection.prepare_threshold = PREPARE_THRESHOLD
            _configure(connection, for_transaction=False)
        connection.commit()
    except BaseException:
        connection.close()
        raise
    connection.read_only = not writing
    connection.isolation_level = (
        IsolationLevel.READ_COMMITTED if writing else IsolationLevel.REPEATABLE_READ
    )
    return connection


def apply_settings(connection: Connection) -> None:
    """Apply our settings to this transaction, behind a pooler; elsewhere the session has them."""
    if isinstance(connection, WatchedConnection) and connection.is_pooled:
        _configure(connection, for_transaction=True)


def _configure(connection: Connection, *, for_transaction: bool) -> None:
    wanted = ", ".join([f"set_config(%s, %s, {for_transaction})"] * len(_SETTINGS))
    values = [part for setting in _SETTINGS.items() for part in setting]
    connection.execute(f"SELECT {wanted}", values)


@contextmanager
def pipeline(connection: Connection) -> Iterator[None]:
    """Pipeline mode: statements do not wait for the results of those before.

    A broken connection raises its original error without psycopg's warning.
    """
    broken: psycopg.Error | None = None
    try:
        with connection.pipeline():
            try:
                yield
            except psycopg.Error as error:
                if not connection.closed:
                    raise
                broken = error
    except psycopg.Error:
        if broken is None:
            raise
    if broken is not None:
        raise broken


def commit(connection: Connection, *, has_written: bool) -> None:
    """Commit. Raises OutcomeUnknown when the answer is lost and something is at stake."""
    try:
        connection.commit()
    except STORAGE_ERRORS as error:
        if connection.closed and has_written:
            raise commit_lost(error) from error
        raise


class Executor:
    """Runs statements marked with `?`, and notes whether any changed a row."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changing: list[psycopg.Cursor[tuple[Any, ...]]] = []

    def __call__(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        cursor = self._connection.execute(_with_driver_marks(sql), values)
        if not sql.startswith("SELECT"):
            self._changing.append(cursor)
        return cursor

    @property
    def has_written(self) -> bool:
        """Of the statements that were answered; in a pipeline the others may not be sent yet."""
        return any(
            cursor.rowcount > 0 and (cursor.statusmessage or "").startswith(_CHANGES)
            for cursor in self._changing
        )


@lru_cache(maxsize=1_024)
def _with_driver_marks(sql: str) -> LiteralString:
    """Return the statement with %s for ?; ours contain neither otherwise."""
    return sql.replace("?", "%s")
