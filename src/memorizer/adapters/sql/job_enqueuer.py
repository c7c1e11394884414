"""Enqueueing jobs in the job table, as part of the transaction that needs them."""

import json
from collections.abc import Sequence

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch
from memorizer.domain.jobs import MAX_ATTEMPTS, NewJob
from memorizer.domain.topics import JOBS, of_queue
from memorizer.ports.clock import Clock


class EnqueuerRows:
    """Implements ports.jobs.JobEnqueuer."""

    def __init__(self, execute: Execute, touch: Touch, clock: Clock, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._clock = clock
        self._statements = dialect.statements

    def enqueue(self, jobs: Sequence[NewJob]) -> list[str]:
        return [self._enqueue(job) for job in jobs]

    def knows(self, job_id: str) -> bool:
        return bool(self._execute(self._statements["job_exists"], (job_id,)).fetchone())

    def _enqueue(self, job: NewJob) -> str:
        added = self._execute(
            self._statements["insert_job"],
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
            [(job_id,)] = self._execute(self._statements["find_unfinished_job"], (job.unique_key,))
            return str(job_id)
        self._touch(of_queue(job.queue))
        self._touch(JOBS)
        return job.id
