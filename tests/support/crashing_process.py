"""A process that dies at a statement of a mutation: the target of a fork."""

import asyncio
import os
from pathlib import Path
from typing import Any

from memorizer.settings import Settings
from support.harness import fingerprint, open_harness
from support.mutations import MUTATIONS
from support.sql_faults import SqlFault, injecting, kill_process

DONE = 0


def die_at(at: int, mutation: str, subject: Any, data_dir: Path, journal: Path) -> None:
    """Run the mutation, and die before its statement number `at`; end well if there is none.

    The journal gets the state of the store after each commit.
    """
    asyncio.run(_die_at(at, mutation, subject, Settings(data_dir=data_dir), journal))
    os._exit(DONE)


async def _die_at(at: int, mutation: str, subject: Any, settings: Settings, journal: Path) -> None:
    def note() -> None:
        with journal.open("a") as file:
            file.write(f"{fingerprint(settings)}\n")

    fault = SqlFault(kill_process, committed=note)
    async with open_harness(settings) as harness:
        with injecting(harness.database, fault):
            fault.arm(at)
            await MUTATIONS[mutation].run(harness, subject)
