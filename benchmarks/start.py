"""The command from outside: how soon it answers, and what it holds when idle."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import httpx

from benchmarks.figure import Bench, Figure
from benchmarks.processes import (
    address,
    free_port,
    processor_seconds,
    resident_mb,
    started,
    wait_for_answer,
)

STARTS: Final = 5
HELPS: Final = 10
MEMORIES: Final = 20
IDLE_SECONDS: Final = 3
WATCHED_SECONDS: Final = 30
LOOK_SECONDS: Final = 0.1


async def measure(bench: Bench) -> list[Figure]:
    """In a thread: nothing here shares our event loop."""
    return await asyncio.to_thread(_measure, bench)


def _measure(bench: Bench) -> list[Figure]:
    full = bench.folder / "full"
    idle = _idle(full, bench.corpus.texts(MEMORIES))
    empty, existing = [], []
    for number in range(STARTS):
        empty.append(_start(bench.folder / f"empty-{number}"))
        existing.append(_start(full))
    help_ = [_help() for _ in range(HELPS)]
    return [
        Figure("idle memory, model loaded", idle.loaded_mb, "MB", at_most=250),
        Figure("idle memory, before a model is needed", idle.before_mb, "MB", at_most=150),
        Figure("idle server with worker", idle.processor, "% of a core", at_most=0.5),
        Figure("start to first answer, empty folder", median(empty), "s", at_most=1.5),
        Figure("start to first answer, with data", median(existing), "s", at_most=1.5),
        Figure("memorizer --help", median(help_) * 1_000, "ms", at_most=200),
    ]


def _start(folder: Path) -> float:
    """Seconds from the command to its first answer."""
    port, begin = free_port(), time.perf_counter()
    with started("memorizer", "start", "--port", str(port), "--data-dir", folder):
        wait_for_answer(port)
        return time.perf_counter() - begin


def _help() -> float:
    begin = time.perf_counter()
    command = [sys.executable, "-m", "memorizer", "--help"]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begin


@dataclass(frozen=True, slots=True)
class _Idle:
    """A server that nobody asks anything."""

    before_mb: float
    loaded_mb: float
    processor: float
    """In percent of one core."""


def _idle(folder: Path, texts: Sequence[str]) -> _Idle:
    """After the start, and after memories were stored and their titles written."""
    port = free_port()
    with started("memorizer", "start", "--port", str(port), "--data-dir", folder) as process:
        wait_for_answer(port)
        time.sleep(IDLE_SECONDS)
        before = resident_mb(process.pid)
        with httpx.Client(base_url=address(port), timeout=60) as client:
            for text in texts:
                client.post("/api/memories", json={"text": text}).raise_for_status()
            while _titles_to_write(client):
                time.sleep(LOOK_SECONDS)
        time.sleep(IDLE_SECONDS)
        loaded = resident_mb(process.pid)
        used = processor_seconds(process.pid)
        time.sleep(WATCHED_SECONDS)
        share = (processor_seconds(process.pid) - used) / WATCHED_SECONDS
        return _Idle(before, loaded, 100 * share)


def _titles_to_write(client: httpx.Client) -> int:
    queue = client.get("/api/admin/stats").raise_for_status().json()["titleQueue"]
    return int(queue["waiting"]) + int(queue["active"])
