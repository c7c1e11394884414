"""Bringing in what was read from a file, in transactions of many."""

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
"""So many things are written in one transaction, and so many a crash may undo."""
BATCH_CHARACTERS: Final = 4_000_000
"""Fewer of them when they are long."""

Refused = Callable[[RejectedRecord], None]
ImportProgress = Callable[[int], None]
"""Is told how many more things are done."""


@dataclass(slots=True)
class Report:
    """What an import did, or would do."""

    counts: Counts = field(default_factory=Counter)
    refused: int = 0

    def of(self, piece: RecordType, outcome: Outcome) -> int:
        """How many pieces came to this."""
        return self.counts[piece, outcome]

    @property
    def is_in_vain(self) -> bool:
        """Whether all that was in it was refused."""
        return bool(self.refused) and not any(self.counts.values())


@dataclass(frozen=True, slots=True)
class Import:
    """Adds memories with their past, and relationships. Nothing is overwritten or comes twice."""

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
        """Bring in everything that can be; what cannot is told to `refused`, one by one.

        Interrupted, it can be run again: what is already here is known and left alone.
        Memories wait for their embeddings, which upkeep queues, and are found by words at once.
        """
        report = Report()
        promised: set[str] | None = set() if dry_run else None
        while batch := await asyncio.to_thread(_next_batch, readings):

            def work(tx: Transaction, batch: list[Reading] = batch) -> list[ImportOutcome]:
                settling = RecordImporter(
                    tx, self.recorder, self.embedding, self.clock, on_conflict, promised
                )
                return [settling.settle(reading) for reading in batch]

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
    room = BATCH_CHARACTERS
    for reading in readings:
        batch.append(reading)
        room -= _length(reading)
        if len(batch) == BATCH or room <= 0:
            break
    return batch


def _length(reading: Reading) -> int:
    match reading:
        case ParsedRecord(_, MemoryRecord(memory, versions)):
            texts = [memory.content.text, *(version.content.text for version in versions)]
            return sum(map(len, texts))
        case _:
            return 0
