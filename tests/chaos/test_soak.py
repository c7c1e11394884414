"""Mixed load for long: memory, file descriptors, threads and the log of the database stay flat.

MEMORIZER_TEST_SOAK_SECONDS says for how long; `make chaos` takes an hour.
"""

import asyncio
import os
import random
from dataclasses import asdict
from pathlib import Path

import httpx
import pytest
from benchmarks.drawing import over_time

from support.server_process import server_process
from support.soak import Load, Sample, growth, sampled
from support.waiting import HANG_SECONDS

SECONDS = float(os.environ.get("MEMORIZER_TEST_SOAK_SECONDS", "0"))
WARM_UP = 1 / 4
"""Of the time: caches fill, threads start, the first models are loaded."""
LONG_ENOUGH = 300.0
"""For a picture that says anything."""
PICTURE = Path(__file__).parents[2] / "docs" / "images" / "soak.svg"
NAMES = {
    "memory_mb": "memory (RSS, MB)",
    "files": "file descriptors",
    "threads": "threads",
    "wal_mb": "write-ahead log (MB)",
}
MAX_GROWTH = {"memory_mb": 25.0, "files": 4.0, "threads": 2.0, "wal_mb": 8.0}
"""From the warm-up to the end, by the line through all samples."""


@pytest.mark.skipif(SECONDS == 0, reason="takes long: `make chaos` runs it")
@pytest.mark.long
@pytest.mark.timeout(SECONDS + 2 * HANG_SECONDS)
async def test_a_server_stays_the_same_under_mixed_load(tmp_path: Path) -> None:
    with server_process(tmp_path) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=HANG_SECONDS) as client:
            load = Load(client, server.url, random.Random(7))  # noqa: S311 - no secret
            every = max(SECONDS / 400, 1.0)
            samples, _ = await asyncio.gather(
                sampled(server, tmp_path, every, SECONDS), load.run(SECONDS)
            )
        troubles = server.warnings()
    _draw(samples)
    print(dict(load.done), samples[0], samples[-1], sep="\n")  # noqa: T201 - with -s it is shown
    assert troubles == []
    assert set(load.done) > {"store", "search", "edit", "view", "run_jobs", "ask", "purge"}
    calm = samples[int(len(samples) * WARM_UP) :]
    grown = {name: round(growth(calm, name), 2) for name in NAMES}
    print(grown)  # noqa: T201
    assert {name: by for name, by in grown.items() if by > MAX_GROWTH[name]} == {}


def _draw(samples: list[Sample]) -> None:
    if samples[-1].seconds < LONG_ENOUGH * 0.95:
        return
    minutes = [each.seconds / 60 for each in samples]
    figures = {
        text: [float(asdict(each)[name]) for each in samples] for name, text in NAMES.items()
    }
    PICTURE.write_text(over_time("A server under mixed load", minutes, figures), encoding="utf-8")
