"""The ledger of bulk jobs: which items belong to which slice, and how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from memorizer.domain.jobs import BulkProgress, JobFailure


@dataclass(frozen=True, slots=True)
class BulkBatch:
    """A fixed run of items; those before `next_item` are settled."""

    job_id: str
    number: int
    item_ids: tuple[str, ...]
    next_item: int = 0


class BulkBatches(Protocol):
    """Written in the same transaction as the work it counts."""

    def add(self, job_id: str, slices: Sequence[Sequence[str]]) -> list[BulkBatch]:
        """Append slices to a job's ledger, numbered on from what is there."""
        ...

    def get(self, job_id: str, number: int) -> BulkBatch:
        """Raises NotFound."""
        ...

    def advance(self, slice_: BulkBatch, *, done: int, failures: Sequence[JobFailure]) -> BulkBatch:
        """Settle the next `done + len(failures)` items. Raises LeaseLost if another was faster."""
        ...

    def items(self, job_id: str) -> BulkProgress | None:
        """The job's counts; None before it was fanned out."""
        ...

    def failures(
        self, job_id: str, *, after: str = "", limit: int | None = None
    ) -> list[JobFailure]:
        """In the order of the items' ids."""
        ...

    def clear(self, job_id: str) -> None:
        """Forget all slices and failures of a job."""
        ...

    def take_unfinished(self, job_id: str) -> list[str]:
        """Remove failed and never reached items from the ledger and return their ids."""
        ...
