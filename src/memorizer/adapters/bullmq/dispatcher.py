"""Sends jobs from the outbox in the database to Redis, and removes them when they have ended.

The database is always written first. So a job that Redis does not have is sent again; sending
twice adds nothing, as BullMQ ignores an id it knows.
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
from memorizer.adapters.bullmq.serialization import job_options
from memorizer.adapters.bullmq.server_info import ServerInfo
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.domain.errors import QueueUnavailable, StorageUnavailable
from memorizer.domain.jobs import Job, JobState, OutboxEntry, Queue
from memorizer.domain.topics import OUTBOX
from memorizer.ports.signals import Signals
from memorizer.ports.transactions import Database, Transaction
from memorizer.supervision import Loop

log = structlog.get_logger()

BATCH_JOBS: Final = 500
POLL_SECONDS: Final = 5.0
"""Fallback poll interval: new jobs are signalled."""
FLUSH_DELAY_SECONDS: Final = 0.25
"""Ended jobs are gathered for so long, and removed in one transaction."""
RECONCILE_SECONDS: Final = 60.0


class Dispatcher:
    """Sends jobs to Redis. Any number of processes may do this at once."""

    def __init__(
        self,
        connection: RedisConnection,
        queues: Mapping[Queue, Transitions],
        *,
        repairs: Repairs,
        owner: Owner,
        server: ServerInfo,
        database: Database,
        signals: Signals,
        prefix: str,
    ) -> None:
        self._connection = connection
        self._queues = queues
        self._repairs = repairs
        self._owner = owner
        self._server = server
        self._database = database
        self._signals = signals
        self._run_key = f"{prefix}:memorizer:run"
        self._ended: list[str] = []
        self._reconcile_at = 0.0
        self._reconciled_disconnects = 0
        self._sending = asyncio.Lock()

    async def run(self, loop: Loop) -> None:
        """Send and reconcile until cancelled."""
        async with self._signals.subscribe(OUTBOX) as news:
            while True:
                try:
                    await self._run_once()
                except (QueueUnavailable, StorageUnavailable) as error:
                    log.debug("jobs wait to be handed over", error=str(error))
                loop.works()
                await news.wait(POLL_SECONDS)

    async def _run_once(self) -> None:
        await self.flush_finished()
        if self._connection.refuses_writes:
            await self._owner.try_to_write()
        await self.send()
        breaks = self._connection.disconnects
        if breaks != self._reconciled_disconnects or monotonic() > self._reconcile_at:
            await self.reconcile()
            self._reconciled_disconnects = breaks
            self._reconcile_at = monotonic() + RECONCILE_SECONDS

    async def send(self) -> None:
        """Send every unsent job of the outbox. Raises QueueUnavailable."""
        async with self._sending:
            while rows := await self._database.read(
                lambda tx: tx.outbox.list_unsent(limit=BATCH_JOBS)
            ):
                for queue, jobs in groupby(rows, key=lambda row: row.job.queue):
                    await self._add(queue, list(jobs))
                ids = [row.job.id for row in rows]
                await self._database.write(partial(_mark_sent, ids=ids))

    async def _add(self, queue: Queue, rows: Sequence[OutboxEntry]) -> None:
        jobs = [
            {
                "name": row.job.name,
                "data": dict(row.job.data),
                "opts": job_options(row.job, row.created_at),
            }
            for row in rows
        ]
        await self._connection.run("hand over", self._queues[queue].bull.addBulk(jobs), writes=True)

    def mark_finished(self, job_ids: Iterable[str]) -> None:
        """Have these removed from the outbox within FLUSH_DELAY_SECONDS, many at once."""
        if not self._ended:
            publish = partial(self._signals.publish, frozenset({OUTBOX}))
            asyncio.get_running_loop().call_later(FLUSH_DELAY_SECONDS, publish)
        self._ended += job_ids

    async def flush_finished(self) -> None:
        """Remove the jobs marked as finished from the outbox."""
        if self._ended:
            ids, self._ended = self._ended, []
            try:
                await self._database.write(lambda tx: tx.outbox.drop(ids))
            except BaseException:
                self._ended = ids + self._ended  # for the next attempt
                raise

    async def reconcile(self) -> None:
        """Make outbox and Redis agree after a crash of either. Raises QueueUnavailable."""
        await self._server.read_policy()
        lost_jobs, mark = await self._find_losses()
        lost_jobs |= self._server.evicts  # a job and its list entry may both be evicted
        after = ""
        while rows := await self._database.read(partial(_sent, after=after)):
            await self._reconcile_batch(rows, lost_jobs=lost_jobs)
            after = rows[-1].job.id
        await self._connection.run(
            "mark", self._connection.client.set(self._run_key, mark), writes=True
        )
        if lost_jobs:
            await self.send()

    async def _find_losses(self) -> tuple[bool, str]:
        """Whether Redis may have lost jobs since the last reconciliation, and the mark to set.

        The mark is the id of Redis's run. Where our user may not read that, it is a random id:
        missing when Redis was emptied, and not trusted after a broken connection.
        """
        found = await self._connection.run("mark", self._connection.reader.get(self._run_key))
        if run_id := await self._server.run_id():
            return found != run_id, run_id
        may_be_new = self._connection.disconnects != self._reconciled_disconnects
        return found is None or may_be_new, str(found or uuid4().hex)

    async def _reconcile_batch(self, rows: Sequence[OutboxEntry], *, lost_jobs: bool) -> None:
        """Send again what Redis lost; drop from the outbox what ended or was removed there."""
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
            if lost_jobs:
                tx.outbox.mark_sent(missing, sent=False)
            else:
                tx.outbox.drop(missing)

        if over or missing:
            log.info("the books of the queue were mended", ended=len(over), missing=len(missing))
            await self._database.write(work)

    async def _restore(self, pairs: Sequence[tuple[OutboxEntry, Job | None]]) -> set[str]:
        """Restore jobs that lack their hash or their list entry; return their ids."""
        broken: set[str] = set()
        for queue in {row.job.queue for row, _ in pairs}:
            listed = await self._queues[queue].list_unfinished()
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
    return tx.outbox.list_sent(after=after, limit=BATCH_JOBS)


def _is_over(row: OutboxEntry, job: Job | None) -> bool:
    return row.result is not None if job is None else job.is_final


def _is_broken(job: Job | None, *, is_listed: bool) -> bool:
    """Whether its hash or its list entry is missing, as far as two reads can tell."""
    if job is None:
        return is_listed
    return job.state is JobState.WAITING and not is_listed
