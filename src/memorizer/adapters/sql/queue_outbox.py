"""Transactional outbox of an external queue."""

import json
from collections.abc import Mapping, Sequence

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, rows_as
from memorizer.adapters.sql.job_rows import DispatchRow
from memorizer.domain.jobs import NewJob, OutboxEntry
from memorizer.domain.topics import OUTBOX, of_job
from memorizer.ports.clock import Clock


class OutboxRows:
    """Implements ports.jobs.QueueOutbox and ports.jobs.JobEnqueuer."""

    def __init__(self, execute: Execute, touch: Touch, clock: Clock, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._clock = clock
        self._statements = dialect.statements

    def enqueue(self, jobs: Sequence[NewJob]) -> list[str]:
        self._touch(OUTBOX)
        return [self._add(job, sent=False) for job in jobs]

    def knows(self, job_id: str) -> bool:
        return self.get(job_id) is not None

    def store_id(self) -> str:
        [(store_id,)] = self._execute(self._statements["get_store_id"])
        return str(store_id)

    def reopen(self, job: NewJob) -> str:
        self.drop([job.id])
        return self._add(job, sent=True)

    def _add(self, job: NewJob, *, sent: bool) -> str:
        """Add a row, unless a row has its key; the id of the job that has it now."""
        added = self._execute(
            self._statements["insert_dispatch"],
            (*_values(job), self._clock.now(), int(sent)),
        ).fetchone()
        if added is None:
            [added] = self._execute(self._statements["find_dispatch"], (job.unique_key,))
        return str(added[0])

    def list_unsent(self, *, limit: int) -> list[OutboxEntry]:
        return self._entries("list_unsent_dispatches", limit)

    def list_sent(self, *, after: str, limit: int) -> list[OutboxEntry]:
        return self._entries("list_sent_dispatches", after, limit)

    def get(self, job_id: str) -> OutboxEntry | None:
        return next(iter(self._entries("get_dispatch", job_id)), None)

    def results(self, job_ids: Sequence[str]) -> Mapping[str, Mapping[str, object]]:
        entries = self._entries("list_dispatches_with_result", json.dumps(list(job_ids)))
        return {each.job.id: each.result for each in entries if each.result is not None}

    def mark_sent(self, job_ids: Sequence[str], *, sent: bool) -> None:
        ids = json.dumps(list(job_ids))
        self._execute(self._statements["mark_dispatches"], (int(sent), ids))

    def record_result(self, job: NewJob, result: Mapping[str, object]) -> None:
        self._execute(
            self._statements["record_dispatch_result"],
            (
                job.id,
                job.queue,
                job.name,
                job.parent_id,
                self._clock.now(),
                json.dumps(result, ensure_ascii=False),
            ),
        )
        self._touch_parent(job.parent_id)

    def drop(self, job_ids: Sequence[str]) -> None:
        ids = json.dumps(list(job_ids))
        deleted = self._execute(self._statements["delete_dispatches"], (ids,)).fetchall()
        for (parent_id,) in deleted:
            self._touch_parent(parent_id)

    def unfinished_children(self, parent_id: str) -> list[str]:
        rows = self._execute(self._statements["list_unfinished_dispatches"], (parent_id,))
        return [str(job_id) for (job_id,) in rows]

    def _touch_parent(self, parent_id: str | None) -> None:
        if parent_id:
            self._touch(of_job(parent_id))

    def _entries(self, statement: str, *values: str | int) -> list[OutboxEntry]:
        rows = self._execute(self._statements[statement], values)
        return [row.to_entry() for row in rows_as(DispatchRow, rows)]


def _values(job: NewJob) -> tuple[str | None, ...]:
    data = json.dumps(job.data, ensure_ascii=False)
    return (job.id, job.queue, job.name, data, job.unique_key, job.parent_id)
