"""Cuts the records of an import into batches, each for one transaction."""

from collections.abc import Callable, Iterator
from typing import Final

from memorizer.domain.records import (
    ExpectedRecords,
    ImportNote,
    MemoryRecord,
    ParsedRecord,
    Reading,
    RejectedRecord,
    SourceListing,
)
from memorizer.services.import_identity import Identities

BATCH: Final = 200
"""Records written in one transaction: what a crash undoes at most."""
BATCH_CHARACTERS: Final = 4_000_000
"""A transaction ends earlier when its texts are longer than this together."""
Noted = Callable[[ImportNote], None]
Record = ParsedRecord | RejectedRecord


def next_batch(
    readings: Iterator[Reading], noted: Noted, expect: Callable[[int], None]
) -> list[Record] | SourceListing:
    """Read the records of a transaction, or a listing, which comes first; empty at the end."""
    batch: list[Record] = []
    left = BATCH_CHARACTERS
    for reading in readings:
        if isinstance(reading, ImportNote):
            noted(reading)
            continue
        if isinstance(reading, ExpectedRecords):
            expect(reading.total)
            continue
        if isinstance(reading, SourceListing):
            return reading
        batch.append(reading)
        left -= _length(reading)
        if len(batch) == BATCH or left <= 0:
            break
    return batch


def memory_ids(batch: list[Record], identities: Identities | None) -> list[str]:
    """Return the ids that the memories of a batch have here."""
    things = [reading.thing for reading in batch if isinstance(reading, ParsedRecord)]
    ids = [thing.memory.id for thing in things if isinstance(thing, MemoryRecord)]
    return ids if identities is None else list(map(identities.memory_id, ids))


def _length(reading: Record) -> int:
    match reading:
        case ParsedRecord(_, MemoryRecord(memory, versions)):
            texts = [memory.content.text, *(version.content.text for version in versions)]
            return sum(map(len, texts))
        case _:
            return 0
