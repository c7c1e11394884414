"""What the figures were measured on: they are to be read as ratios, and on a calm machine."""

import os
import platform
import time
from pathlib import Path
from typing import Final

from memorizer.adapters.embeddings.bundled import usable_cores

CPU_FACTS: Final = Path("/proc/cpuinfo")


def description() -> str:
    """Date, processor, cores, Python."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{day}, {usable_cores()} cores of {_processor()}, Python {platform.python_version()}"


def load(when: str) -> str:
    """How busy the machine was in the last minute."""
    return f"load {os.getloadavg()[0]:.1f} {when}"


def _processor() -> str:
    if CPU_FACTS.exists():
        for line in CPU_FACTS.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
