"""What the figures were measured on: they are to be read as ratios, and on a calm machine."""

import os
import platform
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from benchmarks.stopwatch import Stopwatch
from memorizer.adapters.embeddings.local import usable_cores

CPU_FACTS: Final = Path("/proc/cpuinfo")
FLUSHES: Final = 200
FLUSHED: Final = bytes(16_384)
"""About what one small transaction writes."""


def description() -> str:
    """Date, processor, cores, Python."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{day}, {usable_cores()} cores of {_processor()}, Python {platform.python_version()}"


def load(when: str) -> str:
    """How busy the machine was in the last minute."""
    return f"load {os.getloadavg()[0]:.1f} {when}"


def disk(folder: Path) -> str:
    """What a flush of the disk costs by itself: no durable answer can be faster."""
    watch = Stopwatch()
    with TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(FLUSHES):
            file.write(FLUSHED)
            with watch.lap():
                os.fsync(file.fileno())
    return f"disk flush {watch.p50:.1f} ms (p99 {watch.p99:.1f})"


def _processor() -> str:
    if CPU_FACTS.exists():
        for line in CPU_FACTS.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
