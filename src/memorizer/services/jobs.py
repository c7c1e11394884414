"""Background jobs: enqueueing, reading and controlling them, and statistics of the queues."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Final

from memorizer.domain.errors import ActionNotAllowed, AlreadyRunning, NotFound
from memorizer.domain.job_groups import JobGroup, member_id, new_group, ungrouped_run
from memorizer.domain.jobs import (
    CONSOLIDATE,
    GENERATE_TITLE,
    LIFECYCLE,
    MINUTE_MS,
    PUBLIC_QUEUES,
    REEMBED_ALL,
    REEMBED_ONE,
    Action,
    Job,
    JobFailure,
    JobState,
    MinuteCount,
    NewJob,
    Queue,
    QueueCounts,
    WorkerRecord,
)
from memorizer.domain.memories import Memory
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedders
from memorizer.ports.job_queue import JobAdmin, JobReader
from memorizer.ports.transactions import Database, MemoryTransaction
from memorizer.services.job_memories import JobMemoryLoader

BATCH = 500
"""Title jobs enqueued in one transaction, so that other writers need not wait long."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """Enqueues, reads and controls jobs. Everything raises QueueUnavailable."""

    database: Database
    queue: JobAdmin
    job_reader: JobReader
    clock: Clock
    embedders: Embedders
    contents: JobMemoryLoader

    async def generate_titles(self, memory_ids: Sequence[str] | None = None) -> list[str]:
        """Queue title jobs and return their ids, one per memory.

        Without ids: for live memories that have no title. With ids: for exactly these, and
        an existing title is replaced. A memory with an unfinished title job keeps that one.
        Raises NotFound, QueueUnavailable.
        """
        await self.queue.check_available()
        group = self._group()
        if memory_ids is not None:
            return await self._title_jobs(list(dict.fromkeys(memory_ids)), group, replace=True)
        job_ids: list[str] = []
        after = ""
        while page := await self._untitled(after):
            job_ids += await self._title_jobs(page, group, replace=False)
            after = page[-1]
        return job_ids

    def _group(self) -> Iterator[str]:
        """Ids for the jobs of one request, which make them a group."""
        group_id = new_group(self.clock.new_id())
        return (member_id(group_id, number) for number in count(1))

    async def _untitled(self, after: str) -> list[str]:
        return await self.database.read(
            lambda tx: tx.memories.untitled_ids(after=after, limit=BATCH)
        )

    async def _title_jobs(
        self, memory_ids: Sequence[str], ids: Iterator[str], *, replace: bool
    ) -> list[str]:
        def transaction(tx: MemoryTransaction) -> list[str]:
            memories = tx.memories.get_many(memory_ids)
            if replace:
                _require_all(memory_ids, [memory.id for memory in memories])
            return tx.jobs.enqueue(
                [
                    title_job(self.clock, memory, replace=replace, id_=next(ids))
                    for memory in memories
                ]
            )

        return await self.database.write(transaction)

    async def reembed(self, memory_ids: Sequence[str] | None = None) -> str:
        """Queue re-embedding and return the job's id.

        One id makes a single job, several or none (all memories) a bulk job.
        Raises NotFound, QueueUnavailable; AlreadyRunning while another job re-embeds everything.
        """
        await self.queue.check_available()
        ids = None if memory_ids is None else list(dict.fromkeys(memory_ids))
        model = {"name": self.embedders.configured.name, "spec": self.embedders.spec}

        def transaction(tx: MemoryTransaction) -> str:
            if ids is not None:
                _require_all(ids, [memory.id for memory in tx.memories.get_many(ids)])
            if ids is not None and len(ids) == 1:
                return tx.jobs.enqueue([embedding_job(self.clock, ids[0])])[0]
            job = bulk_job(self.clock, ids, model)
            [job_id] = tx.jobs.enqueue([job])
            if job_id != job.id:
                raise AlreadyRunning(job_id)
            return job_id

        return await self.database.write(transaction)

    async def consolidate(self, job_id: str | None = None) -> str:
        """Queue the job that makes proposals of what could be put in order; return its id.

        While one is unfinished, its id. Raises QueueUnavailable.
        """
        await self.queue.check_available()
        job = consolidation_job(self.clock, job_id)
        [queued] = await self.database.write(lambda tx: tx.jobs.enqueue([job]))
        return queued

    async def get(self, job_id: str, queue: Queue | None = None) -> Job:
        """Return one job. Raises NotFound."""
        return await self.contents.load(await self.job_reader.get(job_id, queue))

    async def ready(self) -> None:
        """Return if jobs can be queued. Raises QueueUnavailable."""
        await self.queue.check_available()

    async def counts(self) -> list[QueueCounts]:
        """Return the number of jobs by state, for each queue."""
        return await self.job_reader.counts()

    async def page(
        self,
        *,
        queue: Queue | None = None,
        state: JobState | None = None,
        cursor: int | None = None,
        limit: int = 50,
    ) -> tuple[list[Job], int | None]:
        """Return jobs, newest first, and the next page's cursor."""
        page, following = await self.job_reader.page(
            queue=queue, state=state, cursor=cursor, limit=limit
        )
        return await self.contents.load_many(page), following

    async def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        """Return the failed items of a bulk job in the order of their ids. Raises NotFound."""
        found = await self.job_reader.failures(job_id, after=after, limit=limit)
        return await self.contents.failures(found)

    async def workers(self) -> list[WorkerRecord]:
        """Return the workers that are alive."""
        return await self.job_reader.workers()

    async def cancel(self, job_id: str) -> Job:
        """Cancel a job; a running one ends at its next step. Raises NotFound, ActionNotAllowed."""
        return await self.contents.load(await self.queue.cancel(job_id))

    async def retry(self, job_id: str) -> Job:
        """Run a failed or cancelled job again; of a bulk job, only what is not done.

        Raises NotFound, ActionNotAllowed, AlreadyRunning.
        """
        return await self.contents.load(await self.queue.retry(job_id))

    async def retry_failed(self, queue: Queue | None = None) -> list[str]:
        """Retry every failed job; returns their ids."""
        return await self.queue.retry_failed(queue)

    async def remove(self, job_id: str) -> None:
        """Delete an ended job. Raises NotFound, ActionNotAllowed."""
        await self.queue.remove(job_id)

    async def clean(self, *, older_than_ms: int, queue: Queue | None = None) -> int:
        """Remove jobs that ended longer ago than this. Return the number removed."""
        return await self.queue.clean(self.clock.now() - older_than_ms, queue)

    async def pause(self, queue: Queue, *, paused: bool) -> None:
        """Pause a queue or resume it; running jobs go on."""
        await self.queue.pause(queue, paused=paused)


