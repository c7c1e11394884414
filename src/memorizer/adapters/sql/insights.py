"""Jobs and workers as they stand: reading only."""

import json
from collections.abc import Sequence
from typing import Any, Final

from memorizer.adapters.sql.dialect import Dialect, Execute
from memorizer.domain.errors import NotFound
from memorizer.domain.job_groups import GROUP_LENGTH, PREFIX, JobGroup, Part, assemble, earliest
from memorizer.domain.jobs import (
    FAR_MS,
    LEASE_MS,
    MINUTE_MS,
    PUBLIC_QUEUES,
    BulkProgress,
    Job,
    JobState,
    MinuteCount,
    ProgressReport,
    Queue,
    QueueCounts,
    WorkerRecord,
)
from memorizer.ports.clock import Clock

JOB_COLUMNS: Final = """
id, queue, name, data, state, created_at, progress, steps, revision, items_total, items_done,
items_failed, attempts, max_attempts, rescues, cancel_requested, result, error, parent_id,
worker_id, run_at, started_at, finished_at
"""
READY: Final = (
    "queue = ? AND state IN ('waiting', 'delayed')"
    " AND (state = 'waiting' OR run_at <= ? OR run_at > ?)"
    " AND queue NOT IN (SELECT queue FROM paused_queues)"
)
"""Jobs of a queue that waits for workers. A delayed one's time has come, or it lies so far ahead
that the clock was set back. Said like the condition of the index `jobs_ready`: SQLite uses that
for nothing else, and would read all finished jobs instead."""
_NEWEST: Final = (
    "SELECT * FROM (SELECT seq FROM jobs WHERE queue = ? AND state = ? AND seq < ?"
    " ORDER BY seq DESC LIMIT ?) newest"
)
_LAST: Final = 2**63 - 1
_PUBLIC: Final = ", ".join(f"'{queue}'" for queue in PUBLIC_QUEUES)


