"""arq on Redis, which looks for jobs as often as it may."""

import asyncio
from contextlib import suppress
from typing import Any

from arq import create_pool
from arq.connections import RedisSettings
from arq.worker import Worker

from benchmarks.peers.drivers.queues import Count, Work, serve_queue

POLL_SECONDS = 0.001
"""Its default of half a second would be all that is seen."""


async def nothing(_context: dict[str, Any]) -> dict[str, Any]:
    return {}


async def _run(work: Work, count: Count) -> None:
    async def counted(_context: dict[str, Any]) -> None:
        count.one()

    pool = await create_pool(RedisSettings.from_dsn(work.place), default_queue_name=work.name)
    for _ in range(work.jobs):
        await pool.enqueue_job("nothing")
    worker = Worker(
        [nothing],
        queue_name=work.name,
        redis_pool=pool,
        max_jobs=work.slots,
        poll_delay=POLL_SECONDS,
        after_job_end=counted,
        handle_signals=False,
    )
    count.start()
    task = asyncio.create_task(worker.async_run())
    await count.done.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


if __name__ == "__main__":
    serve_queue(_run)
