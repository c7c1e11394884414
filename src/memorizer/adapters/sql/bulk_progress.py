"""Progress of bulk jobs, per batch of item ids."""

import json
from collections.abc import Sequence

from memorizer.adapters.sql.dialect import UNLIMITED, Dialect, Execute, Touch, row_as, rows_as
from memorizer.adapters.sql.job_rows import BatchRow
from memorizer.domain.errors import LeaseLost, NotFound
from memorizer.domain.jobs import BulkBatch, BulkProgress, JobFailure
from memorizer.domain.topics import of_job


class BulkBatchRows:
    """Implements ports.jobs.BulkBatches: batches, and the failures of their items."""

    def __init__(self, execute: Execute, touch: Touch, dialect: Dialect) -> None:
        self._execute = execute
        self._statements = dialect.statements
        self._touch = touch

    def add(self, job_id: str, slices: Sequence[Sequence[str]]) -> list[BulkBatch]:
        [(first,)] = self._execute(self._statements["get_next_slice_number"], (job_id,))
        added = [BulkBatch(job_id, first + n, tuple(ids)) for n, ids in enumerate(slices)]
        for one in added:
            self._execute(
                self._statements["insert_slice"],
                (job_id, one.number, json.dumps(one.item_ids), len(one.item_ids)),
            )
        return added

    def get(self, job_id: str, number: int) -> BulkBatch:
        row = row_as(BatchRow, self._execute(self._statements["get_slice"], (job_id, number)))
        if row is None:
            raise NotFound("slice", f"{number} of job {job_id}")
        return row.to_batch()

    def advance(self, slice_: BulkBatch, *, done: int, failures: Sequence[JobFailure]) -> BulkBatch:
        next_item = slice_.next_item + done + len(failures)
        moved = self._execute(
            self._statements["advance_slice"],
            (next_item, done, slice_.job_id, slice_.number, slice_.next_item),
        ).fetchone()
        if moved is None:
            raise LeaseLost("Another worker has gone on with this slice.")
        for failure in failures:
            self._execute(
                self._statements["upsert_failure"],
                (slice_.job_id, failure.item_id, failure.error, failure.at),
            )
        self._touch(of_job(slice_.job_id))
        return BulkBatch(slice_.job_id, slice_.number, slice_.item_ids, next_item)

    def items(self, job_id: str) -> BulkProgress | None:
        [(total, done)] = self._execute(self._statements["sum_slices"], (job_id,))
        [(failed,)] = self._execute(self._statements["count_failures"], (job_id,))
        return None if total is None else BulkProgress(total, done, failed)

    def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        values = (job_id, after, limit or UNLIMITED)
        return rows_as(JobFailure, self._execute(self._statements["list_failures"], values))

    def clear(self, job_id: str) -> None:
        self._execute(self._statements["delete_slices"], (job_id,))
        self._execute(self._statements["delete_failures"], (job_id,))

    def take_unfinished(self, job_id: str) -> list[str]:
        unfinished = {failure.item_id for failure in self.failures(job_id)}
        self._execute(self._statements["delete_failures"], (job_id,))
        rows = rows_as(BatchRow, self._execute(self._statements["list_slices"], (job_id,)))
        for batch in map(BatchRow.to_batch, rows):
            unfinished |= set(batch.item_ids[batch.next_item :])
            self._execute(
                self._statements["close_slice"], (len(batch.item_ids), job_id, batch.number)
            )
        return sorted(unfinished)
