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
    enqueued,
    is_transient,
    job_of,
)
from memorizer.domain.errors import LeaseLost, QueueUnavailable
from memorizer.domain.jobs import MAX_RESCUES, Job, JobState, NewJob, Queue

_GONE: Final = {-1, -2, -3, -6}
"""Replies of BullMQ's scripts: no such job, no lock, not active, the lock is another's."""


_LISTS: Final = (
    "active", "cancelled", "completed", "delayed", "events", "failed", "limiter", "marker", "meta",
    "metrics:completed", "metrics:failed", "paused", "pc", "prioritized", "repeat", "stalled",
    "stalled-check", "wait",
)  # fmt: skip
"""BullMQ's keys of a queue, and `cancelled`, which is ours."""


_SCRIPTS: Final = ("bury", "cancel", "look", "report", "restore", "revive", "stop", "tidy")
"""Ours, beside BullMQ's own."""


@cache
def _ours(name: str) -> str:
    return (files("memorizer.adapters.bullmq") / "scripts" / f"{name}.lua").read_text("utf-8")


class Transitions:
    """The moves of one queue's jobs. Raises QueueUnavailable."""

    def __init__(self, link: RedisConnection, queue: Queue, prefix: str, lock_ms: int) -> None:
        self.queue = queue
        self.bull = BullQueue(queue, {"connection": link.client, "prefix": prefix})
        self._prefix = f"{self.bull.qualifiedName}:"
        self._lists = {name: self.key(name).encode() for name in _LISTS}
        self._link = link
        self._lock_ms = lock_ms
        self._bullmq = self.bull.backend.scripts
        self._official = self._bullmq.commands
        self._give_back = link.script(loadScript("moveJobFromActiveToWait-9.lua"))
        self._ours = {name: link.script(_ours(name)) for name in _SCRIPTS}

    def key(self, name: str) -> str:
        """Of a list, a set, or a job."""
        return f"{self._prefix}{name}"

    def _keys(self, *names: str) -> list[bytes]:
        """As Redis wants them; those of lists and sets are encoded once."""
        return [self._lists.get(name) or self.key(name).encode() for name in names]

    async def get(self, job_id: str) -> Job | None:
        """The job as it stands now, if there is one."""
        keys = self._keys(job_id, "cancelled", "completed", "failed", "delayed", "active")
        reply = await self._link.eval(self._ours["look"], keys, [job_id], only_reads=True)
        if not reply:
            return None
        state, due, flat = reply
        run_at = int(float(due)) // DELAY_SCALE if due else None
        return job_of(self.queue, job_id, _pairs(flat), JobState(state), run_at)

    async def enqueued(self, job_ids: Sequence[str]) -> list[NewJob]:
        """The jobs as they were enqueued; those that are gone are left out."""
        pipeline = self._link.reader.pipeline(transaction=False)
        for job_id in job_ids:
            pipeline.hgetall(self.key(job_id))
        found = await self._link.run("jobs", pipeline.execute())
        return [
            enqueued(self.queue, job_id, {str(k): str(v) for k, v in fields.items()})
            for job_id, fields in zip(job_ids, found, strict=True)
            if fields
        ]

    async def failed(self) -> list[str]:
        """Ids of all failed jobs, the oldest failure first."""
        found = await self._link.run("failed", self._link.reader.zrange(self.key("failed"), 0, -1))
        return [str(job_id) for job_id in found]

    def ask_if_wanted(self, pipeline: Pipeline, job_id: str) -> None:
        """Ask whose lock a running job is under, and whether somebody wants it to stop."""
        pipeline.get(self.key(f"{job_id}:lock"))
        pipeline.hexists(self.key(job_id), CANCEL)

    async def claim(self, token: str, worker_id: str, limit: int) -> list[tuple[str, Raw]]:
        """Lock the next jobs for this worker."""
        options = {"token": token, "lockDuration": self._lock_ms, "name": worker_id}
        replies = await self._link.eval_many(
            self._official["moveToActive"],
            self._keys(
                "wait", "active", "prioritized", "events", "stalled", "limiter", "delayed",
                "paused", "meta", "pc", "marker",
            ),
            [self.key(""), _now(), msgpack.packb(options)],
            times=limit,
        )  # fmt: skip
        return [(str(reply[1]), _pairs(reply[0])) for reply in replies if reply and reply[0]]

    async def extend(self, tokens: Mapping[str, str]) -> set[str]:
        """Keep the locks of these jobs; the ids of those that are lost."""
        lost = await self._link.eval(
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
        """Raises LeaseLost."""
        reply = await self._link.eval(
            self._ours["report"],
            self._keys(job_id, f"{job_id}:lock", "events"),
            [token, job_id, progress, steps, items],
        )
        _require_held(reply)

    async def complete(
        self, job: Job, token: str, result: Mapping[str, object], fields: Mapping[str, str]
    ) -> None:
        """Raises LeaseLost."""
        value = json.dumps(result, ensure_ascii=False)
        await self._finish(job, token, "completed", ("returnvalue", value), fields)

    async def fail(self, job: Job, token: str, error: str) -> None:
        """Raises LeaseLost."""
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
        reply = await self._link.eval(
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
        """Try again later. Raises LeaseLost."""
        fields = {"fieldsToUpdate": {"failedReason": error}}
        if delay_ms:
            keys, args = self._bullmq.moveToDelayedArgs(job_id, _now(), token, delay_ms, fields)
            reply = await self._link.eval(self._official["moveToDelayed"], keys, args)
        else:
            keys, args = self._bullmq.retryJobArgs(job_id, False, token, fields)
            reply = await self._link.eval(self._official["retryJob"], keys, args)
        _require_held(reply)

    async def release(self, job_id: str, token: str) -> None:
        """Return a job to the front of the queue. Raises LeaseLost."""
        reply = await self._link.eval(
            self._give_back,
            self._keys(
                "active", "wait", "stalled", "paused", "meta", "limiter", "prioritized", "marker",
                "events",
            ),
            [job_id, token, self.key(job_id)],
        )  # fmt: skip
        _require_held(reply)

    async def rescue(self, dead_workers: Sequence[str]) -> list[str]:
        """Return the jobs to waiting whose locks ran out; their ids."""
        if dead_workers:
            await self._link.eval(
                self._ours["bury"],
                self._keys("active", "stalled", "stalled-check"),
                [self.key(""), *dead_workers],
            )
        reply = await self._link.eval(
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
        reply = await self._link.eval(
            self._ours["cancel"],
            self._keys(
                job_id, f"{job_id}:lock", "wait", "paused", "prioritized", "delayed", "active",
                "stalled", "cancelled", "events",
            ),
            [job_id, token, _now()],
        )  # fmt: skip
        return bool(_require_held(reply))

    async def request_cancel(self, job_id: str) -> bool:
        """Tell whoever runs the job that it is not wanted; False when nobody does any more."""
        keys = self._keys(job_id, "active", "events")
        return bool(await self._link.eval(self._ours["stop"], keys, [CANCEL, job_id]))

    async def retry(self, job_id: str, state: str) -> bool:
        """Let a `failed` or `cancelled` job begin anew; False when it is that no longer."""
        reply = await self._link.eval(
            self._ours["revive"],
            self._keys(job_id, state, "wait", "meta", "marker", "events"),
            [job_id],
        )
        return bool(reply)

    async def unfinished(self) -> set[str]:
        pipeline = self._link.reader.pipeline(transaction=False)
        for name in ("wait", "paused", "active"):
            pipeline.lrange(self.key(name), 0, -1)
        for name in ("prioritized", "delayed"):
            pipeline.zrange(self.key(name), 0, -1)
        replies = await self._link.run("unfinished", pipeline.execute())
        return {str(job_id) for reply in replies for job_id in reply}

    async def restore(self, job_id: str, fields: Raw) -> int:
        """Give a job back what Redis dropped of it.

        1 when it was not whole; 0 when it is, or has ended; -1 when nothing at all is left.
        """
        reply = await self._link.eval(
            self._ours["restore"],
            self._keys(
                job_id, f"{job_id}:lock", "wait", "paused", "active", "prioritized", "delayed",
                "completed", "failed", "cancelled", "meta", "marker", "events",
            ),
            [job_id, *(each for pair in fields.items() for each in pair)],
        )  # fmt: skip
        return int(reply)

    async def tidy(self, job_id: str, token: str) -> bool:
        """Strike a job off all lists of which nothing else is left; whether it was so."""
        reply = await self._link.eval(
            self._ours["tidy"],
            self._keys(
                job_id, f"{job_id}:lock", "wait", "paused", "active", "prioritized", "delayed",
                "completed", "failed", "cancelled", "stalled",
            ),
            [job_id, token],
        )  # fmt: skip
        return bool(reply)

    async def remove(self, job_id: str) -> None:
        """Delete a job that has ended."""
        await self._link.run("remove", self._link.client.zrem(self.key("cancelled"), job_id))
        keys = self._keys(job_id, "repeat")
        await self._link.eval(self._official["removeJob"], keys, [job_id, "0", self.key("")])

    async def clean(self, finished_before: int, limit: int) -> list[str]:
        """Delete up to `limit` jobs of each final state; the ids of those that are gone."""
        gone: list[str] = []
        for state in ("completed", "failed"):
            keys = self._keys(state, "events", "repeat")
            args = [self.key(""), finished_before - 1, limit, state]
            gone += await self._link.eval(self._official["cleanJobsInSet"], keys, args)
        cancelled = await self._link.run(
            "cancelled",
            self._link.reader.zrangebyscore(
                self.key("cancelled"), "-inf", f"({finished_before}", start=0, num=limit
            ),
        )
        for job_id in map(str, cancelled):
            await self.remove(job_id)
            gone.append(job_id)
        return gone

    async def pause(self, *, paused: bool) -> None:
        """While paused no worker of any language takes a job."""
        await self._link.run("pause", self.bull.pause() if paused else self.bull.resume())


def _require_held(reply: object) -> int:
    """Raises LeaseLost for the replies that say so."""
    code = int(str(reply or 0))
    if code in _GONE:
        raise LeaseLost
    if code < 0:
        message = f"Redis refused a job's move (BullMQ's code {code})."
        raise QueueUnavailable(message, UNREACHABLE_HINT)
    return code


def _pairs(flat: Sequence[str]) -> Raw:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _now() -> int:
    # locks and delays are Redis's and BullMQ's own, which know no other clock
    return round(time.time() * 1000)
