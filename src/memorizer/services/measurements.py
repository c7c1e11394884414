"""What `/metrics` tells of jobs and backups, read once for all who ask within a moment."""

from dataclasses import dataclass
from typing import Final

from memorizer.domain.errors import Unavailable
from memorizer.domain.jobs import QueueCounts
from memorizer.services.backups import Backups, Overview
from memorizer.services.jobs import Jobs
from memorizer.services.reuse import Reused

FRESH_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Measured:
    """None where the part did not answer."""

    counts: list[QueueCounts] | None
    queue_works: bool
    """Whether it takes changes, too."""
    backups: Overview | None


class Measurements:
    """Reads them."""

    def __init__(self, jobs: Jobs, backups: Backups) -> None:
        self._jobs = jobs
        self._backups = backups
        self._newest = Reused(self._read, lambda _: FRESH_SECONDS)

    async def read(self) -> Measured:
        """At most a second old."""
        return await self._newest.get()

    async def close(self) -> None:
        """Read nothing any more."""
        await self._newest.close()

    async def _read(self) -> Measured:
        return Measured(await self._counts(), await self._queue_works(), await self._overview())

    async def _counts(self) -> list[QueueCounts] | None:
        try:
            return await self._jobs.counts()
        except Unavailable:
            return None

    async def _queue_works(self) -> bool:
        try:
            await self._jobs.ready()
        except Unavailable:
            return False
        return True

    async def _overview(self) -> Overview | None:
        try:
            return await self._backups.overview()
        except Unavailable:
            return None
