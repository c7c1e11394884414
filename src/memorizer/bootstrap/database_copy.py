"""Two databases at once, for a copy from one into the other."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from memorizer.adapters.system_clock import SystemClock
from memorizer.bootstrap.databases import open_database
from memorizer.domain.errors import Misconfigured
from memorizer.services.database_copy import DatabaseCopier
from memorizer.settings import Settings, variable


@asynccontextmanager
async def open_copy(source: Settings, target: Settings) -> AsyncIterator[DatabaseCopier]:
    """A copy between the databases that these settings name.

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
