"""Copies a whole store into another database and compares the two by checksums."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from threading import Event
from typing import Any, Final, TypeVar

from memorizer.domain.database_copy import Key, Page, Row, Table
from memorizer.domain.errors import Conflict
from memorizer.domain.records import RecordPresence
from memorizer.ports.transactions import CopyTransaction, Database

PAGE: Final = 200

CopyProgress = Callable[[Table, int, int], None]
"""Called with the table, its rows done and their total, from another thread."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checked:
    """A table that is the same on both sides."""

    table: Table
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True)
class DatabaseCopier:
    """Copies everything from one snapshot of the source.

    An interrupted copy can be run again and adds what is missing.
    """

    source: Database
    target: Database

    async def run(self, watch: CopyProgress = lambda *_: None) -> list[Checked]:
        """Copy every table and return its rows and checksum, equal on both sides.

        Raises Conflict when the target has rows of its own, StorageUnavailable.
        """
        target = _Target(self.target, asyncio.get_running_loop())

        def transaction(source: CopyTransaction) -> list[Checked]:
            _check_target(source, target)
            for table in Table:
                _copy(source, table, target, watch)
            return [_compared(source, table, target) for table in Table]

        try:
            return await self.source.read_long(transaction)
        finally:
            target.stopped.set()  # whoever cancels this does not wait for the rest


@dataclass(frozen=True, slots=True)
class _Target:
    """Calls the target database from the thread that reads the source."""

    target: Database
    loop: asyncio.AbstractEventLoop
    stopped: Event = field(default_factory=Event)

    def read(self, function: Callable[[CopyTransaction], T]) -> T:
        return self._await(self.target.read(function))

    def write(self, function: Callable[[CopyTransaction], T]) -> T:
        return self._await(self.target.write(function))

    def _await(self, answer: Coroutine[Any, Any, T]) -> T:
        if self.stopped.is_set():
            answer.close()
            raise Conflict("The copy was stopped.")
        return asyncio.run_coroutine_threadsafe(answer, self.loop).result()


def _check_target(source: CopyTransaction, target: _Target) -> None:
    """Raise Conflict when the target has memories of its own."""
    after: Key | None = None
    while page := target.read(partial(_page, table=Table.MEMORIES, after=after)):
        for memory_id in (str(row[0]) for row in page.rows):
            if source.records.presence(memory_id) is RecordPresence.ABSENT:
                raise Conflict(
                    f"The target has memories of its own, {memory_id} for one. Copy into an empty "
                    "database; `memorizer export` and `memorizer import` bring two together."
                )
        after = page.last


def _copy(source: CopyTransaction, table: Table, target: _Target, watch: CopyProgress) -> None:
    after: Key | None = None
    done, total = 0, source.database_copy.count(table)
    watch(table, done, total)
    while page := _page(source, table=table, after=after):
        target.write(partial(_put, table=table, rows=page.rows))
        after = page.last
        done += page.done
        watch(table, done, total)


def _compared(source: CopyTransaction, table: Table, target: _Target) -> Checked:
    """Count both sides. Raises Conflict when they differ."""
    here = _checked(source, table)
    copied = target.read(partial(_checked, table=table))
    if here != copied:
        raise Conflict(
            f"The {table} differ: {here.rows:,} in the source, {copied.rows:,} in the target. "
            "Stop everything that uses the target, and copy again."
        )
    return here


def _checked(tx: CopyTransaction, table: Table) -> Checked:
    after: Key | None = None
    rows, checksum = 0, sha256()
    while page := _page(tx, table=table, after=after):
        for row in page.rows:
            checksum.update(json.dumps(row, default=bytes.hex).encode())
        rows += len(page.rows)
        after = page.last
    return Checked(table, rows, checksum.hexdigest())


def _page(tx: CopyTransaction, *, table: Table, after: Key | None) -> Page | None:
    return tx.database_copy.page(table, after=after, limit=PAGE)


def _put(tx: CopyTransaction, *, table: Table, rows: Sequence[Row]) -> None:
    tx.database_copy.insert(table, rows)
