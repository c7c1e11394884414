"""A worker that hangs in the middle of a title: `python -m support.stuck_worker DIR FLAG`."""

import asyncio
import sys
from pathlib import Path

from memorizer.bootstrap import open_services
from memorizer.domain.embeddings import KnownVectors
from memorizer.domain.memories import Content
from memorizer.settings import Settings
from support.embedders import WordEmbedder


class NeverReady:
    """A title writer that says it has begun, and is never done."""

    name = "never-ready"
    model = "none"

    def __init__(self, flag: Path) -> None:
        self._flag = flag

    async def check(self) -> str:
        return self.name

    async def write(self, content: Content, *, known: KnownVectors | None = None) -> str:
        self._flag.touch()
        await asyncio.Event().wait()
        return content.text


async def main(data_dir: Path, flag: Path) -> None:
    async with open_services(
        Settings(data_dir=data_dir), embedder=WordEmbedder(), writer=NeverReady(flag)
    ) as container:
        await container.worker.run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
