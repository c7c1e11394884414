"""Storing one memory at a time, alone and from 32 writers; no embedding is counted."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import islice
from typing import Any, Final

from benchmarks.figure import Bench, Figure
from benchmarks.peers.drivers.stores import Document
from benchmarks.peers.filled import opened
from benchmarks.peers.notes import Notes
from benchmarks.peers.process import OURS, Peer
from benchmarks.peers.search import SIZE

WRITERS: Final = 32
COUNTS: Final = {
    OURS: (300, 3_200),
    "chromadb": (100, 320),
    "mcp-memory-service": (100, 640),
    "mem0ai": (100, 320),
    "basic-memory": (5, 32),
}
"""How many each of them stores, alone and from all writers: some seconds' work."""
PUBLISHED: Final = 6.8
"""Notes a second that basic-memory names as its own limit (its write-load benchmark)."""
TIMES: Final = 20
P95_MS: Final = 100.0


def measure(bench: Bench, peers: Sequence[str]) -> list[Figure]:
    """One after the other, into empty stores."""
    notes = Notes(bench.corpus, SIZE)
    figures: list[Figure] = []
    for name in (OURS, *peers):
        with opened(name, bench.folder / name, notes.vectors) as store:
            figures += _stores(store, notes.documents)
    return figures


def _stores(store: Peer, documents: Sequence[Document]) -> list[Figure]:
    alone_count, many_count = COUNTS[store.name]
    left = iter(documents)
    _written(store, islice(left, 1), 1)  # the first of all opens what is opened late
    alone = _written(store, islice(left, alone_count), 1)
    many = _written(store, islice(left, many_count), WRITERS)
    stored = sorted(many["laps"])
    rate = len(stored) / many["seconds"]
    p95 = stored[int(len(stored) * 0.95)] * 1_000
    is_ours = store.name == OURS
    what = f"{store.name}: stores, {WRITERS} writers"
    return [
        Figure(what, rate, "/s", at_least=TIMES * PUBLISHED if is_ours else None),
        Figure(f"{what}, p95", p95, "ms", at_most=P95_MS if is_ours else None),
        Figure("  one writer", len(alone["laps"]) / alone["seconds"], "/s"),
        *(
            [Figure(f"  failed: {many['failed'][0]}", len(many["failed"]))]
            if many["failed"]
            else []
        ),
    ]


def _written(store: Peer, documents: Iterable[Document], writers: int) -> Any:
    return store.ask("store", documents=[asdict(each) for each in documents], writers=writers)
