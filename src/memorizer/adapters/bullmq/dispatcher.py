"""From the transaction that enqueued a job to Redis, and back to the books when it has ended.

The database is written first, always. So what Redis never heard of, or forgot, is sent again;
sending twice adds nothing, for a job's id is its own.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from time import monotonic
from typing import Final
from uuid import uuid4

import structlog

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.owner import Owner
from memorizer.adapters.bullmq.repairs import Repairs
from memorizer.adapters.bullmq.serialization import options_of
from memorizer.adapters.bullmq.server import Server
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.domain.errors import QueueUnavailable, StorageUnavailable
from memorizer.domain.jobs import Job, JobState, OutboxEntry, Queue
from memorizer.domain.topics import DISPATCHES
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database, Transaction
from memorizer.supervision import Loop

log = structlog.get_logger()

BATCH: Final = 500
LOOK_SECONDS: Final = 5.0
"""New jobs are signalled; this is the net."""
TOGETHER_SECONDS: Final = 0.25
"""For so long ends are gathered, to be written down in one transaction."""
COMPARE_SECONDS: Final = 60.0


class Dispatcher:
    """Hands jobs over to Redis. Any number of processes may do this at once."""

    def __init__(
        self,
        link: RedisConnection,
        queues: Mapping[Queue, Transitions],
        *,
        repairs: Repairs,
        owner: Owner,
        server: Server,
        database: Database,
        signals: Signals,
        prefix: str,
    ) -> None:
        self._link = link
        self._queues = queues
        self._repairs = repairs
        self._owner = owner
        self._server = server
        self._database = database
        self._signals = signals
        self._run_key = f"{prefix}:memorizer:run"
        self._ended: list[str] = []
        self._compare_again_at = 0.0
        self._compared_breaks = 0
        self._sending = asyncio.Lock()

    async def run(self, loop: Loop) -> None:
        """Work until cancelled."""
        async with self._signals.subscribe(DISPATCHES) as news:
            while True:
                try:
                    await self._turn()
                except (QueueUnavailable, StorageUnavailable) as error:
                    log.debug("jobs wait to be handed over", error=str(error))
                loop.works()
                await news.wait(LOOK_SECONDS)

    async def _turn(self) -> None:
        await self.flush_finished()
        if self._link.refuses_writes:
            await self._owner.try_to_write()
        await self.send()
        breaks = self._link.breaks
        if breaks != self._compared_breaks or monotonic() > self._compare_again_at:
            await self.reconcile()
            self._compared_breaks = breaks
            self._compare_again_at = monotonic() + COMPARE_SECONDS

    async def send(self) -> None:
        """Hand over everything that waits in the books. Raises QueueUnavailable."""
        async with self._sending:
            while rows := await self._database.read(lambda tx: tx.outbox.list_unsent(limit=BATCH)):
                for queue, jobs in groupby(rows, key=lambda row: row.job.queue):
                    await self._add(queue, list(jobs))
                ids = [row.job.id for row in rows]
                await self._database.write(partial(_mark_sent, ids=ids))

    async def _add(self, queue: Queue, rows: Sequence[OutboxEntry]) -> None:
        jobs = [
            {
                "name": row.job.name,
                "data": dict(row.job.data),
                "opts": options_of(row.job, row.created_at),
            }
            for row in rows
        ]
        await self._link.run("hand over", self._queues[queue].bull.addBulk(jobs), writes=True)

    def mark_finished(self, job_ids: Iterable[str]) -> None:
        """These need not be in the books any longer; written down together, and soon."""
        if not self._ended:
            tell = partial(self._signals.publish, frozenset({DISPATCHES}))
            asyncio.get_running_loop().call_later(TOGETHER_SECONDS, tell)
        self._ended += job_ids

    async def flush_finished(self) -> None:
        """Close the books of jobs that have ended."""
        if self._ended:
            ids, self._ended = self._ended, []
            try:
                await self._database.write(lambda tx: tx.outbox.drop(ids))
            except BaseException:
                self._ended = ids + self._ended  # for the next turn
                raise

    async def reconcile(self) -> None:
        """Bring books and Redis together where a crash on either side parted them."""
        await self._server.read_policy()
        lost_memory, mark = await self._lost_memory()
        lost_memory |= self._server.evicts  # a job and its list may both have been dropped
        after = ""
        while rows := await self._database.read(partial(_sent, after=after)):
            await self._compare(rows, lost_memory=lost_memory)
            after = rows[-1].job.id
        await self._link.run("mark", self._link.client.set(self._run_key, mark), writes=True)
        if lost_memory:
            await self.send()

    async def _lost_memory(self) -> tuple[bool, str]:
        """Whether Redis was restarted or emptied since somebody compared, and the mark to set.

        The mark is the run of Redis. A user who may not ask for that finds one of ours missing
        where Redis was emptied; after a broken connection it may have been restarted.
        """
        found = await self._link.run("mark", self._link.reader.get(self._run_key))
        if run_id := await self._server.run_id():
            return found != run_id, run_id
        may_be_new = self._link.breaks != self._compared_breaks
        return found is None or may_be_new, str(found or uuid4().hex)

    async def _compare(self, rows: Sequence[OutboxEntry], *, lost_memory: bool) -> None:
        """Redis forgot a job: tell it again. Somebody removed it, or it ended: so have we."""
        jobs = await asyncio.gather(*(self._queues[r.job.queue].get(r.job.id) for r in rows))
        pairs = list(zip(rows, jobs, strict=True))
        restored = await self._restore(pairs)
        over = [row.job.id for row, job in pairs if _is_over(row, job)]
        missing = [
            row.job.id
            for row, job in pairs
            if job is None and row.result is None and row.job.id not in restored
        ]

        def work(tx: Transaction) -> None:
            tx.outbox.drop(over)
            if lost_memory:
                tx.outbox.mark_sent(missing, sent=False)
            else:
                tx.outbox.drop(missing)

        if over or missing:
            log.info("the books of the queue were mended", ended=len(over), missing=len(missing))
            await self._database.write(work)

    async def _restore(self, pairs: Sequence[tuple[OutboxEntry, Job | None]]) -> set[str]:
        """Put jobs together again that lack their hash or their place in a list; their ids."""
        broken: set[str] = set()
        for queue in {row.job.queue for row, _ in pairs}:
            listed = await self._queues[queue].unfinished()
            ids = [
                row.job.id
                for row, job in pairs
                if row.job.queue is queue and _is_broken(job, is_listed=row.job.id in listed)
            ]
            await self._repairs.restore(queue, ids)
            broken.update(ids)
        return broken


def _mark_sent(tx: Transaction, *, ids: Sequence[str]) -> None:
    tx.outbox.mark_sent(ids, sent=True)


def _sent(tx: Transaction, *, after: str) -> list[OutboxEntry]:
    return tx.outbox.list_sent(after=after, limit=BATCH)


def _is_over(row: OutboxEntry, job: Job | None) -> bool:
    return row.result is not None if job is None else job.is_final


def _is_broken(job: Job | None, *, is_listed: bool) -> bool:
    """Whether Redis dropped a part of it, as far as two looks can tell."""
    if job is None:
        return is_listed
    return job.state is JobState.WAITING and not is_listed
