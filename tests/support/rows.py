"""Looking into the tables themselves, past everything that hides rows."""

from contextlib import closing
from typing import Any

import apsw
import psycopg

from memorizer.settings import Settings

OF_MEMORIES = {
    "memories": "id",
    "memory_versions": "memory_id",
    "memory_events": "memory_id",
    "relationships": "from_id",
    "memory_tags": "memory_seq",
    "embeddings": "memory_seq",
    "memory_words": "memory_seq",
}
"""The tables with rows of memories, and the column that says whose."""


def rows(settings: Settings, sql: str) -> list[Any]:
    """What a query finds; it must be the same on both databases."""
    if settings.database_url is None:
        with closing(apsw.Connection(str(settings.database_file))) as connection:
            return connection.execute(sql).fetchall()
    with psycopg.connect(settings.database_url.get_secret_value()) as server:
        return server.execute(sql.encode()).fetchall()


def owners(settings: Settings) -> dict[str, set[Any]]:
    """Which memories (by id, or by number) have rows in which table."""
    columns = dict(OF_MEMORIES)
    if settings.database_url is None:
        columns["memory_words"] = "rowid"
    return {
        table: {owner for (owner,) in rows(settings, f"SELECT {column} FROM {table}")}  # noqa: S608 - our own names
        for table, column in columns.items()
    }
