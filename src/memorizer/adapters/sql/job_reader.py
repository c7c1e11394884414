"""Jobs and workers as they are: reading only."""

import json
from typing import NamedTuple

from memorizer.adapters.sql.dialect import Dialect, Execute, row_as, rows_as
from memorizer.adapters.sql.job_rows import JobRow
from memorizer.domain.errors import NotFound
from memorizer.domain.job_groups import PREFIX, JobGroup, Part, assemble, first_id_at
from memorizer.domain.jobs import (
    LEASE_MS,
    MAX_DELAY_MS,
    PUBLIC_QUEUES,
    Job,
    JobState,
    MinuteCount,
    Queue,
    QueueCounts,
    WorkerRecord,
)
from memorizer.ports.clock import Clock

_MAX_SEQ = 2**63 - 1


class _StateCountRow(NamedTuple):
    queue: str
    state: str
    jobs: int


class _WorkerRow(NamedTuple):
    id: str
    host: str
    pid: int
    queues: str
    started_at: int
    heartbeat_at: int
    pid_scope: str
    job_ids: str


class _MinuteRow(NamedTuple):
    queue: str
    minute: int
    completed: int
    failed: int


class _GroupRow(NamedTuple):
    first_id: str
    queue: str
    name: str
    state: str
    jobs: int
    finished_at: int | None


class JobReaderRows:
    """Reads jobs and workers inside one transaction."""

    def __init__(
        self, execute: Execute, clock: Clock, dialect: Dialect, *, lease_ms: int = LEASE_MS
    ) -> None:
        self._execute = execute
        self._clock = clock
        self._statements = dialect.statements
        self._lease_ms = lease_ms

    def get(self, job_id: str, queue: Queue | None = None) -> Job:
        """Return the job; a write locks its row.

        Raises NotFound, also where it is of another queue.
        """
        row = row_as(JobRow, self._execute(self._statements["get_job"], (job_id,)))
        if row is None or queue not in {None, row.queue}:
            raise NotFound("job", job_id)
        return row.to_job()

    def is_ready(self, queue: Queue) -> bool:
        """Whether a claim could succeed; takes no write lock."""
        now = self._clock.now()
        values = (queue, now, now + MAX_DELAY_MS)
        return bool(self._execute(self._statements["has_ready_job"], values).fetchone())

    def counts(self) -> list[QueueCounts]:
        """Return the number of jobs by public queue and state, and whether the queue is paused."""
        counts: dict[str, dict[JobState, int]] = {}
        for row in rows_as(_StateCountRow, self._execute(self._statements["count_jobs"])):
            counts.setdefault(row.queue, {})[JobState(row.state)] = row.jobs
        paused = {name for (name,) in self._execute(self._statements["list_paused_queues"])}
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
        """Newest first, and the cursor of the next page if there is one."""
        kinds = [
            (each, kind)
            for each in PUBLIC_QUEUES
            for kind in JobState
            if queue in {None, each} and state in {None, kind}
        ]
        if not kinds:
            return [], None
        newest = " UNION ALL ".join([self._statements["newest_jobs"]] * len(kinds))
        below = _MAX_SEQ if cursor is None else cursor
        rows = self._execute(
            self._statements["page_jobs"].format(newest_by_kind=newest),
            [v for kind in kinds for v in (*kind, below, limit + 1)] + [limit + 1],
        ).fetchall()
        jobs = [JobRow(*columns).to_job() for _, *columns in rows[:limit]]
        return jobs, int(rows[limit - 1][0]) if len(rows) > limit else None

    def workers(self) -> list[WorkerRecord]:
        """Workers with a recent heartbeat, in the order in which they started."""
        now = self._clock.now()
        rows = self._execute(
            self._statements["list_workers"], (now - self._lease_ms, now + MAX_DELAY_MS)
        )
        return [
            WorkerRecord(
                row.id,
                row.host,
                row.pid,
                tuple(Queue(name) for name in json.loads(row.queues)),
                row.started_at,
                row.heartbeat_at,
                tuple(json.loads(row.job_ids)),
                row.pid_scope,
            )
            for row in rows_as(_WorkerRow, rows)
        ]

    def count_unfinished_children(self, job_id: str) -> int:
        [(count,)] = self._execute(self._statements["count_unfinished_children"], (job_id,))
        return int(count)

    def next_due(self, queue: Queue) -> int | None:
        """When (ms) the next delayed job of a queue is due."""
        [(run_at,)] = self._execute(self._statements["get_next_due"], (queue,))
        return None if run_at is None else int(run_at)

    def finished_by_minute(self, since: int) -> list[MinuteCount]:
        """Return how many jobs ended in each minute since a time (ms), by public queue."""
        rows = self._execute(self._statements["count_finished_by_minute"], (since,))
        return [
            MinuteCount(Queue(row.queue), row.minute, row.completed, row.failed)
            for row in rows_as(_MinuteRow, rows)
        ]

    def groups(self, since: int) -> list[JobGroup]:
        """Return groups of jobs that were enqueued together since a time (ms)."""
        values = (first_id_at(since), f"{PREFIX}~")
        rows = rows_as(_GroupRow, self._execute(self._statements["list_job_groups"], values))
        return assemble(
            Part(
                row.first_id,
                Queue(row.queue),
                row.name,
                JobState(row.state),
                row.jobs,
                row.finished_at,
            )
            for row in rows
        )

    def members(self, group_id: str) -> dict[str, JobState]:
        """Return the states of the jobs of a group, by their ids."""
        values = (f"{group_id}.", f"{group_id}/")
        rows = self._execute(self._statements["list_group_members"], values)
        return {id_: JobState(state) for id_, state in rows}
