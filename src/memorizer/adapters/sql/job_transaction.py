"""What the job queue needs of a database: its transactions also hold the tables of jobs."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from memorizer.adapters.sql.insights import InsightRows
from memorizer.adapters.sql.jobs import JobRows
from memorizer.adapters.sql.workers import WorkerRows
from memorizer.ports.transactions import Transaction

T = TypeVar("T")


class JobTransaction(Transaction, Protocol):
    """A transaction with the tables of jobs and workers."""

    @property
    def job_rows(self) -> JobRows: ...
    @property
    def insights(self) -> InsightRows: ...
    @property
    def workers(self) -> WorkerRows: ...


class JobDatabase(Protocol):
    """Runs work in such transactions, as ports.transactions.Database does."""

    async def read(self, work: Callable[[JobTransaction], T]) -> T: ...
    async def read_each(self, works: Sequence[Callable[[JobTransaction], T]]) -> list[T]: ...
    async def read_long(self, work: Callable[[JobTransaction], T]) -> T: ...
    async def write(self, work: Callable[[JobTransaction], T]) -> T: ...
    async def insert(self, work: Callable[[JobTransaction], T]) -> T: ...
