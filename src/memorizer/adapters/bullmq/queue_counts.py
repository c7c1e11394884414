"""Where all jobs of a queue stand, read from its lists and sets without the jobs themselves."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Final

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.domain.job_groups import Part
from memorizer.domain.jobs import (
    GENERATE_TITLE,
    MINUTE_MS,
    PUBLIC_QUEUES,
    JobState,
    MinuteCount,
    Queue,
)

LISTS: Final[Mapping[str, JobState]] = {
    "wait": JobState.WAITING,
    "paused": JobState.WAITING,
    "active": JobState.ACTIVE,
}
"""Newest first, as BullMQ pushes to the left."""
OPEN_SETS: Final[Mapping[str, JobState]] = {
    "prioritized": JobState.WAITING,
    "delayed": JobState.DELAYED,
}
"""By priority, or by time."""
ENDS: Final[Mapping[str, JobState]] = {
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
}
"""Sets by the time of the end; the cancelled ones are a set of ours."""


class QueueCountReader:
    """Counts over whole queues. Raises QueueUnavailable."""

    def __init__(self, link: RedisConnection, queues: Mapping[Queue, Transitions]) -> None:
        self._link = link
        self._queues = queues

    async def finished_by_minute(self, since: int) -> list[MinuteCount]:
        counts: list[MinuteCount] = []
        for queue in PUBLIC_QUEUES:
            completed, failed = await asyncio.gather(
                self._per_minute(queue, "completed", since),
                self._per_minute(queue, "failed", since),
            )
            counts += [
                MinuteCount(queue, minute, completed[minute], failed[minute])
                for minute in sorted(completed.keys() | failed.keys())
            ]
        return counts

    async def title_jobs(self, *, ended_since: int) -> list[Part]:
        """All that have not ended, and those that ended since then."""
        found = await asyncio.gather(
            *(self._unfinished(name, state) for name, state in {**LISTS, **OPEN_SETS}.items()),
            *(self._finished(name, state, ended_since) for name, state in ENDS.items()),
        )
        parts = {part.job_id: part for each in found for part in each}
        return list(parts.values())  # a job that moved meanwhile counts as where it was seen last

    async def _unfinished(self, name: str, state: JobState) -> list[Part]:
        client, key = self._link.reader, self._queues[Queue.TITLES].key(name)
        listed = client.lrange(key, 0, -1) if name in LISTS else client.zrange(key, 0, -1)
        ids = await self._link.run("unfinished", listed)
        return [Part(str(id_), Queue.TITLES, GENERATE_TITLE, state) for id_ in ids]

    async def _finished(self, name: str, state: JobState, since: int) -> list[Part]:
        return [
            Part(id_, Queue.TITLES, GENERATE_TITLE, state, finished_at=at)
            for id_, at in await self._ended(Queue.TITLES, name, since)
        ]

    async def _per_minute(self, queue: Queue, name: str, since: int) -> Counter[int]:
        ended = await self._ended(queue, name, since)
        return Counter(at // MINUTE_MS * MINUTE_MS for _, at in ended)

    async def _ended(self, queue: Queue, name: str, since: int) -> list[tuple[str, int]]:
        """Ids and times of the jobs that came to this end."""
        key = self._queues[queue].key(name)
        ends = self._link.reader.zrangebyscore(key, since, "+inf", withscores=True)
        return [(str(each[0]), int(each[1])) for each in await self._link.run("ended", ends)]
