"""One BullMQ queue: each change of a job's state is one script, the package's own or ours."""

import json
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import msgpack
from bullmq import Queue as BullQueue
from bullmq.redis_connection import loadScript
from redis.asyncio.client import Pipeline

from memorizer.adapters.bullmq.connection import RedisConnection
from memorizer.adapters.bullmq.failures import UNREACHABLE_HINT
from memorizer.adapters.bullmq.serialization import (
    CANCEL,
    DELAY_SCALE,
    Raw,
    is_transient,
    parse_job,
    parse_new_job,
)
from memorizer.domain.errors import LeaseLost, QueueUnavailable
from memorizer.domain.jobs import MAX_RESCUES, Job, JobState, NewJob, Queue

_LEASE_LOST_CODES: Final = {-1, -2, -3, -6}
"""Replies of BullMQ's scripts: no such job, no lock, not active, the lock is another's."""


_LISTS: Final = (
    "active", "cancelled", "completed", "delayed", "events", "failed", "limiter", "marker", "meta",
    "metrics:completed", "metrics:failed", "paused", "pc", "prioritized", "repeat", "stalled",
    "stalled-check", "wait",
)  # fmt: skip
"""BullMQ's keys of a queue, and `cancelled`, which is ours."""


_SCRIPTS: Final = (
    "cancel", "cancel_many", "expire_locks", "get", "remove_dangling", "report",
    "request_cancel", "restore", "retry",
)  # fmt: skip
"""Ours, beside BullMQ's own."""


@cache
def _ours(name: str) -> str:
    return (files("memorizer.adapters.bullmq") / "scripts" / f"{name}.lua").read_text("utf-8")


