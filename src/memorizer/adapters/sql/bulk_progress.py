"""Progress of bulk jobs, per batch of item ids."""

import json
from collections.abc import Sequence

from memorizer.adapters.sql.dialect import UNLIMITED, Execute, Touch
from memorizer.domain.errors import LeaseLost, NotFound
from memorizer.domain.jobs import BulkBatch, BulkProgress, JobFailure
from memorizer.domain.topics import of_job


class BulkBatchRows:
    """Implements ports.jobs.BulkBatches: batches, and the failures of their items."""

    def __init__(self, execute: Execute, touch: Touch) -> None:
        self._execute = execute
        self._touch = touch

    def add(self, job_id: str, slices: Sequence[Sequence[str]]) -> list[BulkBatch]:
        [(first,)] = self._execute(
            "SELECT coalesce(max(number) + 1, 0) FROM bulk_slices WHERE job_id = ?", (job_id,)
        )
        added = [BulkBatch(job_id, first + n, tuple(ids)) for n, ids in enumerate(slices)]
        for one in added:
            self._execute(
                "INSERT INTO bulk_slices (job_id, number, item_ids, size) VALUES (?, ?, ?, ?)",
                (job_id, one.number, json.dumps(one.item_ids), len(one.item_ids)),
            )
        return added

    def get(self, job_id: str, number: int) -> BulkBatch:
        row = self._execute(
            "SELECT item_ids, next_item FROM bulk_slices WHERE job_id = ? AND number = ?",
            (job_id, number),
        ).fetchone()
        if row is None:
            raise NotFound("slice", f"{number} of job {job_id}")
        return BulkBatch(job_id, number, tuple(json.loads(row[0])), row[1])

    def advance(self, slice_: BulkBatch, *, done: int, failures: Sequence[JobFailure]) -> BulkBatch:
        next_item = slice_.next_item + done + len(failures)
        moved = self._execute(
            "UPDATE bulk_slices SET next_item = ?, done = done + ?"
            " WHERE job_id = ? AND number = ? AND next_item = ? RETURNING 1",
            (next_item, done, slice_.job_id, slice_.number, slice_.next_item),
        ).fetchone()
        if moved is None:
            raise LeaseLost("Another worker has gone on with this slice.")
        for failure in failures:
            self._execute(
                "INSERT INTO job_failures (job_id, item_id, error, at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (job_id, item_id) DO UPDATE SET error = excluded.error,"
                " at = excluded.at",
                (slice_.job_id, failure.item_id, failure.error, failure.at),
            )
        self._touch(of_job(slice_.job_id))
        return BulkBatch(slice_.job_id, slice_.number, slice_.item_ids, next_item)

    def items(self, job_id: str) -> BulkProgress | None:
        [(total, done)] = self._execute(
            "SELECT sum(size), sum(done) FROM bulk_slices WHERE job_id = ?", (job_id,)
        )
        [(failed,)] = self._execute("SELECT count(*) FROM job_failures WHERE job_id = ?", (job_id,))
        return None if total is None else BulkProgress(total, done, failed)

    def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        rows = self._execute(
            "SELECT item_id, error, at FROM job_failures WHERE job_id = ? AND item_id > ?"
            " ORDER BY item_id LIMIT ?",
            (job_id, after, limit or UNLIMITED),
        )
        return [JobFailure(*row) for row in rows]

    def clear(self, job_id: str) -> None:
        self._execute("DELETE FROM bulk_slices WHERE job_id = ?", (job_id,))
        self._execute("DELETE FROM job_failures WHERE job_id = ?", (job_id,))

    def take_unfinished(self, job_id: str) -> list[str]:
        unsettled = {failure.item_id for failure in self.failures(job_id)}
        self._execute("DELETE FROM job_failures WHERE job_id = ?", (job_id,))
        rows = self._execute(
            "SELECT number, item_ids, next_item, done FROM bulk_slices WHERE job_id = ?", (job_id,)
        ).fetchall()
        for number, item_ids, next_item, done in rows:
            unsettled |= set(json.loads(item_ids)[next_item:])
            # what is left of a slice is what it has done: the rest moves to new slices
            self._execute(
                "UPDATE bulk_slices SET size = ?, next_item = ? WHERE job_id = ? AND number = ?",
                (done, len(json.loads(item_ids)), job_id, number),
            )
        return sorted(unsettled)
