"""Administrative job operations: cancel, retry, remove, clean, pause."""

from memorizer.adapters.sql.dialect import Dialect, Execute, Touch, Value
from memorizer.adapters.sql.job_changes import JobChanges
from memorizer.adapters.sql.job_reader import JobReaderRows
from memorizer.domain.errors import AlreadyRunning
from memorizer.domain.jobs import Action, Job, JobState, Queue, require
from memorizer.domain.topics import JOBS, of_job, of_queue
from memorizer.ports.clock import Clock


class AdminRows:
    """Administrative job operations inside one transaction."""

    def __init__(self, execute: Execute, touch: Touch, clock: Clock, dialect: Dialect) -> None:
        self._execute = execute
        self._touch = touch
        self._clock = clock
        self._statements = dialect.statements
        self._job_reader = JobReaderRows(execute, clock, dialect)
        self._changes = JobChanges(execute, touch, clock, dialect)

    def cancel(self, job_id: str) -> Job:
        """Cancel a job and its children, or ask its worker to do so.

        Raises NotFound, ActionNotAllowed.
        """
        job = self._job_reader.get(job_id)
        require(Action.CANCEL, job.state)
        if job.state is JobState.ACTIVE:
            return self._change("request_cancel", (job_id,))
        cancelled = self._change("cancel_job", (self._clock.now(), job_id))
        self._changes.cancel_children(job_id)
        return cancelled

    def retry(self, job_id: str) -> Job:
        """Start an ended job again. Raises NotFound, ActionNotAllowed, AlreadyRunning."""
        job = self._job_reader.get(job_id)
        require(Action.RETRY, job.state)
        [(unique_key,)] = self._execute(self._statements["get_unique_key"], (job_id,))
        other = self._execute(self._statements["find_unfinished_job"], (unique_key,)).fetchone()
        if other is not None:
            raise AlreadyRunning(str(other[0]))
        return self._change("retry_job", (job_id,))

    def last_failed(self, queue: Queue, *, after: int, limit: int) -> int | None:
        """Return the last sequence number of the `limit` oldest failed jobs after `after`."""
        [(last,)] = self._execute(self._statements["find_last_failed_job"], (queue, after, limit))
        return None if last is None else int(last)

    def retry_failed(self, queue: Queue, *, after: int, until: int) -> list[str]:
        """Retry the failed jobs between two sequence numbers; their ids, oldest first.

        Left out are those whose work another unfinished job does, or an older failed one.
        """
        values = (queue, after, until)
        rows = self._execute(self._statements["retry_failed_jobs"], values).fetchall()
        ids = [str(job_id) for _, job_id in sorted(rows)]
        for topic in (JOBS, of_queue(queue), *map(of_job, ids)) if ids else ():
            self._touch(topic)
        return ids

    def remove(self, job_id: str) -> None:
        """Delete a job and all that belongs to it. Raises NotFound, ActionNotAllowed."""
        require(Action.REMOVE, self._job_reader.get(job_id).state)
        self._execute(self._statements["delete_job"], (job_id,))
        self._touch(JOBS)

    def clean(self, finished_before: int, queue: Queue | None, limit: int) -> int:
        """Delete up to `limit` jobs that ended before a time (ms), of one queue or all public ones.

        Return the number of jobs deleted.
        """
        if queue is None:
            gone = self._execute(self._statements["delete_finished_jobs"], (finished_before, limit))
        else:
            gone = self._execute(
                self._statements["delete_finished_jobs_of_queue"], (finished_before, queue, limit)
            )
        self._touch(JOBS)
        return len(gone.fetchall())

    def set_paused(self, queue: Queue, *, paused: bool) -> None:
        self._execute(self._statements["pause_queue" if paused else "resume_queue"], (queue,))
        self._touch(JOBS)
        self._touch(of_queue(queue))

    def _change(self, statement: str, values: tuple[Value, ...]) -> Job:
        [job] = self._changes.change(statement, values)
        return job
