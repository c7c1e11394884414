"""Run one command's work with the services, directly on the data directory."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from memorizer.cli import config, console, logs
from memorizer.domain.errors import Misconfigured
from memorizer.services import Services
from memorizer.settings import Settings

T = TypeVar("T")
ServicesFunction = Callable[[Services], Awaitable[T]]


def open_or_create(data_dir: Path | None, function: ServicesFunction[T]) -> T:
    """Run `function`; create the data directory if it is missing."""
    settings = config.load(data_dir=data_dir)
    config.open_data_dir(settings.data_dir)
    return run(settings, function)


def open_existing(data_dir: Path | None, function: ServicesFunction[T]) -> T:
    """Run `function` on an existing data directory. Raises Misconfigured if there is none."""
    return run(existing_settings(data_dir), function)


def open_with_worker(data_dir: Path | None, function: ServicesFunction[T]) -> T:
    """Like `open_existing`, with a worker in this process if no other worker is alive."""
    return run(existing_settings(data_dir), function, with_worker=True)


def existing_settings(data_dir: Path | None) -> Settings:
    """Load the settings of an existing data directory. Raises Misconfigured if there is none."""
    settings = config.load(data_dir=data_dir)
    if not settings.data_dir.exists():
        raise Misconfigured(
            f"There is nothing in {settings.data_dir} yet. "
            'Start with `memorizer start`, or `memorizer add "something worth knowing"`.'
        )
    config.open_data_dir(settings.data_dir)
    return settings


def run(settings: Settings, function: ServicesFunction[T], *, with_worker: bool = False) -> T:
    """Open the services, run `function`, close them."""
    logs.configure("warning", settings.log_format)
    return asyncio.run(_run(settings, function, with_worker=with_worker))


async def _run(settings: Settings, function: ServicesFunction[T], *, with_worker: bool) -> T:
    from memorizer.bootstrap import open_services, running

    async with open_services(settings) as container:
        if not with_worker or await container.services.jobs.workers():
            return await function(container.services)
        console.note(
            "No worker is running: this command runs the job itself. Press Ctrl-C to pause it."
        )
        async with running(container.worker):
            return await function(container.services)
