"""Transactional outbox of an external queue."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch
from memorizer.domain.jobs import NewJob, OutboxEntry, Queue
from memorizer.domain.topics import OUTBOX, of_job
from memorizer.ports.clock import Clock

_COLUMNS: Final = "job_id, queue, name, data, unique_key, parent_id, created_at, sent, result"


class OutboxRows:
    """Implements ports.jobs.QueueOutbox and ports.jobs.JobEnqueuer."""

    def __init__(self, execute: Execute, touch: Touch, clock: Clock, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._clock = clock
        self._among = f"job_id IN ({dialect.members})"

    def enqueue(self, jobs: Sequence[NewJob]) -> list[str]:
        self._touch(OUTBOX)
        return [self._add(job, sent=False) for job in jobs]

    def knows(self, job_id: str) -> bool:
        return self.get(job_id) is not None

    def store_id(self) -> str:
        [(store_id,)] = self._execute("SELECT id FROM store")
        return str(store_id)

    def reopen(self, job: NewJob) -> str:
        self.drop([job.id])
        return self._add(job, sent=True)

    def _add(self, job: NewJob, *, sent: bool) -> str:
        """Add a row, unless a row has its key; the id of the job that has it now."""
        added = self._execute(
            "INSERT INTO dispatches (job_id, queue, name, data, unique_key, parent_id, created_at,"
            " sent) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING job_id",
            (*_values(job), self._clock.now(), int(sent)),
        ).fetchone()
        if added is None:
            [added] = self._execute(
                "SELECT job_id FROM dispatches WHERE unique_key = ?", (job.unique_key,)
            )
        return str(added[0])

    def list_unsent(self, *, limit: int) -> list[OutboxEntry]:
        return self._select("sent = 0 ORDER BY seq LIMIT ?", (limit,))

    def list_sent(self, *, after: str, limit: int) -> list[OutboxEntry]:
        return self._select("sent = 1 AND job_id > ? ORDER BY job_id LIMIT ?", (after, limit))

    def get(self, job_id: str) -> OutboxEntry | None:
        return next(iter(self._select("job_id = ?", (job_id,))), None)

    def results(self, job_ids: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        found = self._select(f"{self._among} AND result IS NOT NULL", (json.dumps(list(job_ids)),))
        return {each.job.id: each.result for each in found if each.result is not None}

    def mark_sent(self, job_ids: Sequence[str], *, sent: bool) -> None:
        ids = json.dumps(list(job_ids))
        self._execute(
            f"UPDATE dispatches SET sent = ? WHERE {self._among} AND result IS NULL",
            (int(sent), ids),
        )

    def record_result(self, job: NewJob, result: Mapping[str, object]) -> None:
        self._execute(
            "INSERT INTO dispatches (job_id, queue, name, data, parent_id, created_at, sent,"
            " result) VALUES (?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (job_id) DO UPDATE SET"
            " sent = 1, unique_key = NULL, result = excluded.result",
            (
                job.id,
                job.queue,
                job.name,
                "{}",  # a job that has ended is never sent again
                job.parent_id,
                self._clock.now(),
                json.dumps(result, ensure_ascii=False),
            ),
        )
        self._touch_parent(job.parent_id)

    def drop(self, job_ids: Sequence[str]) -> None:
        gone = self._execute(
            f"DELETE FROM dispatches WHERE {self._among} RETURNING parent_id",
            (json.dumps(list(job_ids)),),
        ).fetchall()
        for (parent_id,) in gone:
            self._touch_parent(parent_id)

    def unfinished_children(self, parent_id: str) -> list[str]:
        rows = self._execute(
            "SELECT job_id FROM dispatches WHERE parent_id = ? AND result IS NULL", (parent_id,)
        )
        return [str(job_id) for (job_id,) in rows]

    def _touch_parent(self, parent_id: str | None) -> None:
        if parent_id:
            self._touch(of_job(parent_id))

    def _select(self, condition: str, values: tuple[str | int, ...]) -> list[OutboxEntry]:
        rows = self._execute(f"SELECT {_COLUMNS} FROM dispatches WHERE {condition}", values)
        return [_entry(row) for row in rows]


def _values(job: NewJob) -> tuple[str | None, ...]:
    data = json.dumps(job.data, ensure_ascii=False)
    return (job.id, job.queue, job.name, data, job.unique_key, job.parent_id)


def _entry(row: tuple[Any, ...]) -> OutboxEntry:
    job_id, queue, name, data, unique_key, parent_id, created_at, sent, result = row
    job = NewJob(job_id, Queue(queue), name, json.loads(data), unique_key, parent_id)
    return OutboxEntry(job, created_at, bool(sent), None if result is None else json.loads(result))
