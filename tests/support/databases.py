"""The databases that every suite about storing holds on; a new one joins here."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from memorizer.adapters.postgres.database import PostgresDatabase
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.bootstrap.adapters import OpenDatabase
from memorizer.ports.clock import Clock

Open = Callable[[], OpenDatabase]
Another = Callable[[], Awaitable[OpenDatabase]]
"""Opens the same database once more, as another process does."""


def sqlite(request: pytest.FixtureRequest, clock: Clock) -> Open:
    folder: Path = request.getfixturevalue("tmp_path")
    return partial(SqliteDatabase, folder / "memorizer.db", clock)


def postgresql(request: pytest.FixtureRequest, clock: Clock) -> Open:
    return partial(PostgresDatabase, request.getfixturevalue("postgres_url"), clock, connections=3)


DATABASES: Final = {"sqlite": sqlite, "postgresql": postgresql}


@asynccontextmanager
async def openings(open_: Open) -> AsyncIterator[Another]:
    """Whatever was opened is closed at the end."""
    async with AsyncExitStack() as stack:

        async def another() -> OpenDatabase:
            database = await asyncio.to_thread(open_)
            stack.push_async_callback(asyncio.to_thread, database.close)
            return database

        yield another
