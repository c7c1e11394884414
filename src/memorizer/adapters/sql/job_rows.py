"""Rows of jobs, of the outbox and of bulk jobs' batches as types, and the domain's values."""

import json
from typing import NamedTuple

from memorizer.domain.jobs import (
    BulkBatch,
    BulkProgress,
    Job,
    JobState,
    NewJob,
    OutboxEntry,
    ProgressReport,
    Queue,
)


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


class DispatchRow(NamedTuple):
    """The columns that make an OutboxEntry; the fragment `dispatch_columns` selects them."""

    job_id: str
    queue: str
    name: str
    data: str
    unique_key: str | None
    parent_id: str | None
    created_at: int
    sent: int
    result: str | None

    def to_entry(self) -> OutboxEntry:
        job = NewJob(
            self.job_id,
            Queue(self.queue),
            self.name,
            json.loads(self.data),
            self.unique_key,
            self.parent_id,
        )
        result = None if self.result is None else json.loads(self.result)
        return OutboxEntry(job, self.created_at, bool(self.sent), result)


class BatchRow(NamedTuple):
    """The columns that make a BulkBatch; the fragment `slice_columns` selects them."""

    job_id: str
    number: int
    item_ids: str
    next_item: int

    def to_batch(self) -> BulkBatch:
        return BulkBatch(self.job_id, self.number, tuple(json.loads(self.item_ids)), self.next_item)