@dataclass(frozen=True, slots=True)
class ConsolidationSchedule:
    """Queues a consolidation in each period of `every_ms`, counted from 1970."""

    jobs: Jobs
    every_ms: int

    async def start_if_due(self) -> None:
        """Queue one unless this period has one. Raises QueueUnavailable."""
        job_id = f"consolidation-{self.every_ms}-{self.jobs.clock.now() // self.every_ms}"
        with suppress(NotFound):
            await self.jobs.job_reader.get(job_id)
            return
        await self.jobs.consolidate(job_id)


def _require_all(wanted: Sequence[str], found: Sequence[str]) -> None:
    known = set(found)
    for memory_id in wanted:
        if memory_id not in known:
            raise NotFound("memory", memory_id)


MAX_GROUP_AGE_MS: Final = 24 * 60 * MINUTE_MS
"""Older groups are not listed."""


RUN_MINUTES: Final = 120


MAX_PAGES: Final = 20
"""Pages of jobs that one search reads before it returns a cursor."""


@dataclass(frozen=True, slots=True)
class System:
    """The configuration of this process, for the dashboard; known at its start."""

    queue_engine: str
    database_engine: str
    title_writer: str
    title_model: str
    rerank_model: str | None
    worker: bool
    started_at: int


@dataclass(frozen=True, slots=True)
class QueueStats:
    """Throughput, groups and search of jobs. Everything raises QueueUnavailable."""

    queue: JobAdmin
    job_reader: JobReader
    contents: JobMemoryLoader
    clock: Clock
    system: System

    async def throughput(self, minutes: int) -> list[MinuteCount]:
        """Return the counts of the last minutes of all queues, oldest first, up to now."""
        last = self.clock.now() // MINUTE_MS * MINUTE_MS
        moments = range(last - (minutes - 1) * MINUTE_MS, last + 1, MINUTE_MS)
        found = await self.job_reader.finished_by_minute(moments[0])
        counts = {(count.queue, count.at): count for count in found}
        return [
            counts.get((queue, at), MinuteCount(queue, at, 0, 0))
            for queue in PUBLIC_QUEUES
            for at in moments
        ]

    async def groups(self) -> list[JobGroup]:
        """Return the groups of jobs that one request made in the last day, newest first.

        If none is unfinished, a first group stands for the jobs that the title queue runs without
        a group, if there are many.
        """
        groups = await self.job_reader.groups(self.clock.now() - MAX_GROUP_AGE_MS)
        if any(group.unfinished for group in groups):
            return groups
        titles = next(c for c in await self.job_reader.counts() if c.queue is Queue.TITLES)
        minutes = [c for c in await self.throughput(RUN_MINUTES) if c.queue is Queue.TITLES]
        run = ungrouped_run(titles, minutes, groups)
        return [run, *groups] if run else groups

    async def cancel_group(self, group_id: str) -> int:
        """Cancel the unfinished jobs of a group. Return the number cancelled. Raises NotFound."""
        members = await self.job_reader.members(group_id)
        if not members:
            raise NotFound("group", group_id)
        open_ = [id_ for id_, state in members.items() if Action.CANCEL in LIFECYCLE[state].actions]
        for job_id in open_:
            with suppress(ActionNotAllowed, NotFound):  # it ended meanwhile
                await self.queue.cancel(job_id)
        return len(open_)

    async def find(
        self,
        words: str,
        *,
        queue: Queue | None = None,
        state: JobState | None = None,
        cursor: int | None = None,
        limit: int = 50,
    ) -> tuple[list[Job], int | None]:
        """Return jobs in which `words` occur, newest first, and the next page's cursor.

        It stops after MAX_PAGES pages: there may be a cursor with fewer than `limit` jobs, and
        there may be a few more jobs than `limit`.
        """
        found: list[Job] = []
        wanted = words.casefold()
        for _ in range(MAX_PAGES):
            jobs, cursor = await self.job_reader.page(
                queue=queue, state=state, cursor=cursor, limit=limit
            )
            found += [job for job in await self.contents.load_many(jobs) if _matches(job, wanted)]
            if cursor is None or len(found) >= limit:
                break
        return found, cursor


