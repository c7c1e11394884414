"""Imports the records read from a file, in transactions of many."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from memorizer.domain.records import (
    Counts,
    MemoryRecord,
    OnConflict,
    Outcome,
    ParsedRecord,
    Reading,
    RecordType,
    RejectedRecord,
)
from memorizer.ports.clock import Clock
from memorizer.ports.transactions import Database, Transaction
from memorizer.services.embedding import Embedding
from memorizer.services.history import ChangeRecorder
from memorizer.services.record_importer import ImportOutcome, RecordImporter

BATCH: Final = 200
"""Records written in one transaction: what a crash undoes at most."""
BATCH_CHARACTERS: Final = 4_000_000
"""A transaction ends earlier when its texts are longer than this together."""

Refused = Callable[[RejectedRecord], None]
ImportProgress = Callable[[int], None]
"""Called with the number of further records done."""


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    counts: Counts = field(default_factory=Counter)
    refused: int = 0

    def of(self, piece: RecordType, outcome: Outcome) -> int:
        """Return the number of records of this type with this outcome."""
        return self.counts[piece, outcome]

    @property
    def is_in_vain(self) -> bool:
        """Whether every record was rejected."""
        return bool(self.refused) and not any(self.counts.values())


@dataclass(frozen=True, slots=True)
class Import:
    """Adds memories with their history, and relationships; overwrites and duplicates nothing."""

    database: Database
    recorder: ChangeRecorder
    embedding: Embedding
    clock: Clock

    async def run(
        self,
        readings: Iterator[Reading],
        *,
        on_conflict: OnConflict = OnConflict.REFUSE,
        dry_run: bool = False,
        refused: Refused = lambda _: None,
        watch: ImportProgress = lambda _: None,
    ) -> Report:
        """Import every record that can be; `refused` is called with each that cannot.

        An interrupted import can be run again: records that are already here are left as they
        are. Memories are found by words at once; maintenance queues their embeddings.
        """
        report = Report()
        promised: set[str] | None = set() if dry_run else None
        while batch := await asyncio.to_thread(_next_batch, readings):

            def work(tx: Transaction, batch: list[Reading] = batch) -> list[ImportOutcome]:
                importer = RecordImporter(
                    tx, self.recorder, self.embedding, self.clock, on_conflict, promised
                )
                return [importer.run(reading) for reading in batch]

            run = self.database.read if dry_run else self.database.write
            for counts, refusals in await run(work):
                report.counts.update(counts)
                report.refused += len(refusals)
                for refusal in refusals:
                    refused(refusal)
            watch(len(batch))
        return report


def _next_batch(readings: Iterator[Reading]) -> list[Reading]:
    batch: list[Reading] = []
    left = BATCH_CHARACTERS
    for reading in readings:
        batch.append(reading)
        left -= _length(reading)
        if len(batch) == BATCH or left <= 0:
            break
    return batch


def _length(reading: Reading) -> int:
    match reading:
        case ParsedRecord(_, MemoryRecord(memory, versions)):
            texts = [memory.content.text, *(version.content.text for version in versions)]
            return sum(map(len, texts))
        case _:
            return 0
