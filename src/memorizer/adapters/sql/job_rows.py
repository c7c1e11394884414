"""A row of the table `jobs` as a type, and the domain's Job made from it."""

import json
from typing import NamedTuple

from memorizer.domain.jobs import BulkProgress, Job, JobState, ProgressReport, Queue


class JobRow(NamedTuple):
    """The columns that make a Job; the fragment `job_columns` selects them in this order."""

    id: str
    queue: str
    name: str
    data: str
    state: str
    created_at: int
    progress: int
    steps: str
    revision: int
    items_total: int | None
    items_done: int
    items_failed: int
    attempts: int
    max_attempts: int
    rescues: int
    cancel_requested: int
    result: str | None
    error: str | None
    parent_id: str | None
    worker_id: str | None
    run_at: int | None
    started_at: int | None
    finished_at: int | None

    def to_job(self) -> Job:
        items = (
            None
            if self.items_total is None
            else BulkProgress(self.items_total, self.items_done, self.items_failed)
        )
        return Job(
            id=self.id,
            queue=Queue(self.queue),
            name=self.name,
            data=json.loads(self.data),
            state=JobState(self.state),
            created_at=self.created_at,
            progress=self.progress,
            steps=tuple(ProgressReport(*step) for step in json.loads(self.steps)),
            revision=self.revision,
            items=items,
            attempts=self.attempts,
            max_attempts=self.max_attempts,
            rescues=self.rescues,
            cancel_requested=bool(self.cancel_requested),
            result=None if self.result is None else json.loads(self.result),
            error=self.error,
            parent_id=self.parent_id,
            worker_id=self.worker_id,
            run_at=self.run_at,
            started_at=self.started_at,
            finished_at=self.finished_at,
        )
