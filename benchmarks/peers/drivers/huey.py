"""huey, on Redis or on a file of SQLite that is flushed with every transaction."""

import asyncio
from typing import Any

from huey import RedisHuey, SqliteHuey
from huey.signals import SIGNAL_COMPLETE

from benchmarks.peers.drivers.queues import Count, Work, serve_queue


async def _run(work: Work, count: Count) -> None:
    queue = _queue(work)
    loop = asyncio.get_running_loop()

    @queue.task()  # type: ignore[untyped-decorator]
    def nothing() -> dict[str, Any]:
        return {}

    @queue.signal(SIGNAL_COMPLETE)  # type: ignore[untyped-decorator]
    def counted(*_: object) -> None:
        loop.call_soon_threadsafe(count.one)

    for _ in range(work.jobs):
        nothing()
    consumer = queue.create_consumer(workers=work.slots, worker_type="thread", periodic=False)
    count.start()
    consumer.start()
    await count.done.wait()
    consumer.stop(graceful=True)


def _queue(work: Work) -> Any:
    if work.place.startswith("redis:"):
        return RedisHuey(work.name, url=work.place)
    return SqliteHuey(work.name, filename=work.place, fsync=True)


if __name__ == "__main__":
    serve_queue(_run)