class InsightRows:
    """What can be seen of jobs inside one transaction."""

    def __init__(
        self, execute: Execute, clock: Clock, dialect: Dialect, *, lease_ms: int = LEASE_MS
    ) -> None:
        self._execute = execute
        self._clock = clock
        self._dialect = dialect
        self._lease_ms = lease_ms

    def get(self, job_id: str, queue: Queue | None = None) -> Job:
        row = self._execute(
            f"SELECT {JOB_COLUMNS} FROM jobs WHERE id = ? {self._dialect.row_lock}", (job_id,)
        ).fetchone()
        if row is None or queue not in {None, row[1]}:
            raise NotFound("job", job_id)
        return job_of(row)

    def is_ready(self, queue: Queue) -> bool:
        """Whether a claim could find anything; costs no write lock."""
        now = self._clock.now()
        return bool(
            self._execute(
                f"SELECT 1 FROM jobs WHERE {READY} LIMIT 1",
                (queue, now, now + FAR_MS),
            ).fetchone()
        )

    def counts(self) -> list[QueueCounts]:
        counts: dict[str, dict[JobState, int]] = {}
        for queue, state, count in self._execute(
            "SELECT queue, state, CAST(sum(count) AS BIGINT) FROM job_counts GROUP BY 1, 2"
        ):
            counts.setdefault(queue, {})[JobState(state)] = count
        paused = {name for (name,) in self._execute("SELECT queue FROM paused_queues")}
        return [
            QueueCounts(
                queue,
                paused=queue in paused,
                by_state={state: counts.get(queue, {}).get(state, 0) for state in JobState},
            )
            for queue in PUBLIC_QUEUES
        ]

    def page(
        self, queue: Queue | None, state: JobState | None, cursor: int | None, limit: int
    ) -> tuple[list[Job], int | None]:
        """Newest first, and the number to go on from."""
        kinds = [
            (each, kind)
            for each in PUBLIC_QUEUES
            for kind in JobState
            if queue in {None, each} and state in {None, kind}
        ]
        if not kinds:
            return [], None
        # the newest of each kind, which the index jobs_listed has in order, and of these the newest
        newest = " UNION ALL ".join([_NEWEST] * len(kinds))
        below = _LAST if cursor is None else cursor
        rows = self._execute(
            f"SELECT seq, {JOB_COLUMNS} FROM jobs WHERE seq IN ({newest})"
            " ORDER BY seq DESC LIMIT ?",
            [v for kind in kinds for v in (*kind, below, limit + 1)] + [limit + 1],
        ).fetchall()
        jobs = [job_of(row[1:]) for row in rows[:limit]]
        return jobs, int(rows[limit - 1][0]) if len(rows) > limit else None

    def workers(self) -> list[WorkerRecord]:
        now = self._clock.now()
        rows = self._execute(
            "SELECT id, host, pid, queues, started_at, heartbeat_at, pid_scope,"
            f" (SELECT {self._dialect.json_list('j.id')} FROM jobs j WHERE j.state = 'active'"
            f"   AND j.queue IN ({_PUBLIC}) AND j.worker_id = w.id)"
            " FROM workers w WHERE heartbeat_at BETWEEN ? AND ? ORDER BY started_at",
            (now - self._lease_ms, now + FAR_MS),
        )
        return [
            WorkerRecord(
                id_, host, pid, _queues(queues), started, beat, tuple(json.loads(jobs)), scope
            )
            for id_, host, pid, queues, started, beat, scope, jobs in rows
        ]

    def count_unfinished_children(self, job_id: str) -> int:
        [(count,)] = self._execute(
            "SELECT count(*) FROM jobs WHERE parent_id = ?"
            " AND state IN ('waiting', 'delayed', 'active')",
            (job_id,),
        )
        return int(count)

    def next_due(self, queue: Queue) -> int | None:
        [(run_at,)] = self._execute(
            "SELECT min(run_at) FROM jobs WHERE queue = ? AND state = 'delayed'", (queue,)
        )
        return None if run_at is None else int(run_at)

    def finished_by_minute(self, since: int) -> list[MinuteCount]:
        rows = self._execute(
            f"SELECT queue, finished_at / {MINUTE_MS} * {MINUTE_MS},"
            " sum(CASE state WHEN 'completed' THEN 1 ELSE 0 END),"
            " sum(CASE state WHEN 'failed' THEN 1 ELSE 0 END) FROM jobs WHERE finished_at >= ?"
            f" AND queue IN ({_PUBLIC}) GROUP BY 1, 2 ORDER BY 1, 2",
            (since,),
        )
        return [MinuteCount(Queue(queue), *counts) for queue, *counts in rows]

    def groups(self, since: int) -> list[JobGroup]:
        rows = self._execute(
            "SELECT min(id), queue, name, state, count(*), max(finished_at) FROM jobs"
            f" WHERE id >= ? AND id < ? GROUP BY substr(id, 1, {GROUP_LENGTH}), queue, name, state",
            (earliest(since), f"{PREFIX}~"),
        )
        return assemble(
            Part(id_, Queue(queue), name, JobState(state), count, finished)
            for id_, queue, name, state, count, finished in rows
        )

    def members(self, group_id: str) -> dict[str, JobState]:
        rows = self._execute(
            "SELECT id, state FROM jobs WHERE id >= ? AND id < ?", (f"{group_id}.", f"{group_id}/")
        )
        return {id_: JobState(state) for id_, state in rows}


def _queues(text: str) -> tuple[Queue, ...]:
    return tuple(Queue(name) for name in json.loads(text))


def job_of(row: Sequence[Any]) -> Job:
    """A job from the values of JOB_COLUMNS."""
    (
        id_, queue, name, data, state, created_at, progress, steps, revision, total, done, failed,
        attempts, max_attempts, rescues, cancel_requested, result, error, parent_id, worker_id,
        run_at, started_at, finished_at,
    ) = row  # fmt: skip
    return Job(
        id=id_,
        queue=Queue(queue),
        name=name,
        data=json.loads(data),
        state=JobState(state),
        created_at=created_at,
        progress=progress,
        steps=tuple(ProgressReport(*step) for step in json.loads(steps)),
        revision=revision,
        items=None if total is None else BulkProgress(total, done, failed),
        attempts=attempts,
        max_attempts=max_attempts,
        rescues=rescues,
        cancel_requested=bool(cancel_requested),
        result=None if result is None else json.loads(result),
        error=error,
        parent_id=parent_id,
        worker_id=worker_id,
        run_at=run_at,
        started_at=started_at,
        finished_at=finished_at,
    )
