"""A process that updates one memory from 16 tasks at once.

`python -m support.concurrent_writers DIR ID N NAME`
"""

import asyncio
import json
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from memorizer.bootstrap import open_services
from memorizer.domain.errors import VersionConflict
from memorizer.services import Services
from memorizer.settings import Settings
from support.embedders import WordEmbedder

WRITERS = 16


@dataclass
class Tally:
    """What happened, to be compared with what the database says."""

    written: list[str] = field(default_factory=list)
    conflicts: int = 0
    inconsistent: int = 0


async def main(data_dir: Path, memory_id: str, updates: int) -> None:
    tally = Tally()
    settings = Settings(data_dir=data_dir)
    async with (
        open_services(settings, embedder=WordEmbedder()) as container,
        asyncio.TaskGroup() as group,
    ):
        for writer in range(WRITERS):
            group.create_task(
                write(container.services, memory_id, writer, updates // WRITERS, tally)
            )
    print(json.dumps(vars(tally)))  # noqa: T201 - this is how the test hears of it


async def write(
    services: Services, memory_id: str, writer: int, updates: int, tally: Tally
) -> None:
    """Each update says which version it changes, and starts again when that is outdated."""
    for number in range(updates):
        text = f"process {sys.argv[4]} writer {writer} update {number}"
        while True:
            seen = (await services.memories.get(memory_id)).version
            try:
                await services.memories.update(
                    memory_id,
                    lambda old, text=text: replace(old, text=text),  # type: ignore[misc]
                    actor="writer",
                    expected=seen,
                )
            except VersionConflict as refused:
                tally.conflicts += 1
                tally.inconsistent += not refused.current > refused.expected == seen
            else:
                tally.written.append(text)
                break


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
