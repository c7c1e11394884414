"""What a worker does with jobs on Redis: claim, keep, report, end.

An effect and the end of its job cannot be one transaction across two stores. So the effect is
written to the database together with the job's result in the outbox (ports/jobs.py), and
only then does the job move in Redis. A worker that dies between the two leaves the result behind,
and whoever claims the job next only ends it: the effect happens once.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Final
from uuid import uuid4

from memorizer.adapters.bullmq.cancellation import Cancellation
from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.dispatcher import Dispatcher
from memorizer.adapters.bullmq.repairs import Repairs
from memorizer.adapters.bullmq.serialization import (
    ITEMS,
    RESTORED,
    Raw,
    dump_items,
    hash_fields,
    parse_job,
)
from memorizer.adapters.bullmq.transitions import Transitions
from memorizer.adapters.bullmq.worker_registry import WorkerRegistry
from memorizer.domain.errors import (
    LeaseLost,
    QueueUnavailable,
)
from memorizer.domain.jobs import (
    PUBLIC_QUEUES,
    BulkProgress,
    Claim,
    Job,
    JobState,
    Lease,
    NewJob,
    Queue,
    StopRequests,
    WorkerRecord,
)
from memorizer.ports.job_queue import Effect
from memorizer.ports.transactions import Database, Transaction

MAX_CLAIMS: Final = 64
END_RETRY_SECONDS: Final = 0.5
DIED_ERROR: Final = "The worker died each time it ran this job."


@dataclass(slots=True)
class _HeldJob:
    """A job that this process runs; `until` (monotonic seconds) its lock is certainly ours."""

    transitions: Transitions
    job: Job
    started: int
    until: float
    reported: list[int] = field(default_factory=list)
    has_items: bool = False
    is_ending: bool = False
    """Its lock disappears when it ends: a missing lock then does not mean that it was lost."""


class BullmqConsumer:
    """Implements the worker's part of ports.job_queue.JobQueue."""

    def __init__(
        self,
        connection: RedisConnection,
        queues: Mapping[Queue, Transitions],
        *,
        workers: WorkerRegistry,
        dispatcher: Dispatcher,
        repairs: Repairs,
        cancellation: Cancellation,
        database: Database,
        lease_ms: int,
    ) -> None:
        self._connection = connection
        self._queues = queues
        self._workers = workers
        self._dispatcher = dispatcher
        self._repairs = repairs
        self._cancellation = cancellation
        self._database = database
        self._lease_seconds = lease_ms / 1_000
        self._held: dict[Lease, _HeldJob] = {}

    async def claim(self, worker_id: str, queue: Queue, limit: int) -> list[Claim]:
        transitions, token = self._queues[queue], uuid4().hex
        self._drop_expired()
        until = monotonic() + self._lease_seconds
        claimed = await transitions.claim(token, worker_id, min(limit, MAX_CLAIMS))
        claimed = await self._restored(queue, claimed, token)
        claims: list[Claim] = []
        for job_id, raw in claimed:
            job, lease = parse_job(queue, job_id, raw, JobState.ACTIVE), Lease(job_id, token)
            self._held[lease] = _HeldJob(transitions, job, int(raw["ats"]), until)
            claims.append(Claim(job, lease))
        ended = await self._finish_ended(claimed, token)
        return [claim for claim in claims if claim.job.id not in ended]

    async def _restored(
        self, queue: Queue, claimed: Sequence[tuple[str, Raw]], token: str
    ) -> list[tuple[str, Raw]]:
        """Fill in from the outbox what Redis dropped; leave out jobs that the outbox lacks too."""
        broken = [job_id for job_id, raw in claimed if "name" not in raw]
        if not broken:
            return list(claimed)
        rows = await self._repairs.restore(queue, broken)
        await self._repairs.remove_dangling(
            queue, [each for each in broken if each not in rows], token
        )
        return [
            (job_id, {**hash_fields(rows[job_id]), **raw, RESTORED: "1"} if job_id in rows else raw)
            for job_id, raw in claimed
            if job_id in rows or "name" in raw
        ]

    async def _finish_ended(self, claimed: Sequence[tuple[str, Raw]], token: str) -> set[str]:
        """End the jobs that must not run: their ids.

        The effect is in the database already, or the job was rescued too often.
        """
        started_before = [
            job_id for job_id, raw in claimed if int(raw["ats"]) > 1 or RESTORED in raw
        ]
        results = await self._results(started_before)
        for job_id, result in results.items():
            await self._end(Lease(job_id, token), result, None)
        exhausted = {job_id for job_id, raw in claimed if "defa" in raw} - results.keys()
        for job_id in exhausted:
            await self.fail(Lease(job_id, token), DIED_ERROR, None)
        return {*results, *exhausted}

    async def _results(self, job_ids: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        if not job_ids:
            return {}
        return await self._database.read(lambda tx: tx.outbox.results(job_ids))

    async def heartbeat(self, worker: WorkerRecord, leases: Sequence[Lease]) -> StopRequests:
        visible = [each.job_id for each in leases if self._is_visible(each)]
        await self._workers.heartbeat(worker, visible)
        for transitions in self._queues.values():
            if tokens := self._tokens(leases, transitions):
                until = monotonic() + self._lease_seconds
                for job_id in await transitions.extend_locks(tokens):
                    tokens.pop(job_id, None)
                self._extend_until(tokens, until)
        return await self.stop_requests(leases)

    def _is_visible(self, lease: Lease) -> bool:
        held = self._held.get(lease)
        return held is not None and held.transitions.queue in PUBLIC_QUEUES

    def _tokens(self, leases: Sequence[Lease], transitions: Transitions) -> dict[str, str]:
        """Tokens by job id, of the jobs of one queue that this process still holds."""
        return {
            each.job_id: each.token
            for each in leases
            if (held := self._held.get(each)) and held.transitions is transitions
        }

    def _extend_until(self, tokens: Mapping[str, str], until: float) -> None:
        for job_id, token in tokens.items():
            if held := self._held.get(Lease(job_id, token)):
                held.until = until

    async def stop_requests(self, leases: Sequence[Lease]) -> StopRequests:
        running = [le for le in leases if (held := self._held.get(le)) and not held.is_ending]
        pipeline = self._connection.reader.pipeline()
        for lease in running:
            self._held[lease].transitions.read_lock_and_cancel(pipeline, lease.job_id)
        answers = await self._connection.run("locks", pipeline.execute())
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
        await held.transitions.report(lease.job_id, lease.token, progress, steps, dump_items(items))

    async def complete(self, lease: Lease, effect: Effect) -> None:
        held = self._holding(lease)

        def work(tx: Transaction) -> tuple[Mapping[str, object], BulkProgress | None]:
            row = tx.outbox.get(lease.job_id)
            if row is not None and row.result is not None:  # an earlier holder wrote the effect
                return row.result, None
            result = effect(tx)
            # an effect that wrote nothing may run again; a unique key must be free from now on
            if tx.has_written or (row is not None and row.job.unique_key is not None):
                tx.outbox.record_result(_as_enqueued(held.job), result)
            return result, tx.batches.items(lease.job_id) if held.has_items else None

        result, items = await self._database.write(work)
        await self._end(lease, result, items)

    async def _end(
        self, lease: Lease, result: Mapping[str, object], items: BulkProgress | None
    ) -> None:
        held = self._holding(lease, is_ending=True)
        fields = {"progress": "100"} | ({ITEMS: dump_items(items)} if items else {})
        while True:
            try:
                await held.transitions.complete(held.job, lease.token, result, fields)
                break
            except QueueUnavailable:  # the effect is written, so try as long as the lock lasts
                if monotonic() + END_RETRY_SECONDS > held.until:
                    raise
            await asyncio.sleep(END_RETRY_SECONDS)
        self._held.pop(lease, None)
        self._dispatcher.mark_finished([lease.job_id])

    async def fail(self, lease: Lease, error: str, retry_after_ms: int | None) -> None:
        held = self._holding(lease, is_ending=True)
        attempts_left = held.job.max_attempts - held.job.attempts - 1
        if retry_after_ms is not None and attempts_left > 0:
            await held.transitions.delay(lease.job_id, lease.token, error, retry_after_ms)
        else:
            await held.transitions.fail(held.job, lease.token, error)
            await self._cancellation.drop_outbox_entry(lease.job_id)
        self._held.pop(lease, None)

    async def mark_cancelled(self, lease: Lease) -> None:
        held = self._holding(lease, is_ending=True)
        await self._cancellation.cancel_children(lease.job_id)
        await held.transitions.cancel(lease.job_id, lease.token)
        self._held.pop(lease, None)
        await self._cancellation.drop_outbox_entry(lease.job_id)

    async def release(self, leases: Sequence[Lease]) -> None:
        for lease in leases:
            if held := self._held.pop(lease, None):
                with suppress(LeaseLost):  # rescued by another worker already
                    await held.transitions.release(lease.job_id, lease.token)

    def _holding(self, lease: Lease, *, is_ending: bool = False) -> _HeldJob:
        """Return the record of a held job. Raises LeaseLost when its lock may have run out."""
        held = self._held.get(lease)
        if held is None or monotonic() > held.until:
            self._held.pop(lease, None)
            raise LeaseLost
        held.is_ending = is_ending
        return held

    def _drop_expired(self) -> None:
        """Forget leases that ran out: the job was lost, or Redis did not take its end."""
        now = monotonic()
        self._held = {lease: held for lease, held in self._held.items() if held.until > now}

    async def rescue(self, dead_workers: Sequence[str]) -> int:
        rescued = 0
        for transitions in self._queues.values():
            for job_id in await transitions.rescue(dead_workers):
                rescued += 1
                job = await transitions.get(job_id)
                if job is not None and job.cancel_requested:
                    await self._cancellation.cancel_idle(transitions, job_id)
        await self._workers.deregister_worker(dead_workers)
        await self._workers.prune()
        return rescued

    async def deregister_worker(self, worker_id: str) -> None:
        await self._workers.deregister_worker([worker_id])


def _as_enqueued(job: Job) -> NewJob:
    return NewJob(job.id, job.queue, job.name, job.data, parent_id=job.parent_id)
