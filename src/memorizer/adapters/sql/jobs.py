"""The job table: every change of a job's state is one statement here."""

import json
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import uuid4

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, Value
from memorizer.adapters.sql.insights import JOB_COLUMNS, READY, InsightRows, job_of
from memorizer.domain.errors import AlreadyRunning, LeaseLost
from memorizer.domain.jobs import (
    FAR_MS,
    FINAL_STATES,
    LEASE_MS,
    MAX_ATTEMPTS,
    MAX_RESCUES,
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
    require,
)
from memorizer.domain.topics import JOBS, STOPS, of_job, of_queue
from memorizer.ports.clock import Clock

_RELEASED: Final = "worker_id = NULL, lease_token = NULL, lease_until = NULL"
_FINAL: Final = ", ".join(f"'{state}'" for state in sorted(FINAL_STATES))
_WORN_OUT: Final = f"rescues >= {MAX_RESCUES}"
_COUNTS: Final = (
    "items_total = coalesce(?, items_total), items_done = coalesce(?, items_done),"
    " items_failed = coalesce(?, items_failed)"
)
_ANEW: Final = (
    "state = 'waiting', attempts = 0, rescues = 0, cancel_requested = 0, progress = 0,"
    " steps = '[]', error = NULL, result = NULL, finished_at = NULL"
)
_HELD: Final = "id = ? AND lease_token = ? AND state = 'active'"


