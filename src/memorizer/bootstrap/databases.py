"""Settings → the database: one file, or PostgreSQL."""

import asyncio
from importlib.util import find_spec
from typing import Protocol

from memorizer.adapters.sql.job_transaction import JobDatabase
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.bootstrap.backups import way_back
from memorizer.bootstrap.extras import install
from memorizer.domain.errors import Misconfigured, StorageDamaged
from memorizer.ports.clock import Clock
from memorizer.ports.signals import Signals
from memorizer.settings import Settings, variable
from memorizer.supervision import Supervisor


class OpenDatabase(JobDatabase, Protocol):
    """A database of either kind, with its signals."""

    @property
    def signals(self) -> Signals: ...
    async def size(self) -> int: ...
    def close(self) -> None: ...


async def open_database(
    settings: Settings,
    clock: Clock,
    *,
    may_move_queue: bool,
    examine: bool = False,
    supervisor: Supervisor | None = None,
) -> OpenDatabase:
    """Bring the schema up to date and open it; a file can be examined first.

    Raises Misconfigured, StorageUnavailable; a damaged file with the backup to restore.
    """
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            return await asyncio.to_thread(
                SqliteDatabase,
                settings.database_file,
                clock,
                lease_ms=settings.lease_ms,
                dispatching=settings.redis_url is not None,
                may_move_queue=may_move_queue,
                examine=examine,
                supervisor=supervisor,
            )
        except StorageDamaged as error:
            raise StorageDamaged(str(error), way_back(settings)) from error
    require_postgres()
    # costs a fifth of a second, which who has no PostgreSQL need not spend
    from memorizer.adapters.postgres.database import PostgresDatabase  # noqa: PLC0415

    return await asyncio.to_thread(
        PostgresDatabase,
        settings.database_url.get_secret_value(),
        clock,
        lease_ms=settings.lease_ms,
        dispatching=settings.redis_url is not None,
        may_move_queue=may_move_queue,
        connections=settings.database_connections,
        supervisor=supervisor,
    )


def require_postgres() -> None:
    """Raises Misconfigured when the driver is not installed."""
    if find_spec("psycopg") is None:
        raise Misconfigured(
            f"{variable('database_url')} is set, which needs psycopg. " + install("postgres")
        )
