"""The transactions that the job queue needs: with the tables of jobs and workers."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from memorizer.adapters.sql.job_admin import AdminRows
from memorizer.adapters.sql.job_consumer import ConsumerRows, WorkerRows
from memorizer.adapters.sql.job_enqueuer import EnqueuerRows
from memorizer.adapters.sql.job_reader import JobReaderRows
from memorizer.ports.transactions import Transaction

T = TypeVar("T")


class JobTransaction(Transaction, Protocol):
    """A transaction with the tables of jobs and workers."""

    @property
    def job_enqueuer(self) -> EnqueuerRows: ...
    @property
    def job_consumer(self) -> ConsumerRows: ...
    @property
    def job_admin(self) -> AdminRows: ...
    @property
    def job_reader(self) -> JobReaderRows: ...
    @property
    def workers(self) -> WorkerRows: ...


class JobDatabase(Protocol):
    """Implements ports.transactions.Database with these transactions."""

    async def read(self, function: Callable[[JobTransaction], T]) -> T: ...
    async def read_each(self, functions: Sequence[Callable[[JobTransaction], T]]) -> list[T]: ...
    async def read_long(self, function: Callable[[JobTransaction], T]) -> T: ...
    async def write(self, function: Callable[[JobTransaction], T]) -> T: ...
    async def insert(self, function: Callable[[JobTransaction], T]) -> T: ...
