"""What is only asked by people who look at the queues as a whole."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from memorizer.domain.errors import ActionNotAllowed, NotFound
from memorizer.domain.job_groups import JobGroup, run_of
from memorizer.domain.jobs import LIFECYCLE, MINUTE_MS, Action, Job, JobState, MinuteCount, Queue
from memorizer.ports.clock import Clock
from memorizer.ports.job_queue import JobInsights, JobQueue
from memorizer.services.job_contents import JobContents

GROUPS_MS: Final = 24 * 60 * MINUTE_MS
"""Older groups are of no interest."""
RUN_MINUTES: Final = 120
MOST_PAGES: Final = 20
"""How many pages of jobs one search looks through before it says where to go on."""


@dataclass(frozen=True, slots=True)
class System:
    """Which parts this process is made of; known at its start."""

    queue_engine: str
    database_engine: str
    title_writer: str
    title_model: str
    worker: bool
    started_at: int


@dataclass(frozen=True, slots=True)
class QueueStats:
    """Throughput, groups, searching among jobs. Everything raises QueueUnavailable."""

    queue: JobQueue
    insights: JobInsights
    contents: JobContents
    clock: Clock
    system: System

    async def throughput(self, minutes: int) -> list[MinuteCount]:
        """Of both queues, every one of the last minutes in order; the last is this one."""
        last = self.clock.now() // MINUTE_MS * MINUTE_MS
        moments = range(last - (minutes - 1) * MINUTE_MS, last + 1, MINUTE_MS)
        found = await self.insights.finished_by_minute(moments[0])
        counts = {(count.queue, count.at): count for count in found}
        return [
            counts.get((queue, at), MinuteCount(queue, at, 0, 0))
            for queue in (Queue.TITLES, Queue.EMBEDDINGS)
            for at in moments
        ]

    async def groups(self) -> list[JobGroup]:
        """Jobs that one request made, of the last day, newest first.

        While none of these goes on, the first is what the title queue works off by itself, if
        that is much.
        """
        groups = await self.insights.groups(self.clock.now() - GROUPS_MS)
        if any(group.unfinished for group in groups):
            return groups
        titles = next(c for c in await self.insights.counts() if c.queue is Queue.TITLES)
        minutes = [c for c in await self.throughput(RUN_MINUTES) if c.queue is Queue.TITLES]
        run = run_of(titles, minutes, groups)
        return [run, *groups] if run else groups

    async def cancel_group(self, group_id: str) -> int:
        """Stop all of a group that has not ended; how many. Raises NotFound."""
        members = await self.insights.members(group_id)
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
        """Jobs in which the words occur, newest first, and where to go on.

        It ends after a number of pages, so that it stays quick: there may be a cursor though
        less than `limit` were found, and a few more than `limit` may be.
        """
        found: list[Job] = []
        wanted = words.casefold()
        for _ in range(MOST_PAGES):
            jobs, cursor = await self.insights.page(
                queue=queue, state=state, cursor=cursor, limit=limit
            )
            found += [job for job in await self.contents.shown(jobs) if _matches(job, wanted)]
            if cursor is None or len(found) >= limit:
                break
        return found, cursor


def _matches(job: Job, words: str) -> bool:
    parts = (job.id, job.name, job.error or "", _text(job.data), _text(job.result))
    return any(words in part.casefold() for part in parts)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
