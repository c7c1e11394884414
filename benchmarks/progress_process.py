"""What benchmarks/progress.py starts: `python -m benchmarks.progress_process ROLE DIR PORT REDIS`.

ROLE is `serve` (HTTP only), `work` (the worker only) or `both`; REDIS may be empty.
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn

from benchmarks.prepared import PreparedEmbedder
from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.jobs import Job
from memorizer.http.app import create_app
from memorizer.http.app_state import state_of
from memorizer.ports.job_queue import Effect, Reporter
from memorizer.settings import Settings

NAME: Final = "report-progress"
STEPS: Final = 99
PAUSE_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """Fulfils ports.jobs.Task: reports 1 to 99; its result says when each was made and kept."""

    name: str = NAME

    async def run(self, job: Job, report: Reporter) -> Effect:
        made: list[int] = []
        kept: list[int] = []
        for step in range(1, STEPS + 1):
            made.append(time.time_ns())
            await report(step)
            kept.append(time.time_ns())
            await asyncio.sleep(PAUSE_SECONDS)
        result: Mapping[str, object] = {"made": made, "kept": kept}
        return lambda _: result


async def main(role: str, folder: Path, port: int, redis_url: str) -> None:
    """Until somebody ends the process."""
    async with AsyncExitStack() as stack:
        settings = Settings.model_validate({"data_dir": folder, "redis_url": redis_url or None})
        opened = open_services(settings, embedder=PreparedEmbedder())
        container = await stack.enter_async_context(opened)
        container.worker.tasks = (ReportProgress(),)
        if role == "work":
            await container.worker.run(asyncio.Event())
        if role == "both":
            await stack.enter_async_context(running(container.worker))
        await _serve(container, port)


async def _serve(container: Container, port: int) -> None:
    app = create_app()
    state_of(app).services = container.services
    state_of(app).metrics_registry = container.metrics
    config = uvicorn.Config(app, port=port, lifespan="off", ws="none", log_level="warning")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
