"""Looking into the tables themselves, past everything that hides rows."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import apsw
import psycopg
from redis import Redis

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


def everything(settings: Settings) -> str:
    """All rows of all tables, and all that the prefix has in Redis, as one text to look through."""
    return "\n".join([*_in_database(settings), *_in_redis(settings)])


def _in_database(settings: Settings) -> Iterator[str]:
    names = (
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'memory_words%'"
        if settings.database_url is None
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    for (name,) in rows(settings, names):
        yield from map(str, rows(settings, f"SELECT * FROM {name}"))  # noqa: S608 - our own names


def _in_redis(settings: Settings) -> Iterator[str]:
    if settings.redis_url is None:
        return
    with closing(Redis.from_url(settings.redis_url.get_secret_value())) as redis:
        for key in redis.scan_iter(f"*{settings.redis_prefix}*"):
            match redis.type(key):
                case b"hash":
                    yield str(redis.hgetall(key))
                case b"stream":
                    yield str(redis.xrange(key))
                case b"string":
                    yield str(redis.get(key))
