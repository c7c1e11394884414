"""Exports what a scope shows of the store, in one consistent state."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from memorizer.domain.errors import StorageUnavailable
from memorizer.domain.memories import Filter, Relationship
from memorizer.domain.records import DocumentRecord, ExportFormat, MemoryRecord
from memorizer.ports.record_files import RecordFiles
from memorizer.ports.records import Sink
from memorizer.ports.transactions import CopyTransaction, Database, Transaction

PAGE: Final = 100
"""Memories held in memory at once; each may be long."""
SHORT_RECORDS_PAGE: Final = 1_000
"""Page size of records that are always short."""

ExportProgress = Callable[[int, int], None]
"""Called with the memories done and the total, from another thread."""


class _Stopped(Exception):
    """Nobody waits for the export any more."""


@dataclass(frozen=True, slots=True)
class Export:
    """Reads workspaces and memories with their history and relationships into a sink.

    All of it is read in one transaction, page by page: neither the size of the store nor
    what others write meanwhile matters.
    """

    database: Database
    files: RecordFiles

    async def write_file(self, format_: ExportFormat, path: Path) -> None:
        """Write everything into a new file. Raises OSError, StorageUnavailable."""
        file = self.files.sink(format_, path)
        sink = await asyncio.to_thread(file.__enter__)
        try:
            await self.write(sink)
        finally:
            await asyncio.to_thread(file.__exit__, None, None, None)

    async def write(self, sink: Sink, watch: ExportProgress = lambda _done, _total: None) -> None:
        """Write everything to the sink, in the order of ids.

        Raises what the sink raises, and StorageUnavailable; the sink has received a part then.
        """
        stop, begun = Event(), Event()

        def transaction(tx: Transaction) -> None:
            if begun.is_set():  # a database may run a function again; what is written cannot be
                raise StorageUnavailable("The database went away in the middle of the export.")
            begun.set()
            total = tx.memories.count(Filter(archived=None))
            has_documents = bool(tx.documents.page(before=None, limit=1))
            sink.begin(_titles(tx), tx.workspaces.list_all(), has_documents=has_documents)
            for done, (record, links) in enumerate(_memories(tx), start=1):
                if stop.is_set():
                    raise _Stopped
                sink.memory(record, links)
                watch(done, total)
            for relationship in _relationships(tx):
                sink.relationship(relationship)
            for document in _documents(tx):
                sink.document(document)
            sink.end()

        try:
            await self.database.read_long(transaction)
        finally:
            stop.set()  # whoever cancels this does not wait for the rest


def _titles(tx: CopyTransaction) -> Iterator[tuple[str, str]]:
    after = ""
    while page := tx.records.titles(after=after, limit=SHORT_RECORDS_PAGE):
        yield from page
        after = page[-1][0]


def _memories(tx: CopyTransaction) -> Iterator[tuple[MemoryRecord, list[Relationship]]]:
    after = ""
    while page := tx.records.list_records(after=after, limit=PAGE):
        last = page[-1].memory.id
        links: dict[str, list[Relationship]] = {}
        for link in tx.records.links(after=after, upto=last):
            links.setdefault(link.from_id, []).append(link)
        for record in page:
            yield record, links.get(record.memory.id, [])
        after = last


def _relationships(tx: CopyTransaction) -> Iterator[Relationship]:
    after = ""
    while page := tx.records.relationships(after=after, limit=SHORT_RECORDS_PAGE):
        yield from page
        after = page[-1].id


def _documents(tx: Transaction) -> Iterator[DocumentRecord]:
    """All documents with those of their parts that are not in the trash, newest first."""
    before = None
    while page := tx.documents.page(before=before, limit=PAGE):
        for document in page:
            parts = tuple(p for p in tx.documents.parts(document.id) if not p.is_deleted)
            yield DocumentRecord(document, parts)
        before = page[-1].id
