"""The job queue on Redis: BullMQ moves the jobs, the database keeps what they changed.

An effect and the end of its job cannot be one transaction across two stores. So the effect is
written together with the job's result in the books (ports/queue_outbox.py), then the job is moved;
a worker that dies between the two leaves a result behind, and whoever gets the job next only
moves it. The effect happens once.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Final
from uuid import uuid4

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.insights import BullmqInsights
from memorizer.adapters.bullmq.owner import Owner
from memorizer.adapters.bullmq.repairs import Repairs
from memorizer.adapters.bullmq.serialization import ITEMS, RESTORED, Raw, as_text, fields_of, job_of
from memorizer.adapters.bullmq.server import Server
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.adapters.bullmq.worker_registry import WorkerRegistry
from memorizer.domain.errors import (
    ActionNotAllowed,
    AlreadyRunning,
    LeaseLost,
    NotFound,
    QueueUnavailable,
)
from memorizer.domain.jobs import (
    PUBLIC_QUEUES,
    Action,
    BulkProgress,
    Claim,
    Job,
    JobState,
    Lease,
    NewJob,
    Queue,
    StopRequests,
    WorkerRecord,
    require,
)
from memorizer.ports.job_queue import Effect
from memorizer.ports.transactions import Database, Transaction

MOST_CLAIMS: Final = 64
BATCH: Final = 500
RETRY_SECONDS: Final = 0.5
DIED: Final = "The worker died each time it ran this job."


@dataclass(slots=True)
class _Held:
    """A job that this process runs, and until when it may be sure of that."""

    moves: Transitions
    job: Job
    started: int
    until: float
    reported: list[int] = field(default_factory=list)
    has_items: bool = False
    is_ending: bool = False
    """Its lock goes away with its end, which is no loss."""


class BullmqJobQueue:
    """Fulfils ports.jobs.JobQueue."""

    def __init__(
        self,
        link: RedisConnection,
        queues: Mapping[Queue, Transitions],
        *,
        roster: WorkerRegistry,
        insights: BullmqInsights,
        dispatcher: Dispatcher,
        repairs: Repairs,
        owner: Owner,
        server: Server,
        database: Database,
        lease_ms: int,
    ) -> None:
        self._link = link
        self._queues = queues
        self._roster = roster
        self._insights = insights
        self._dispatcher = dispatcher
        self._repairs = repairs
        self._owner = owner
        self._server = server
        self._database = database
        self._lease_seconds = lease_ms / 1_000
        self._held: dict[Lease, _Held] = {}

    async def check_available(self) -> None:
        await self._owner.try_to_write()

    async def check(self) -> str | None:
        await self.check_available()
        await self._server.read_policy()
        self._repairs.require_none()
        return self._repairs.warning

    # -- working

    async def claim(self, worker_id: str, queue: Queue, limit: int) -> list[Claim]:
        moves, token = self._queues[queue], uuid4().hex
        self._drop_expired()
        until = monotonic() + self._lease_seconds
        taken = await moves.claim(token, worker_id, min(limit, MOST_CLAIMS))
        taken = await self._whole(queue, taken, token)
        claims: list[Claim] = []
        for job_id, raw in taken:
            job, lease = job_of(queue, job_id, raw, JobState.ACTIVE), Lease(job_id, token)
            self._held[lease] = _Held(moves, job, int(raw["ats"]), until)
            claims.append(Claim(job, lease))
        over = await self._end_what_is_over(taken, token)
        return [claim for claim in claims if claim.job.id not in over]

    async def _whole(
        self, queue: Queue, taken: Sequence[tuple[str, Raw]], token: str
    ) -> list[tuple[str, Raw]]:
        """With what Redis dropped of them, from the books; without those that nobody knows."""
        broken = [job_id for job_id, raw in taken if "name" not in raw]
        if not broken:
            return list(taken)
        rows = await self._repairs.restore(queue, broken)
        await self._repairs.tidy(queue, [each for each in broken if each not in rows], token)
        return [
            (job_id, {**fields_of(rows[job_id]), **raw, RESTORED: "1"} if job_id in rows else raw)
            for job_id, raw in taken
            if job_id in rows or "name" in raw
        ]

    async def _end_what_is_over(self, taken: Sequence[tuple[str, Raw]], token: str) -> set[str]:
        """Jobs whose effect is written already are moved to their end, and hopeless ones too."""
        again = [job_id for job_id, raw in taken if int(raw["ats"]) > 1 or RESTORED in raw]
        results = await self._results(again)
        for job_id, result in results.items():
            await self._end(Lease(job_id, token), result, None)
        hopeless = {job_id for job_id, raw in taken if "defa" in raw} - results.keys()
        for job_id in hopeless:
            await self.fail(Lease(job_id, token), DIED, None)
        return {*results, *hopeless}

    async def _results(self, job_ids: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        if not job_ids:
            return {}
        return await self._database.read(lambda tx: tx.outbox.results(job_ids))

    async def heartbeat(self, worker: WorkerRecord, leases: Sequence[Lease]) -> StopRequests:
        visible = [each.job_id for each in leases if self._is_visible(each)]
        await self._roster.heartbeat(worker, visible)
        for moves in self._queues.values():
            if tokens := self._tokens(leases, moves):
                until = monotonic() + self._lease_seconds
                for job_id in await moves.extend(tokens):
                    tokens.pop(job_id, None)
                self._keep_until(tokens, until)
        return await self.stop_requests(leases)

    def _is_visible(self, lease: Lease) -> bool:
        held = self._held.get(lease)
        return held is not None and held.moves.queue in PUBLIC_QUEUES

    def _tokens(self, leases: Sequence[Lease], moves: Transitions) -> dict[str, str]:
        """Of the jobs of one queue that are held now; others ended while Redis was being asked."""
        return {
            each.job_id: each.token
            for each in leases
            if (held := self._held.get(each)) and held.moves is moves
        }

    def _keep_until(self, tokens: Mapping[str, str], until: float) -> None:
        for job_id, token in tokens.items():
            if held := self._held.get(Lease(job_id, token)):
                held.until = until

    async def stop_requests(self, leases: Sequence[Lease]) -> StopRequests:
        running = [le for le in leases if (held := self._held.get(le)) and not held.is_ending]
        pipeline = self._link.reader.pipeline()
        for lease in running:
            self._held[lease].moves.ask_if_wanted(pipeline, lease.job_id)
        answers = await self._link.run("locks", pipeline.execute())
        pairs = list(zip(running, answers[::2], answers[1::2], strict=True))
        lost = {lease.job_id for lease, token, _ in pairs if token != lease.token}
        lost |= {lease.job_id for lease in leases if lease not in self._held}
        cancelled = {lease.job_id for lease, _, wish in pairs if wish} - lost
        return StopRequests(frozenset(lost), frozenset(cancelled))

    async def report(self, lease: Lease, progress: int, items: BulkProgress | None = None) -> None:
        held = self._holding(lease)
        if held.reported[-1:] != [progress]:
            held.reported.append(progress)
        steps = json.dumps([held.started, held.reported])
        held.has_items |= items is not None
        await held.moves.report(lease.job_id, lease.token, progress, steps, as_text(items))

    async def complete(self, lease: Lease, effect: Effect) -> None:
        held = self._holding(lease)

        def work(tx: Transaction) -> tuple[Mapping[str, object], BulkProgress | None]:
            row = tx.outbox.get(lease.job_id)
            if row is not None and row.result is not None:  # an earlier holder came so far
                return row.result, None
            result = effect(tx)
            # an effect that wrote nothing may happen again; a key is to be given up at once
            if tx.has_written or (row is not None and row.job.unique_key is not None):
                tx.outbox.record_result(_as_enqueued(held.job), result)
            return result, tx.batches.items(lease.job_id) if held.has_items else None

        result, items = await self._database.write(work)
        await self._end(lease, result, items)

    async def _end(
        self, lease: Lease, result: Mapping[str, object], items: BulkProgress | None
    ) -> None:
        held = self._holding(lease, is_ending=True)
        fields = {"progress": "100"} | ({ITEMS: as_text(items)} if items else {})
        while True:
            try:
                await held.moves.complete(held.job, lease.token, result, fields)
                break
            except QueueUnavailable:  # the effect is written: do not give up the end of it easily
                if monotonic() + RETRY_SECONDS > held.until:
                    raise
            await asyncio.sleep(RETRY_SECONDS)
        self._held.pop(lease, None)
        self._dispatcher.mark_finished([lease.job_id])

    async def fail(self, lease: Lease, error: str, retry_after_ms: int | None) -> None:
        held = self._holding(lease, is_ending=True)
        attempts_left = held.job.max_attempts - held.job.attempts - 1
        if retry_after_ms is not None and attempts_left > 0:
            await held.moves.delay(lease.job_id, lease.token, error, retry_after_ms)
        else:
            await held.moves.fail(held.job, lease.token, error)
            await self._close_books(lease.job_id)
        self._held.pop(lease, None)

    async def mark_cancelled(self, lease: Lease) -> None:
        held = self._holding(lease, is_ending=True)
        await self._cancel_children(lease.job_id)
        await held.moves.cancel(lease.job_id, lease.token)
        self._held.pop(lease, None)
        await self._close_books(lease.job_id)

    async def release(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            if held := self._held.pop(lease, None):
                with suppress(LeaseLost):  # rescued by another worker already
                    await held.moves.release(lease.job_id, lease.token)

    def _holding(self, lease: Lease, *, is_ending: bool = False) -> _Held:
        """What is known of a held job. Raises LeaseLost when it may be another's by now."""
        held = self._held.get(lease)
        if held is None or monotonic() > held.until:
            self._held.pop(lease, None)
            raise LeaseLost
        held.is_ending = is_ending
        return held

    def _drop_expired(self) -> None:
        """Forget leases that ran out, of jobs that were lost or whose end could not be recorded."""
        now = monotonic()
        self._held = {lease: held for lease, held in self._held.items() if held.until > now}

    async def rescue(self, dead_workers: Sequence[str]) -> int:
        rescued = 0
        for moves in self._queues.values():
            for job_id in await moves.rescue(dead_workers):
                rescued += 1
                job = await moves.get(job_id)
                if job is not None and job.cancel_requested:
                    await self._cancel_now(moves, job_id)
        await self._roster.deregister_worker(dead_workers)
        await self._roster.prune()
        return rescued

    async def deregister_worker(self, worker_id: str) -> None:
        await self._roster.deregister_worker([worker_id])

    async def _close_books(self, job_id: str) -> None:
        await self._database.write(lambda tx: tx.outbox.drop([job_id]))

    # -- steering

    async def cancel(self, job_id: str) -> Job:
        await self._dispatcher.send()
        while True:
            job = await self._insights.get(job_id)
            require(Action.CANCEL, job.state)
            moves = self._queues[job.queue]
            if job.state is JobState.ACTIVE:
                done = await moves.request_cancel(job_id)
            else:
                done = await self._cancel_now(moves, job_id)
            if done:
                return await self._insights.get(job_id)

    async def _cancel_now(self, moves: Transitions, job_id: str) -> bool:
        """Cancel a job that does not run; False when it began meanwhile."""
        await self._cancel_children(job_id)
        if not await moves.cancel(job_id):
            return False
        await self._close_books(job_id)
        return True

    async def _cancel_children(self, job_id: str) -> None:
        """Many at a time: a bulk job has thousands of slices, which have no children."""
        children = await self._database.read(lambda tx: tx.outbox.unfinished_children(job_id))
        for start in range(0, len(children), BATCH):
            await self._cancel_together(children[start : start + BATCH])

    async def _cancel_together(self, job_ids: Sequence[str]) -> None:
        cancelled = await asyncio.gather(*map(self._cancel_unless_active, job_ids))
        gone = [id_ for id_, done in zip(job_ids, cancelled, strict=True) if done]
        if gone:
            await self._database.write(lambda tx: tx.outbox.drop(gone))
        for child_id in set(job_ids) - set(gone):
            with suppress(ActionNotAllowed, NotFound):  # it ended meanwhile
                await self.cancel(child_id)

    async def _cancel_unless_active(self, job_id: str) -> bool:
        found = await asyncio.gather(*(moves.get(job_id) for moves in self._queues.values()))
        job = next((each for each in found if each is not None), None)
        if job is None or job.is_final or job.state is JobState.ACTIVE:
            return False
        return await self._queues[job.queue].cancel(job_id)

    async def retry(self, job_id: str) -> Job:
        job = await self._insights.get(job_id)
        require(Action.RETRY, job.state)
        moves = self._queues[job.queue]
        if not (holders := await self._reopen(moves, [job_id])):
            raise NotFound("job", job_id)
        if holders[job_id] != job_id:
            raise AlreadyRunning(holders[job_id])
        await moves.retry(job_id, job.state)
        return await self._insights.get(job_id)

    async def retry_failed(self, queue: Queue | None) -> list[str]:
        retried: list[str] = []
        for each in [queue] if queue else PUBLIC_QUEUES:
            moves = self._queues[each]
            failed = await moves.failed()
            for start in range(0, len(failed), BATCH):
                retried += await self._retry_together(moves, failed[start : start + BATCH])
        return retried

    async def _retry_together(self, moves: Transitions, job_ids: Sequence[str]) -> list[str]:
        """Those that are failed yet, and whose work no other unfinished job does."""
        jobs = await asyncio.gather(*map(moves.get, job_ids))
        failed = [job.id for job in jobs if job is not None and job.state is JobState.FAILED]
        holders = await self._reopen(moves, failed)
        mine = [job_id for job_id, holder in holders.items() if holder == job_id]
        revived = await asyncio.gather(*(moves.retry(each, JobState.FAILED) for each in mine))
        return [job_id for job_id, is_revived in zip(mine, revived, strict=True) if is_revived]

    async def _reopen(self, moves: Transitions, job_ids: Sequence[str]) -> Mapping[str, str]:
        """Put jobs into the books again; by their ids, the id of the job that does the work."""
        jobs = await moves.enqueued(job_ids)
        if not jobs:
            return {}
        return await self._database.write(
            lambda tx: {job.id: tx.outbox.reopen(job) for job in jobs}
        )

    async def remove(self, job_id: str) -> None:
        job = await self._insights.get(job_id)
        require(Action.REMOVE, job.state)
        await self._queues[job.queue].remove(job_id)
        await self._forget([job_id])

    async def clean(self, finished_before: int, queue: Queue | None = None) -> int:
        removed = 0
        for each in [queue] if queue else PUBLIC_QUEUES:
            while gone := await self._queues[each].clean(finished_before, BATCH):
                await self._forget(gone)
                removed += len(gone)
        return removed

    async def _forget(self, job_ids: Sequence[str]) -> None:
        """Delete what the database keeps of jobs that are gone."""

        def work(tx: Transaction) -> None:
            for job_id in job_ids:
                tx.batches.clear(job_id)
            tx.outbox.drop(job_ids)

        await self._database.write(work)

    async def pause(self, queue: Queue, *, paused: bool) -> None:
        await self._queues[queue].pause(paused=paused)


def _as_enqueued(job: Job) -> NewJob:
    return NewJob(job.id, job.queue, job.name, job.data, parent_id=job.parent_id)
