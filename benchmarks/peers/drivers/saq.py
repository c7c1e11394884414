"""saq on Redis."""

import asyncio
from contextlib import suppress
from typing import Any

from saq import Queue, Worker

from benchmarks.peers.drivers.queues import Count, Work, serve_queue


async def nothing(_context: dict[str, Any]) -> dict[str, Any]:
    return {}


async def _run(work: Work, count: Count) -> None:
    async def counted(_context: dict[str, Any]) -> None:
        count.one()

    queue = Queue.from_url(work.place, name=work.name)
    await queue.connect()
    for _ in range(work.jobs):
        await queue.enqueue("nothing")
    worker = Worker(queue, [nothing], concurrency=work.slots, after_process=[counted])
    count.start()
    task = asyncio.create_task(worker.start())
    await count.done.wait()
    await worker.stop()
    with suppress(asyncio.CancelledError):
        await task
    await queue.disconnect()


if __name__ == "__main__":
    serve_queue(_run)
