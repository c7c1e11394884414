"""One command's work with the services, straight on the data directory."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from memorizer.cli import config, logs
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
    settings = config.load(data_dir=data_dir)
    if not settings.data_dir.exists():
        raise Misconfigured(
            f"There is nothing in {settings.data_dir} yet. "
            'Start with `memorizer start`, or `memorizer add "something worth knowing"`.'
        )
    return create(data_dir, work)


def run(settings: Settings, work: Work[T]) -> T:
    """Open the services, do the work, close them."""
    logs.configure("warning", settings.log_format)
    return asyncio.run(_run(settings, work))


async def _run(settings: Settings, work: Work[T]) -> T:
    from memorizer.bootstrap import open_services

    async with open_services(settings) as assembly:
        return await work(assembly.services)
