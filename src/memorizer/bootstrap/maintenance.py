"""Settings → work on a store as a whole: its schema, a restore, a copy, its keys in Redis."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from memorizer.adapters.sqlite import migration as sqlite
from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap.adapters import (
    _require_bullmq,
    open_database,
    require_postgres,
)
from memorizer.bootstrap.backups import backup_maker
from memorizer.domain.backups import RestoredDatabase, time_stamp
from memorizer.domain.errors import Misconfigured
from memorizer.services.database_copy import DatabaseCopier
from memorizer.settings import Settings, variable


async def take_over(settings: Settings) -> bool:
    """Make this store the owner of the keys in Redis; False if it is already.

    Raises Misconfigured while the other store's workers are alive, QueueUnavailable.
    """
    if settings.redis_url is None:
        raise Misconfigured(
            f"{variable('redis_url')} is not set: the job queues are in the database, "
            "which only this store uses."
        )
    _require_bullmq()
    from memorizer.adapters.bullmq.factory import take_over  # noqa: PLC0415 - as above

    clock = SystemClock()
    database = await open_database(settings, clock, may_move_queue=False)
    try:
        store_id = await database.read(lambda tx: tx.outbox.store_id())
    finally:
        await asyncio.to_thread(database.close)
    return await take_over(
        settings.redis_url.get_secret_value(),
        settings.redis_prefix,
        store_id,
        clock,
        lease_ms=settings.lease_ms,
    )


def database_name(settings: Settings) -> str:
    """Return the path of the database's file, or PostgreSQL; never a URL with a password."""
    return str(settings.database_file) if settings.database_url is None else "PostgreSQL"


def pending(settings: Settings) -> list[str]:
    """Return the pending migrations. Raises Misconfigured, StorageUnavailable."""
    if settings.database_url is None:
        return sqlite.pending(settings.database_file)
    require_postgres()
    from memorizer.adapters.postgres import migration  # noqa: PLC0415 - as in adapters.py

    return migration.pending(settings.database_url.get_secret_value())


def migrate(settings: Settings) -> list[str]:
    """Run and return the pending migrations, all or none.

    Raises Misconfigured, StorageUnavailable.
    """
    if settings.database_url is None:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return sqlite.migrate(settings.database_file)
    require_postgres()
    from memorizer.adapters.postgres import migration  # noqa: PLC0415 - as in adapters.py

    return migration.migrate(settings.database_url.get_secret_value())


def restore(
    settings: Settings, file: Path, *, replace: bool, tokens: bool = True
) -> RestoredDatabase:
    """Replace the database by a backup. No server or worker may run on it.

    The tokens of the result are those that work. Without `tokens` all of the backup's tokens and
    sessions are deleted. Raises BackupFailed, Misconfigured, StorageUnavailable; nothing has
    changed then.
    """
    if settings.database_url is None:
        done = _file(settings, file, tokens=tokens)
    else:
        url = settings.database_url.get_secret_value()
        done = _postgres(settings, url, file, replace=replace, tokens=tokens)
    now = SystemClock().now()
    usable = [t for t in done.tokens if t.expires_at is None or t.expires_at > now]
    return dataclasses.replace(done, tokens=usable)


def _file(settings: Settings, file: Path, *, tokens: bool) -> RestoredDatabase:
    from memorizer.adapters.sqlite.restore import restore  # noqa: PLC0415

    if file.suffix == ".dump":
        raise Misconfigured(
            f"{file} is a backup of PostgreSQL. Set MEMORIZER_DATABASE_URL to restore it there."
        )
    stamp = time_stamp(SystemClock().now())
    return restore(file, settings.database_file, stamp, tokens=tokens)


def _postgres(
    settings: Settings, url: str, file: Path, *, replace: bool, tokens: bool
) -> RestoredDatabase:
    # imported only with PostgreSQL: it costs a fifth of a second
    from memorizer.adapters.postgres.restore import (  # noqa: PLC0415
        require_empty,
        require_no_clients,
        restore,
    )

    def keep() -> Path:
        maker = backup_maker(settings)
        made = maker.make(settings.backups_dir, SystemClock().now(), lambda _: None)
        return Path(made.path)

    require_no_clients(url)
    if not replace:
        require_empty(url)
    return restore(file, url, keep, tokens=tokens)


@asynccontextmanager
async def open_copy(source: Settings, target: Settings) -> AsyncIterator[DatabaseCopier]:
    """Open the databases that these settings name, for a copy.

    Raises Misconfigured when there is no source, or both are the same, StorageUnavailable.
    """
    _check(source, target)
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        from_ = await open_database(source, clock, may_move_queue=False)
        stack.callback(from_.close)
        # jobs wait in the database: the first server that has its queues elsewhere moves them
        here = target.model_copy(update={"redis_url": None})
        to = await open_database(here, clock, may_move_queue=False)
        stack.callback(to.close)
        yield DatabaseCopier(from_, to)


def _check(source: Settings, target: Settings) -> None:
    if source.database_url is None and not source.database_file.exists():
        raise Misconfigured(f"There is no database {source.database_file} to copy.")
    if _place(source) == _place(target):
        raise Misconfigured(
            "The source and the target are the same database. "
            f"--to names another one, as {variable('database_url')} would."
        )


def _place(settings: Settings) -> str:
    url = settings.database_url
    return str(settings.database_file) if url is None else url.get_secret_value()
