"""What every change of a job has in common: a new revision, and signals to who watches it."""

import json
from collections.abc import Iterable

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, Value, rows_as
from memorizer.adapters.sql.job_rows import JobRow
from memorizer.domain.jobs import Job, JobState
from memorizer.domain.topics import JOBS, STOPS, of_job, of_queue
from memorizer.ports.clock import Clock


class JobChanges:
    """Runs statements that change jobs and return them, inside one transaction."""

    def __init__(self, execute: Execute, touch: Touch, clock: Clock, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._clock = clock
        self._statements = dialect.statements

    def change(self, statement: str, values: tuple[Value, ...]) -> list[Job]:
        """Run this statement of `queries/`, which returns the jobs it changed; signal them."""
        rows = self._execute(self._statements[statement], values)
        jobs = [row.to_job() for row in rows_as(JobRow, rows)]
        self._signal(jobs)
        return jobs

    def cancel_children(self, job_id: str) -> None:
        """Cancel all descendants, two statements a level: a bulk job has thousands of children."""
        parents, now = [job_id], self._clock.now()
        while parents:
            ids = json.dumps(parents)
            parents = self._change_children("cancel_children", (now, ids))
            if self._change_children("request_cancel_of_children", (ids,)):
                self._touch(STOPS)

    def _change_children(self, statement: str, values: tuple[Value, ...]) -> list[str]:
        rows = self._execute(self._statements[statement], values).fetchall()
        ids = [str(child_id) for (child_id,) in rows]
        for child_id in ids:
            self._touch(of_job(child_id))
        return ids

    def _signal(self, jobs: Iterable[Job]) -> None:
        for job in jobs:
            self._touch(JOBS)
            self._touch(of_job(job.id))
            if job.parent_id:
                self._touch(of_job(job.parent_id))
            if job.cancel_requested:
                self._touch(STOPS)
            if job.state in {JobState.WAITING, JobState.DELAYED}:
                self._touch(of_queue(job.queue))
