"""Searching and storing, end to end, in turns with each peer."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.figure import Bench, Figure
from benchmarks.peers.drivers.stores import Document
from benchmarks.peers.filled import filled
from benchmarks.peers.notes import Notes, queries
from benchmarks.peers.process import OURS, Peer

SIZE: Final = 10_000
SMALL: Final = 300
"""basic-memory indexes two or three notes a second."""
AT_LEAST: Final = {"mcp-memory-service as installed": 5.0, "chromadb as installed": 1.0}
"""How many times as long as ours their search must take, for who installs them instead."""
SMALL_PEERS: Final = ("basic-memory",)
EMBEDS_ITSELF: Final = ("mcp-memory-service", "chromadb")
"""Asked once more with their own code around the model, which is what one installs."""
WARM_UP: Final = 20
QUERIES: Final = 100
LIMIT: Final = 10
PATIENCE_SECONDS: Final = 8.0
"""A peer that has searched for so long is not asked again; the median stands by then."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each search: on the clock, and of work on any core."""

    wall: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return median(self.wall) * 1_000

    def add(self, search: Mapping[str, Any]) -> None:
        self.wall.append(search["seconds"])
        self.busy.append(search["busy"])

    def first(self, count: int) -> "Times":
        return Times(self.wall[:count], self.busy[:count])


def measure(bench: Bench, peers: Sequence[str]) -> list[Figure]:
    """First the large stores, then the small ones, each all open at once."""
    notes = Notes(bench.corpus, SIZE)
    asked = queries(bench.corpus, WARM_UP + QUERIES)
    small = [name for name in peers if name in SMALL_PEERS]
    large = [name for name in peers if name not in SMALL_PEERS]
    return [
        *_searches(large, notes.documents, notes.vectors, asked),
        *_searches(small, notes.documents[:SMALL], notes.vectors, asked),
    ]


def _searches(
    names: Sequence[str], documents: Sequence[Document], kept: Path, asked: Sequence[str]
) -> list[Figure]:
    with ExitStack() as stack:

        def fill(name: str, *, as_installed: bool = False) -> Peer:
            store = filled(name, documents, kept, fresh_queries=True, as_installed=as_installed)
            return stack.enter_context(store)

        stores = {name: fill(name) for name in (OURS, *names)}
        for name in EMBEDS_ITSELF:
            if name in names:
                stores[f"{name} as installed"] = fill(name, as_installed=True)
        times = _in_turns(stores, asked)
    ours = times.pop(OURS)
    what = f"search end to end, {len(documents):,} memories"
    beside = (_beside(what, ours, name, theirs) for name, theirs in times.items())
    return [Figure(f"{what}: ours, p50", ours.p50, "ms"), *chain.from_iterable(beside)]


def _beside(what: str, ours: Times, name: str, theirs: Times) -> Iterator[Figure]:
    """On the queries that both were asked."""
    same = ours.first(len(theirs.wall))
    yield Figure(f"{what}: {name} ÷ ours", theirs.p50 / same.p50, at_least=AT_LEAST.get(name))
    yield Figure("  p50", theirs.p50, "ms")
    yield Figure("  its processor time ÷ ours", median(theirs.busy) / median(same.busy))


def _in_turns(stores: Mapping[str, Peer], asked: Sequence[str]) -> dict[str, Times]:
    """Each query goes to all, and another one begins each time."""
    for store in stores.values():
        for query in asked[:WARM_UP]:
            store.ask("search", query=query, limit=LIMIT)
    times = {name: Times() for name in stores}
    names = list(stores)
    for number, query in enumerate(asked[WARM_UP:]):
        first = number % len(names)
        for name in [*names[first:], *names[:first]]:
            if sum(times[name].wall) < PATIENCE_SECONDS:
                times[name].add(stores[name].ask("search", query=query, limit=LIMIT))
    return times
