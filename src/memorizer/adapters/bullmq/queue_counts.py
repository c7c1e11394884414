"""Reads the states of a queue's jobs from its lists and sets, without reading the jobs."""

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
"""Scored by priority, or by due time."""
FINAL_SETS: Final[Mapping[str, JobState]] = {
    "completed": JobState.COMPLETED,
    "failed": JobState.FAILED,
    "cancelled": JobState.CANCELLED,
}
"""Scored by the time of the end in ms; BullMQ has no `cancelled`, it is ours."""


class QueueCountReader:
    """Counts over whole queues. Everything raises QueueUnavailable."""

    def __init__(self, connection: RedisConnection, queues: Mapping[Queue, Transitions]) -> None:
        self._connection = connection
        self._queues = queues

    async def finished_by_minute(self, since: int) -> list[MinuteCount]:
        """Return completed and failed jobs per public queue and minute since then (ms)."""
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
        """Return title jobs: all unfinished ones, and those that ended since then (ms)."""
        found = await asyncio.gather(
            *(self._unfinished(name, state) for name, state in {**LISTS, **OPEN_SETS}.items()),
            *(self._finished(name, state, ended_since) for name, state in FINAL_SETS.items()),
        )
        parts = {part.job_id: part for each in found for part in each}
        return list(parts.values())  # a job that moved meanwhile counts as where it was seen last

    async def _unfinished(self, name: str, state: JobState) -> list[Part]:
        client, key = self._connection.reader, self._queues[Queue.TITLES].key(name)
        listed = client.lrange(key, 0, -1) if name in LISTS else client.zrange(key, 0, -1)
        ids = await self._connection.run("unfinished", listed)
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
        """Return ids and end times (ms) of the jobs in a final set since then."""
        key = self._queues[queue].key(name)
        ends = self._connection.reader.zrangebyscore(key, since, "+inf", withscores=True)
        return [(str(each[0]), int(each[1])) for each in await self._connection.run("ended", ends)]
