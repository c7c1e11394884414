"""One command's work with the services, straight on the data directory."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from memorizer.cli import config, console, logs
from memorizer.domain.errors import Misconfigured
from memorizer.services import Services
from memorizer.settings import Settings

T = TypeVar("T")
Work = Callable[[Services], Awaitable[T]]


def create(data_dir: Path | None, work: Work[T]) -> T:
    """Run `work`; the data directory is made if it is missing."""
    settings = config.load(data_dir=data_dir)
    config.open_data_dir(settings.data_dir)
    return run(settings, work)


def existing(data_dir: Path | None, work: Work[T]) -> T:
    """Run `work` on what is there. Raises Misconfigured where nothing was ever stored."""
    return _on_what_is_there(data_dir, lambda settings: run(settings, work))


def _on_what_is_there(data_dir: Path | None, then: Callable[[Settings], T]) -> T:
    settings = config.load(data_dir=data_dir)
    if not settings.data_dir.exists():
        raise Misconfigured(
            f"There is nothing in {settings.data_dir} yet. "
            'Start with `memorizer start`, or `memorizer add "something worth knowing"`.'
        )
    config.open_data_dir(settings.data_dir)
    return then(settings)


def working(data_dir: Path | None, work: Work[T]) -> T:
    """Run `work` on what is there, beside a worker of its own if no other one is alive."""
    return _on_what_is_there(data_dir, lambda settings: run(settings, work, working=True))


def take_over(data_dir: Path | None) -> tuple[str, bool]:
    """Make the queues in Redis this store's own; their prefix, and whether they were not."""
    from memorizer.bootstrap import maintenance

    def take(settings: Settings) -> tuple[str, bool]:
        logs.configure("warning", settings.log_format)
        return settings.redis_prefix, asyncio.run(maintenance.take_over(settings))

    return _on_what_is_there(data_dir, take)


def run(settings: Settings, work: Work[T], *, working: bool = False) -> T:
    """Open the services, do the work, close them."""
    logs.configure("warning", settings.log_format)
    return asyncio.run(_run(settings, work, working=working))


async def _run(settings: Settings, work: Work[T], *, working: bool) -> T:
    from memorizer.bootstrap import open_services, running

    async with open_services(settings) as container:
        if not working or await container.services.jobs.workers():
            return await work(container.services)
        console.note("No worker is alive: this command does the work itself. Ctrl-C pauses it.")
        async with running(container.worker):
            return await work(container.services)