class Transitions:
    """Changes the states of one queue's jobs. Everything raises QueueUnavailable."""

    def __init__(
        self, connection: RedisConnection, queue: Queue, prefix: str, lock_ms: int
    ) -> None:
        self.queue = queue
        self.bull = BullQueue(queue, {"connection": connection.client, "prefix": prefix})
        self._prefix = f"{self.bull.qualifiedName}:"
        self._lists = {name: self.key(name).encode() for name in _LISTS}
        self._connection = connection
        self._lock_ms = lock_ms
        self._bullmq = self.bull.backend.scripts
        self._official = self._bullmq.commands
        self._release_script = connection.script(loadScript("moveJobFromActiveToWait-9.lua"))
        self._ours = {name: connection.script(_ours(name)) for name in _SCRIPTS}

    def key(self, name: str) -> str:
        """Return the Redis key of a list, a set or a job."""
        return f"{self._prefix}{name}"

    def _keys(self, *names: str) -> list[bytes]:
        """Return encoded keys; those of lists and sets are encoded once."""
        return [self._lists.get(name) or self.key(name).encode() for name in names]

    async def get(self, job_id: str) -> Job | None:
        """Return the job as it is now, or None."""
        keys = self._keys(job_id, "cancelled", "completed", "failed", "delayed", "active")
        reply = await self._connection.eval(self._ours["get"], keys, [job_id], only_reads=True)
        if not reply:
            return None
        state, due, flat = reply
        run_at = int(float(due)) // DELAY_SCALE if due else None
        return parse_job(self.queue, job_id, _pairs(flat), JobState(state), run_at)

    async def list_enqueued(self, job_ids: Sequence[str]) -> list[NewJob]:
        """Return the jobs as they were enqueued, without those that are gone."""
        pipeline = self._connection.reader.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.hgetall(self.key(job_id))
        found = await self._connection.run("jobs", pipeline.execute())
        return [
            parse_new_job(self.queue, job_id, {str(k): str(v) for k, v in fields.items()})
            for job_id, fields in zip(job_ids, found, strict=True)
            if fields
        ]

    async def still_failed(self, job_ids: Sequence[str]) -> list[str]:
        """Return those of the ids that are of failed jobs."""
        found = self._connection.reader.zmscore(self.key("failed"), list(job_ids))
        scores = await self._connection.run("failed", found)
        return [each for each, score in zip(job_ids, scores, strict=True) if score is not None]

    async def list_failed(self) -> list[str]:
        """Return the ids of all failed jobs, the oldest failure first."""
        found = await self._connection.run(
            "failed", self._connection.reader.zrange(self.key("failed"), 0, -1)
        )
        return [str(job_id) for job_id in found]

    def read_lock_and_cancel(self, pipeline: Pipeline, job_id: str) -> None:
        """Add two commands: the token of a job's lock, and whether to cancel it."""
        pipeline.get(self.key(f"{job_id}:lock"))
        pipeline.hexists(self.key(job_id), CANCEL)

    async def claim(self, token: str, worker_id: str, limit: int) -> list[tuple[str, Raw]]:
        """Lock up to `limit` ready jobs under `token`; return their ids and hashes."""
        options = {"token": token, "lockDuration": self._lock_ms, "name": worker_id}
        replies = await self._connection.eval_many(
            self._official["moveToActive"],
            self._keys(
                "wait", "active", "prioritized", "events", "stalled", "limiter", "delayed",
                "paused", "meta", "pc", "marker",
            ),
            [self.key(""), _now(), msgpack.packb(options)],
            times=limit,
        )  # fmt: skip
        return [(str(reply[1]), _pairs(reply[0])) for reply in replies if reply and reply[0]]

    async def extend_locks(self, tokens: Mapping[str, str]) -> set[str]:
        """Renew the locks of these jobs (id to token); return the ids of those that are lost."""
        lost = await self._connection.eval(
            self._official["extendLocks"],
            self._keys("stalled"),
            [
                self.key(""),
                msgpack.packb(list(tokens.values())),
                msgpack.packb(list(tokens)),
                self._lock_ms,
            ],
        )
        return set(lost)

    async def report(self, job_id: str, token: str, progress: int, steps: str, items: str) -> None:
        """Record progress (0-100), STEPS and ITEMS (empty for none). Raises LeaseLost."""
        reply = await self._connection.eval(
            self._ours["report"],
            self._keys(job_id, f"{job_id}:lock", "events"),
            [token, job_id, progress, steps, items],
        )
        _require_held(reply)

    async def complete(
        self, job: Job, token: str, result: Mapping[str, object], fields: Mapping[str, str]
    ) -> None:
        """End a job as completed and set these fields of its hash. Raises LeaseLost."""
        value = json.dumps(result, ensure_ascii=False)
        await self._finish(job, token, "completed", ("returnvalue", value), fields)

    async def fail(self, job: Job, token: str, error: str) -> None:
        """End a job as failed for good. Raises LeaseLost."""
        await self._finish(job, token, "failed", ("failedReason", error), {})

    async def _finish(
        self,
        job: Job,
        token: str,
        state: str,
        outcome: tuple[str, str],
        fields: Mapping[str, str],
    ) -> None:
        options = {
            "token": token,
            "keepJobs": {"count": 0 if is_transient(self.queue) else -1},
            "lockDuration": self._lock_ms,
            "attempts": job.max_attempts,
            "maxMetricsSize": "",
        }
        flat = [each for pair in fields.items() for each in pair]
        reply = await self._connection.eval(
            self._official["moveToFinished"],
            self._keys(
                "wait", "active", "prioritized", "events", "stalled", "limiter", "delayed",
                "paused", "meta", "pc", state, job.id, f"metrics:{state}", "marker",
            ),
            [
                job.id, _now(), *outcome, state, "", self.key(""), msgpack.packb(options),
                *([msgpack.packb(flat)] if flat else []),
            ],
        )  # fmt: skip
        _require_held(reply)

    async def delay(self, job_id: str, token: str, error: str, delay_ms: int) -> None:
        """Run a job again after so many ms. Raises LeaseLost."""
        fields = {"fieldsToUpdate": {"failedReason": error}}
        if delay_ms:
            keys, args = self._bullmq.moveToDelayedArgs(job_id, _now(), token, delay_ms, fields)
            reply = await self._connection.eval(self._official["moveToDelayed"], keys, args)
        else:
            keys, args = self._bullmq.retryJobArgs(job_id, False, token, fields)
            reply = await self._connection.eval(self._official["retryJob"], keys, args)
        _require_held(reply)

    async def release(self, job_id: str, token: str) -> None:
        """Return a job to the front of the queue, as if never claimed. Raises LeaseLost."""
        reply = await self._connection.eval(
            self._release_script,
            self._keys(
                "active", "wait", "stalled", "paused", "meta", "limiter", "prioritized", "marker",
                "events",
            ),
            [job_id, token, self.key(job_id)],
        )  # fmt: skip
        _require_held(reply)

    async def rescue(self, dead_workers: Sequence[str]) -> list[str]:
        """Return jobs without a lock or of dead workers to waiting; return their ids."""
        if dead_workers:
            await self._connection.eval(
                self._ours["expire_locks"],
                self._keys("active", "stalled", "stalled-check"),
                [self.key(""), *dead_workers],
            )
        reply = await self._connection.eval(
            self._official["moveStalledJobsToWait"],
            self._keys(
                "stalled", "wait", "active", "stalled-check", "meta", "paused", "marker",
                "events", "repeat",
            ),
            [MAX_RESCUES, self.key(""), _now(), 1],
        )  # fmt: skip
        return [str(job_id) for job_id in reply]

    async def cancel(self, job_id: str, token: str = "") -> bool:
        """End a job as cancelled; False when it began meanwhile. Raises LeaseLost."""
        reply = await self._connection.eval(
            self._ours["cancel"],
            self._keys(
                job_id, f"{job_id}:lock", "wait", "paused", "prioritized", "delayed", "active",
                "stalled", "cancelled", "events",
            ),
            [job_id, token, _now()],
        )  # fmt: skip
        return bool(_require_held(reply))

    async def cancel_many(self, job_ids: Sequence[str]) -> set[str]:
        """End jobs as cancelled; return the ids of those of this queue that did not run."""
        reply = await self._connection.eval(
            self._ours["cancel_many"],
            self._keys("wait", "paused", "prioritized", "delayed", "cancelled", "events"),
            [_now(), self._prefix, *job_ids],
        )
        return {str(job_id) for job_id in reply}

    async def request_cancel(self, job_id: str) -> bool:
        """Ask the worker that runs a job to stop; False when the job is not active any more."""
        keys = self._keys(job_id, "active", "events")
        return bool(
            await self._connection.eval(self._ours["request_cancel"], keys, [CANCEL, job_id])
        )

    async def retry(self, job_ids: Sequence[str], state: str) -> set[str]:
        """Let jobs in this state (failed, cancelled) wait again; return the ids of those in it."""
        if not job_ids:
            return set()
        reply = await self._connection.eval(
            self._ours["retry"],
            self._keys(state, "wait", "meta", "marker", "events"),
            [self._prefix, *job_ids],
        )
        return {str(job_id) for job_id in reply}

    async def list_unfinished(self) -> set[str]:
        """Return the ids of all jobs that wait, are delayed or run."""
        pipeline = self._connection.reader.pipeline(transaction=False)
        for name in ("wait", "paused", "active"):
            pipeline.lrange(self.key(name), 0, -1)
        for name in ("prioritized", "delayed"):
            pipeline.zrange(self.key(name), 0, -1)
        replies = await self._connection.run("unfinished", pipeline.execute())
        return {str(job_id) for reply in replies for job_id in reply}

    async def restore(self, job_id: str, fields: Raw) -> int:
        """Restore the part of a job that Redis evicted: its hash (`fields`) or its list entry.

        Return 1 when something was restored, 0 when nothing was missing or the job has ended,
        -1 when neither hash nor list entry is left.
        """
        reply = await self._connection.eval(
            self._ours["restore"],
            self._keys(
                job_id, f"{job_id}:lock", "wait", "paused", "active", "prioritized", "delayed",
                "completed", "failed", "cancelled", "meta", "marker", "events",
            ),
            [job_id, *(each for pair in fields.items() for each in pair)],
        )  # fmt: skip
        return int(reply)

    async def remove_dangling(self, job_id: str, token: str) -> bool:
        """Remove a job without a hash from all lists; False when it has one or another runs it."""
        reply = await self._connection.eval(
            self._ours["remove_dangling"],
            self._keys(
                job_id, f"{job_id}:lock", "wait", "paused", "active", "prioritized", "delayed",
                "completed", "failed", "cancelled", "stalled",
            ),
            [job_id, token],
        )  # fmt: skip
        return bool(reply)

    async def remove(self, job_id: str) -> None:
        """Delete a job that has ended."""
        await self._connection.run(
            "remove", self._connection.client.zrem(self.key("cancelled"), job_id)
        )
        keys = self._keys(job_id, "repeat")
        await self._connection.eval(self._official["removeJob"], keys, [job_id, "0", self.key("")])

    async def clean(self, finished_before: int, limit: int) -> list[str]:
        """Delete up to `limit` jobs of each final state that ended before; return their ids."""
        gone: list[str] = []
        for state in ("completed", "failed"):
            keys = self._keys(state, "events", "repeat")
            args = [self.key(""), finished_before - 1, limit, state]
            gone += await self._connection.eval(self._official["cleanJobsInSet"], keys, args)
        cancelled = await self._connection.run(
            "cancelled",
            self._connection.reader.zrangebyscore(
                self.key("cancelled"), "-inf", f"({finished_before}", start=0, num=limit
            ),
        )
        for job_id in map(str, cancelled):
            await self.remove(job_id)
            gone.append(job_id)
        return gone

    async def pause(self, *, paused: bool) -> None:
        """Pause or resume the queue, for workers of any language."""
        await self._connection.run("pause", self.bull.pause() if paused else self.bull.resume())


def _require_held(reply: object) -> int:
    """Return a script's reply. Raises LeaseLost, and QueueUnavailable for other codes."""
    code = int(str(reply or 0))
    if code in _LEASE_LOST_CODES:
        raise LeaseLost
    if code < 0:
        message = f"Redis refused a job's move (BullMQ's code {code})."
        raise QueueUnavailable(message, UNREACHABLE_HINT)
    return code


def _pairs(flat: Sequence[str]) -> Raw:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _now() -> int:
    # BullMQ compares locks and delays with the system clock, never with ports.clock
    return round(time.time() * 1000)