class JobRows:
    """Jobs inside one transaction."""

    def __init__(
        self,
        execute: Execute,
        touch: Touch,
        clock: Clock,
        dialect: Dialect,
        *,
        lease_ms: int = LEASE_MS,
    ) -> None:
        self._execute = execute
        self._touch = touch
        self._clock = clock
        self._dialect = dialect
        self._lease_ms = lease_ms
        self._insights = InsightRows(execute, clock, dialect)

    # -- enqueueing

    def enqueue(self, jobs: Sequence[NewJob]) -> list[str]:
        return [self._enqueue(job) for job in jobs]

    def _enqueue(self, job: NewJob) -> str:
        added = self._execute(
            "INSERT INTO jobs (id, queue, name, data, unique_key, parent_id, max_attempts,"
            " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id",
            (
                job.id,
                job.queue,
                job.name,
                json.dumps(job.data, ensure_ascii=False),
                job.unique_key,
                job.parent_id,
                MAX_ATTEMPTS,
                self._clock.now(),
            ),
        ).fetchone()
        if added is None:
            return self._unfinished_of_key(job.unique_key)
        self._touch(of_queue(job.queue))
        self._touch(JOBS)
        return job.id

    def knows(self, job_id: str) -> bool:
        return bool(self._execute("SELECT 1 FROM jobs WHERE id = ?", (job_id,)).fetchone())

    def _unfinished_of_key(self, unique_key: str | None) -> str:
        [(job_id,)] = self._execute(
            "SELECT id FROM jobs WHERE unique_key = ?"
            " AND state IN ('waiting', 'delayed', 'active')",
            (unique_key,),
        )
        return str(job_id)

    # -- working

    def claim(self, worker_id: str, queue: Queue, limit: int) -> list[Claim]:
        now, token = self._clock.now(), uuid4().hex
        rows = self._execute(
            f"WITH ready AS MATERIALIZED (SELECT seq FROM jobs WHERE {READY}"
            f" ORDER BY seq LIMIT ? {self._dialect.job_lock})"
            " UPDATE jobs SET state = 'active', worker_id = ?, lease_token = ?, lease_until = ?,"
            " started_at = ?, run_at = NULL, progress = 0, steps = '[]', revision = revision + 1"
            f" WHERE seq IN (SELECT seq FROM ready) RETURNING {JOB_COLUMNS}",
            (queue, now, now + FAR_MS, limit, worker_id, token, now + self._lease_ms, now),
        ).fetchall()
        jobs = sorted((job_of(row) for row in rows), key=lambda job: (job.created_at, job.id))
        self._touch_jobs(jobs)
        return [Claim(job, Lease(job.id, token)) for job in jobs]

    def stop_requests(self, leases: Sequence[Lease]) -> StopRequests:
        """Which of these jobs the worker must stop, and why."""
        lost: set[str] = set()
        cancel: set[str] = set()
        for lease in leases:
            row = self._execute(
                f"SELECT cancel_requested FROM jobs WHERE {_HELD}", (lease.job_id, lease.token)
            ).fetchone()
            if row is None:
                lost.add(lease.job_id)
            elif row[0]:
                cancel.add(lease.job_id)
        return StopRequests(frozenset(lost), frozenset(cancel))

    def extend(self, leases: Sequence[Lease]) -> None:
        """Keep the leases that are still held."""
        until = self._clock.now() + self._lease_ms
        for lease in leases:
            self._execute(
                f"UPDATE jobs SET lease_until = ? WHERE {_HELD}", (until, lease.job_id, lease.token)
            )

    def report(self, lease: Lease, progress: int, items: BulkProgress | None) -> None:
        counts = (items.total, items.done, items.failed) if items else (None, None, None)
        self._change_held(
            lease,
            "steps = CASE WHEN progress = ? THEN steps"
            f" ELSE {self._dialect.with_step} END, progress = ?, {_COUNTS}",
            (progress, progress, progress, *counts),
        )

    def complete(self, lease: Lease, result: object, items: BulkProgress | None = None) -> None:
        counts = (items.total, items.done, items.failed) if items else (None, None, None)
        self._change_held(
            lease,
            "state = 'completed', progress = 100, result = ?, error = NULL,"
            f" attempts = attempts + 1, finished_at = ?, {_COUNTS}, {_RELEASED}",
            (json.dumps(result, ensure_ascii=False), self._clock.now(), *counts),
        )

    def fail(self, lease: Lease, error: str, retry_after_ms: int | None) -> None:
        now = self._clock.now()
        run_at = None if retry_after_ms is None else now + retry_after_ms
        again = "1 = 0" if run_at is None else "attempts + 1 < max_attempts"
        self._change_held(
            lease,
            f"state = CASE WHEN {again} THEN 'delayed' ELSE 'failed' END,"
            f" run_at = CASE WHEN {again} THEN CAST(? AS BIGINT) END,"
            f" finished_at = CASE WHEN {again} THEN NULL ELSE CAST(? AS BIGINT) END,"
            f" attempts = attempts + 1, error = ?, {_RELEASED}",
            (run_at, now, error),
        )

    def mark_cancelled(self, lease: Lease) -> None:
        self._change_held(
            lease,
            f"state = 'cancelled', finished_at = ?, {_RELEASED}",
            (self._clock.now(),),
        )
        self._cancel_children(lease.job_id)

    def release(self, lease: Lease) -> None:
        self._change_held(lease, f"state = 'waiting', {_RELEASED}", ())

    def _change_held(self, lease: Lease, changes: str, values: tuple[Value, ...]) -> None:
        """Change a job under its lease. Raises LeaseLost."""
        row = self._execute(
            f"UPDATE jobs SET {changes}, revision = revision + 1 WHERE {_HELD}"
            f" RETURNING {JOB_COLUMNS}",
            (*values, lease.job_id, lease.token),
        ).fetchone()
        if row is None:
            raise LeaseLost
        self._touch_jobs([job_of(row)])

    def rescue(self, dead_workers: Iterable[str]) -> int:
        """Return what nobody works on any more to waiting."""
        now, dead = self._clock.now(), json.dumps(list(dead_workers))
        members = self._dialect.members
        rows = self._execute(
            "UPDATE jobs SET rescues = rescues + 1, revision = revision + 1, state ="
            " CASE WHEN cancel_requested = 1 THEN 'cancelled'"
            f" WHEN {_WORN_OUT} THEN 'failed' ELSE 'waiting' END, error = CASE WHEN {_WORN_OUT}"
            " THEN 'The worker died each time it ran this job.' ELSE error END, finished_at ="
            f" CASE WHEN cancel_requested = 1 OR {_WORN_OUT} THEN CAST(? AS BIGINT) END,"
            f" {_RELEASED} WHERE state = 'active'"
            f" AND (lease_until < ? OR lease_until > ? OR worker_id IN ({members}))"
            f" RETURNING {JOB_COLUMNS}",
            (now, now, now + self._lease_ms + FAR_MS, dead),
        ).fetchall()
        self._execute(
            f"DELETE FROM workers WHERE heartbeat_at < ? OR heartbeat_at > ? OR id IN ({members})",
            (now - self._lease_ms, now + FAR_MS, dead),
        )
        jobs = [job_of(row) for row in rows]
        for job in jobs:
            if job.state is JobState.CANCELLED:
                self._cancel_children(job.id)
        if jobs:
            self._touch(STOPS)  # should their worker live after all
        self._touch_jobs(jobs)
        return len(jobs)

    # -- steering

    def cancel(self, job_id: str) -> Job:
        job = self._insights.get(job_id)
        require(Action.CANCEL, job.state)
        if job.state is JobState.ACTIVE:
            return self._change(job_id, "cancel_requested = 1", ())
        cancelled = self._change(
            job_id, "state = 'cancelled', run_at = NULL, finished_at = ?", (self._clock.now(),)
        )
        self._cancel_children(job_id)
        return cancelled

    def _cancel_children(self, job_id: str) -> None:
        """Two statements for all of them: a bulk job has thousands of slices."""
        parents, now = [job_id], self._clock.now()
        while parents:
            ids = json.dumps(parents)
            parents = self._change_children(
                ids,
                "state = 'cancelled', run_at = NULL, finished_at = ?",
                "state IN ('waiting', 'delayed')",
                (now,),
            )
            if self._change_children(ids, "cancel_requested = 1", "state = 'active'", ()):
                self._touch(STOPS)

    def _change_children(
        self, parents: str, changes: str, condition: str, values: tuple[Value, ...]
    ) -> list[str]:
        """Change those children of these parents (a JSON list); their ids."""
        rows = self._execute(
            f"UPDATE jobs SET {changes}, revision = revision + 1"
            f" WHERE parent_id IN ({self._dialect.members}) AND {condition} RETURNING id",
            (*values, parents),
        ).fetchall()
        ids = [str(child_id) for (child_id,) in rows]
        for child_id in ids:
            self._touch(of_job(child_id))
        return ids

    def retry(self, job_id: str) -> Job:
        job = self._insights.get(job_id)
        require(Action.RETRY, job.state)
        [(unique_key,)] = self._execute("SELECT unique_key FROM jobs WHERE id = ?", (job_id,))
        other = self._execute(
            "SELECT id FROM jobs WHERE unique_key = ?"
            " AND state IN ('waiting', 'delayed', 'active')",
            (unique_key,),
        ).fetchone()
        if other is not None:
            raise AlreadyRunning(str(other[0]))
        return self._change(job_id, _ANEW, ())

    def last_failed(self, queue: Queue, *, after: int, limit: int) -> int | None:
        """The place of the last of the next `limit` failed jobs beyond a place, oldest first."""
        [(last,)] = self._execute(
            "SELECT max(seq) FROM (SELECT seq FROM jobs WHERE queue = ? AND state = 'failed'"
            " AND seq > ? ORDER BY seq LIMIT ?) AS batch",
            (queue, after, limit),
        )
        return None if last is None else int(last)

    def retry_failed(self, queue: Queue, *, after: int, until: int) -> list[str]:
        """Retry the failed jobs between two places in one statement; their ids, oldest first.

        Left out are those whose work another unfinished job does, or an older failed one.
        """
        rows = self._execute(
            f"UPDATE jobs SET {_ANEW}, revision = revision + 1 WHERE seq IN"
            " (SELECT min(seq) FROM jobs AS failed"
            " WHERE queue = ? AND state = 'failed' AND seq > ? AND seq <= ? AND NOT EXISTS"
            " (SELECT 1 FROM jobs AS other WHERE other.unique_key = failed.unique_key"
            " AND other.state IN ('waiting', 'delayed', 'active'))"
            " GROUP BY unique_key, CASE WHEN unique_key IS NULL THEN seq END)"
            " RETURNING seq, id",
            (queue, after, until),
        ).fetchall()
        ids = [str(job_id) for _, job_id in sorted(rows)]
        for topic in (JOBS, of_queue(queue), *map(of_job, ids)) if ids else ():
            self._touch(topic)
        return ids

    def _change(self, job_id: str, changes: str, values: tuple[Value, ...]) -> Job:
        row = self._execute(
            f"UPDATE jobs SET {changes}, revision = revision + 1 WHERE id = ?"
            f" RETURNING {JOB_COLUMNS}",
            (*values, job_id),
        ).fetchone()
        job = job_of(row)
        self._touch_jobs([job])
        return job

    def remove(self, job_id: str) -> None:
        require(Action.REMOVE, self._insights.get(job_id).state)
        self._execute("DELETE FROM jobs WHERE id = ?", (job_id,))
        self._touch(JOBS)

    def clean(self, finished_before: int, queue: Queue | None, limit: int) -> int:
        """Remove up to `limit` ended jobs with all that belongs to them."""
        gone = self._execute(
            "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE finished_at < ?"
            f" AND queue IN ({_among(queue)}) LIMIT ?) RETURNING 1",
            (finished_before, limit),
        ).fetchall()
        self._touch(JOBS)
        return len(gone)

    def set_paused(self, queue: Queue, *, paused: bool) -> None:
        if paused:
            self._execute("INSERT INTO paused_queues VALUES (?) ON CONFLICT DO NOTHING", (queue,))
        else:
            self._execute("DELETE FROM paused_queues WHERE queue = ?", (queue,))
        self._touch(JOBS)
        self._touch(of_queue(queue))

    # -- signals

    def _touch_jobs(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._touch(JOBS)
            self._touch(of_job(job.id))
            if job.parent_id:
                self._touch(of_job(job.parent_id))
            if job.cancel_requested:
                self._touch(STOPS)
            if job.state in {JobState.WAITING, JobState.DELAYED}:
                self._touch(of_queue(job.queue))


def _among(queue: Queue | None) -> str:
    """This queue, or all that people see, as a list in SQL."""
    return ", ".join(f"'{name}'" for name in (PUBLIC_QUEUES if queue is None else [queue]))
