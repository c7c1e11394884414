"""Detects that another worker's process is dead, where the system can tell."""

import os
from functools import cache
from pathlib import Path
from typing import Final

from memorizer.domain.jobs import WorkerRecord

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_NAMESPACE: Final = Path("/proc/self/ns/pid")


@cache
def pid_scope() -> str | None:
    """Where this process's id is valid: in one PID namespace, during one boot of one machine.

    Host names say nothing about that: containers and cloned machines share them. None where the
    system does not tell (only Linux does); there a lost worker's leases have to run out.
    """
    try:
        return f"{_BOOT.read_text('ascii').strip()}/{_NAMESPACE.stat().st_ino}"
    except (OSError, ValueError):
        return None


def is_dead(other: WorkerRecord, me: WorkerRecord) -> bool:
    """Whether another worker's process is known to be gone."""
    if other.pid_scope is None or other.pid_scope != me.pid_scope or other.pid == me.pid:
        return False
    try:
        os.kill(other.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False  # it lives, as somebody else
    return False