def _matches(job: Job, words: str) -> bool:
    parts = (job.id, job.name, job.error or "", _text(job.data), _text(job.result))
    return any(words in part.casefold() for part in parts)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def title_job(
    clock: Clock, memory: Memory, *, replace: bool = False, id_: str | None = None
) -> NewJob:
    """Return a job that writes a missing title, or replaces it with `replace`."""
    return NewJob(
        id=id_ or clock.new_id(),
        queue=Queue.TITLES,
        name=GENERATE_TITLE,
        data={"memoryId": memory.id, "replace": replace},  # job_memories.py shows the rest
        unique_key=f"title:{memory.id}:{'replace' if replace else 'missing'}",
    )


def embedding_job(clock: Clock, memory_id: str) -> NewJob:
    """Return a job that re-embeds one memory with the active model."""
    return NewJob(
        id=clock.new_id(),
        queue=Queue.EMBEDDINGS,
        name=REEMBED_ONE,
        data={"memoryId": memory_id},
        unique_key=f"embedding:{memory_id}",
    )


def bulk_job(clock: Clock, memory_ids: Sequence[str] | None, model: Mapping[str, object]) -> NewJob:
    """Return a job that re-embeds these memories, or all with `model`, of which one may wait.

    The job names the model, as a worker with other settings may run it.
    """
    return NewJob(
        id=f"bulk-{clock.new_id()}",
        queue=Queue.EMBEDDINGS,
        name=REEMBED_ALL,
        data={"model": model} if memory_ids is None else {"memoryIds": list(memory_ids)},
        unique_key="bulk:all" if memory_ids is None else None,
    )


def consolidation_job(clock: Clock, id_: str | None = None) -> NewJob:
    """Return a job that looks through all memories; only one may wait or run."""
    return NewJob(
        id=id_ or f"consolidation-{clock.new_id()}",
        queue=Queue.EMBEDDINGS,
        name=CONSOLIDATE,
        data={},
        unique_key="consolidation",
    )
