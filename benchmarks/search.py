"""Searching 10,000 and 100,000 memories; the query's own embedding is not counted."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.library import Library
from benchmarks.prepared import PreparedEmbedder
from benchmarks.processes import free_port, resident_mb, started, wait_for_answer
from benchmarks.stopwatch import Stopwatch
from memorizer.bootstrap import Container, open_services
from memorizer.domain.embeddings import VectorKind
from memorizer.domain.jobs import JobState, Queue
from memorizer.domain.memories import Filter, Vector
from memorizer.domain.search import Leg, Query
from memorizer.ports.transactions import Transaction
from memorizer.settings import Settings

LIMITS_MS: Final = {10_000: (5.0, 15.0), 100_000: (10.0, 30.0)}
"""Of p50 and p99."""
QUERIES: Final = 300
CHECKED: Final = 100
"""Queries whose exactly nearest are computed."""
RECALL_OF: Final = 10
WARM_UP_SECONDS: Final = 5
"""In which a server has read all it holds in memory."""


async def measure(bench: Bench) -> list[Figure]:
    """The same queries at both sizes, one after the other."""
    library = Library(bench.corpus, QUERIES)
    embedder = PreparedEmbedder(library.queries)
    figures: list[Figure] = []
    async with open_services(Settings(data_dir=bench.folder), embedder=embedder) as container:
        for size, limits in LIMITS_MS.items():
            await library.grow(container, size)
            figures += await searches(container, library, limits)
            figures.append(await _recall(container, library))
    more = await asyncio.to_thread(_memory, bench.folder)
    return [*figures, Figure(f"memory for {len(library):,} memories", more, "MB", at_most=50)]


def _memory(folder: Path) -> float:
    """How much more a server holds that has these memories than one that has none."""
    return _held(folder) - _held(folder / "empty")


def _held(folder: Path) -> float:
    port = free_port()
    with started("memorizer", "start", "--port", str(port), "--data-dir", folder) as process:
        wait_for_answer(port)
        time.sleep(WARM_UP_SECONDS)
        return resident_mb(process.pid)


async def searches(
    container: Container, library: Library, limits_ms: tuple[float, float]
) -> list[Figure]:
    """All queries once, the first apart."""
    legs = LegTimes()
    recall = replace(container.services.search, telemetry=legs)
    first, every = Stopwatch(), Stopwatch()
    with first.lap():
        await recall.search(Query(next(iter(library.queries))))
    legs.seconds.clear()
    for text in library.queries:
        with every.lap():
            await recall.search(Query(text))
    return [
        Figure(f"search {len(library):,} memories, p50", every.p50, "ms", at_most=limits_ms[0]),
        Figure("  p99", every.p99, "ms", at_most=limits_ms[1]),
        *(Figure(f"  its leg {leg}, p50", median(legs.seconds[leg]) * 1_000, "ms") for leg in Leg),
        Figure("  the first search, which reads the codes", first.p50, "ms"),
    ]


async def _recall(container: Container, library: Library) -> Figure:
    name = f"vector recall@{RECALL_OF} in {len(library):,} memories"
    return Figure(name, await recall_of(container, library, CHECKED), at_least=0.98)


async def recall_of(container: Container, library: Library, queries: int) -> float:
    """The share of the nearest ten that the content leg finds."""
    shares = [
        len(library.nearest(vector, RECALL_OF) & await _found(container, vector)) / RECALL_OF
        for vector in list(library.queries.values())[:queries]
    ]
    return sum(shares) / len(shares)


async def _found(container: Container, vector: Vector) -> set[str]:
    def work(tx: Transaction) -> set[str]:
        model = tx.models.active()
        assert model is not None
        found = tx.vectors.nearest(model, VectorKind.CONTENT, vector, Filter(), limit=RECALL_OF)
        return {candidate.memory_id for candidate in found}

    return await container.adapters.database.read(work)


@dataclass(slots=True)
class LegTimes:
    """Telemetry that keeps what the legs took; fulfils ports.telemetry.Telemetry."""

    seconds: defaultdict[Leg, list[float]] = field(default_factory=lambda: defaultdict(list))

    def medians_ms(self) -> dict[Leg, float]:
        return {leg: median(seconds) * 1_000 for leg, seconds in self.seconds.items()}

    def leg_searched(self, leg: Leg, seconds: float) -> None:
        self.seconds[leg].append(seconds)

    def batch_embedded(self, texts: int, seconds: float) -> None: ...

    def query_embedded(self, *, remembered: bool) -> None: ...

    def attempt_ended(
        self, queue: Queue, name: str, state: JobState, seconds: float, attempt: int
    ) -> None: ...
