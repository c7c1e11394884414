"""The read side of the job queue on Redis."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.queue_counts import FINAL_SETS, LISTS, OPEN_SETS, QueueCountReader
from memorizer.adapters.bullmq.repairs import Repairs
from memorizer.adapters.bullmq.serialization import DELAY_SCALE, unsent_job
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.adapters.bullmq.worker_registry import WorkerRegistry
from memorizer.domain.errors import NotFound
from memorizer.domain.job_groups import JobGroup, assemble, first_id_at, group_of
from memorizer.domain.jobs import (
    PUBLIC_QUEUES,
    Job,
    JobFailure,
    JobState,
    MinuteCount,
    Queue,
    QueueCounts,
    WorkerRecord,
)
from memorizer.ports.transactions import Database

SETS: Final[Mapping[str, JobState]] = {**OPEN_SETS, **FINAL_SETS}


class BullmqJobReader:
    """Implements ports.job_queue.JobReader. A page's cursor is the number of jobs before it."""

    def __init__(
        self,
        connection: RedisConnection,
        queues: Mapping[Queue, Transitions],
        workers: WorkerRegistry,
        repairs: Repairs,
        database: Database,
    ) -> None:
        self._connection = connection
        self._queues = queues
        self._workers = workers
        self._repairs = repairs
        self._database = database
        self._counts_reader = QueueCountReader(connection, queues)

    async def get(self, job_id: str, queue: Queue | None = None) -> Job:
        wanted = [queue] if queue else list(Queue)
        found = await asyncio.gather(*(self._queues[each].get(job_id) for each in wanted))
        job = next((job for job in found if job is not None), None)
        return job or await self._get_unsent(job_id, queue)

    async def _get_unsent(self, job_id: str, queue: Queue | None) -> Job:
        """Return a job that is in the outbox but not in Redis yet. Raises NotFound."""
        row = await self._database.read(lambda tx: tx.outbox.get(job_id))
        if row is None or row.result is not None or queue not in {None, row.job.queue}:
            raise NotFound("job", job_id)
        return unsent_job(row.job, row.created_at)

    async def counts(self) -> list[QueueCounts]:
        pipeline = self._connection.reader.pipeline(transaction=False)
        for queue in PUBLIC_QUEUES:
            key = self._queues[queue].key
            pipeline.hexists(key("meta"), "paused")
            for name in LISTS:
                pipeline.llen(key(name))
            for name in SETS:
                pipeline.zcard(key(name))
        replies = await self._connection.run("counts", pipeline.execute())
        width = 1 + len(LISTS) + len(SETS)
        return [
            _counts(queue, replies[n * width : (n + 1) * width])
            for n, queue in enumerate(PUBLIC_QUEUES)
        ]

    async def page(
        self, *, queue: Queue | None, state: JobState | None, cursor: int | None, limit: int
    ) -> tuple[list[Job], int | None]:
        """List jobs; one that changes its state meanwhile may appear twice or not at all."""
        start = cursor or 0
        queues = [queue] if queue else list(PUBLIC_QUEUES)
        depth = start + limit + 1
        ids = await asyncio.gather(*(self._newest(each, state, depth) for each in queues))
        pairs = [(each, id_) for each, found in zip(queues, ids, strict=True) for id_ in found]
        created_at = await self._created_at(pairs)
        if gone := [pair for pair in pairs if pair[1] not in created_at]:
            await self._repair(gone)
            pairs = [pair for pair in pairs if pair[1] in created_at]
        pairs.sort(
            key=lambda pair: -created_at[pair[1]]
        )  # stable: of one moment, as they are listed
        shown = pairs[start : start + limit]
        jobs = await asyncio.gather(*(self._queues[each].get(id_) for each, id_ in shown))
        following = start + limit if len(pairs) > start + limit else None
        return [job for job in jobs if job is not None], following

    async def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        await self.get(job_id)
        return await self._database.read(
            lambda tx: tx.batches.failures(job_id, after=after, limit=limit)
        )

    async def workers(self) -> list[WorkerRecord]:
        return await self._workers.list_alive()

    async def count_unfinished_children(self, job_id: str) -> int:
        children = await self._database.read(lambda tx: tx.outbox.unfinished_children(job_id))
        return len(children)

    async def next_due(self, queue: Queue) -> int | None:
        key = self._queues[queue].key("delayed")
        first = await self._connection.run(
            "delayed", self._connection.reader.zrange(key, 0, 0, withscores=True)
        )
        return int(first[0][1]) // DELAY_SCALE if first else None

    async def finished_by_minute(self, since: int) -> list[MinuteCount]:
        return await self._counts_reader.finished_by_minute(since)

    async def groups(self, since: int) -> list[JobGroup]:
        first = first_id_at(since)
        parts = await self._counts_reader.title_jobs(ended_since=since)
        return assemble(part for part in parts if part.job_id >= first)

    async def members(self, group_id: str) -> dict[str, JobState]:
        parts = await self._counts_reader.title_jobs(ended_since=0)
        return {part.job_id: part.state for part in parts if group_of(part.job_id) == group_id}

    async def _newest(self, queue: Queue, state: JobState | None, depth: int) -> list[str]:
        """Return the ids of the newest `depth` jobs of each list of a state."""
        key = self._queues[queue].key
        pipeline = self._connection.reader.pipeline(transaction=False)
        for name in _named(LISTS, state):
            pipeline.lrange(key(name), 0, depth - 1)
        for name in _named(SETS, state):
            pipeline.zrange(key(name), 0, depth - 1, desc=True)
        replies = await self._connection.run("lists", pipeline.execute())
        return list(dict.fromkeys(str(id_) for reply in replies for id_ in reply))

    async def _created_at(self, pairs: Sequence[tuple[Queue, str]]) -> dict[str, int]:
        """Return creation times (ms) by job id, without the jobs whose hash is gone."""
        pipeline = self._connection.reader.pipeline(transaction=False)
        for queue, job_id in pairs:
            pipeline.hget(self._queues[queue].key(job_id), "timestamp")
        times = await self._connection.run("ages", pipeline.execute())
        return {id_: int(time) for (_, id_), time in zip(pairs, times, strict=True) if time}

    async def _repair(self, pairs: Sequence[tuple[Queue, str]]) -> None:
        """Restore jobs whose hash is gone from the outbox; remove the rest from the lists."""
        for queue in {queue for queue, _ in pairs}:
            ids = [id_ for each, id_ in pairs if each is queue]
            await self._repairs.restore(queue, ids)
            await self._repairs.remove_dangling(queue, ids)


def _named(places: Mapping[str, JobState], state: JobState | None) -> list[str]:
    return [name for name, each in places.items() if state in {None, each}]


def _counts(queue: Queue, replies: Sequence[int]) -> QueueCounts:
    paused, *sizes = replies
    by_state = dict.fromkeys(JobState, 0)
    for state, size in zip([*LISTS.values(), *SETS.values()], sizes, strict=True):
        by_state[state] += size
    return QueueCounts(queue, paused=bool(paused), by_state=by_state)
