"""A worker that benchmarks/sharing.py starts: `python -m benchmarks.sharing_process DIR REDIS`.

Its embedder sleeps instead of computing, so that two of them do not fight for the cores.
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.prepared import DIMENSIONS
from memorizer.bootstrap import open_services
from memorizer.domain.chunking import Span
from memorizer.domain.memories import Vector
from memorizer.settings import Settings

SECONDS_PER_TEXT: Final = 0.005
VECTOR: Final = Vector(b"\0\0\x80?" + bytes(4 * (DIMENSIONS - 1)))


class SleepingEmbedder:
    """Fulfils ports.embeddings.Embedder: takes its time, one text after another."""

    name = "sleeping"
    window = 254

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def dimensions(self) -> int:
        return DIMENSIONS

    async def tokens(self, text: str) -> Sequence[Span]:
        return []

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        async with self._turn:
            await asyncio.sleep(SECONDS_PER_TEXT * len(texts))
        return [VECTOR] * len(texts)

    async def embed_query(self, text: str) -> Vector:
        return VECTOR


async def main(folder: Path, redis_url: str) -> None:
    """Until somebody ends the process."""
    settings = Settings.model_validate({"data_dir": folder, "redis_url": redis_url or None})
    async with open_services(settings, embedder=SleepingEmbedder()) as container:
        await container.worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
