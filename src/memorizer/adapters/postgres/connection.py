"""Connections to PostgreSQL, and running a work in a transaction on one of them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, LiteralString

import psycopg
from pgvector.psycopg import register_vector
from psycopg import IsolationLevel
from psycopg_pool import ConnectionPool

CONNECT_SECONDS: Final = 5
WAIT_SECONDS: Final = 10.0
"""How long a caller waits for a connection before it hears that there is none."""

Connection = psycopg.Connection[tuple[Any, ...]]
_CHANGES: Final = ("INSERT", "UPDATE", "DELETE", "MERGE")


def open_pool(url: str, size: int, *, writing: bool) -> ConnectionPool[Connection]:
    """Up to `size` connections: for reading one snapshot, or for writing beside others."""

    def configure(connection: Connection) -> None:
        _configure(connection)
        connection.read_only = not writing
        connection.isolation_level = (
            IsolationLevel.READ_COMMITTED if writing else IsolationLevel.REPEATABLE_READ
        )

    return ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=True,
        timeout=WAIT_SECONDS,
        configure=configure,
        reconnect_timeout=CONNECT_SECONDS,
        kwargs={"connect_timeout": CONNECT_SECONDS, "application_name": "memorizer"},
        name="memorizer",
    )


def _configure(connection: Connection) -> None:
    register_vector(connection)
    # a filter must not empty the answer: the index goes on until there are enough
    connection.execute("SET hnsw.iterative_scan = 'relaxed_order'")
    connection.execute("SET hnsw.ef_search = 100")
    connection.execute("SET jit = off")  # compiling costs more than these short queries
    connection.commit()


class Executor:
    """Runs statements marked with `?`, and notes whether any changed a row."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.has_written = False

    def __call__(self, sql: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        cursor = self._connection.execute(_marked(sql), values)
        if cursor.rowcount > 0 and (cursor.statusmessage or "").startswith(_CHANGES):
            self.has_written = True
        return cursor


@lru_cache(maxsize=1_024)
def _marked(sql: str) -> LiteralString:
    """The statement with psycopg's marks; ours hold no `?` and no `%` but those."""
    return sql.replace("?", "%s")
