"""`python -m benchmarks.scale`: how cost grows as the store grows; an hour, mostly of loading.

10,000 and 100,000 memories in SQLite, and a million in PostgreSQL, with as many finished jobs
beside them. Everything goes through the services, but for the loading into PostgreSQL.

They are made of 16,000 passages, so that a million is about sixty times as many things as there
are subjects; the 1,500 passages of the other benchmarks would make hundreds of near twins of each.
"""

import argparse
import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from pydoc_data.topics import topics
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

import numpy as np
import structlog
from rich.console import Console
from rich.table import Table

from benchmarks import bulk_load, machine
from benchmarks.corpus import Corpus, docstrings
from benchmarks.drawing import over_sizes
from benchmarks.library import Library
from benchmarks.postgres_server import postgres_server
from benchmarks.prepared import DIMENSIONS, PreparedEmbedder
from benchmarks.search import LegTimes, recall_of
from benchmarks.stopwatch import Stopwatch
from memorizer.adapters.sql.job_transaction import JobTransaction
from memorizer.bootstrap import Container, open_services
from memorizer.domain.jobs import NewJob, Queue
from memorizer.domain.memories import Content, Filter, Vector
from memorizer.domain.search import Leg, Query
from memorizer.settings import Settings

HERE: Final = Path(__file__).parent
RESULT: Final = HERE / "results" / "scale.json"
PICTURES: Final = {True: HERE.parent / "docs" / "images", False: RESULT.parent}
"""Where the plots go: into the documentation, or beside the figures."""
DRAWN: Final = {
    "search_p50": "search, p50",
    "words_p50": "its leg of words",
    "vectors_p50": "a leg of vectors",
    "list_p50": "list the newest 50",
    "claim_p50": "claim a job",
    "store_p50": "store one memory",
}
SIZES: Final = {"sqlite": (10_000, 100_000), "postgresql": (10_000, 100_000, 1_000_000)}
NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PASSAGE: Final = 20
QUERIES: Final = 200
RECALL_QUERIES: Final = 50
REPEATS: Final = 100
STORED: Final = 400
BURST: Final = 3_200
"""Stores of eight clients; their vectors are fewer than are left out of the index."""
CLIENTS: Final = 8
READY: Final = 10_000
"""Vectors made beforehand, for what is stored while the clock runs."""
CLAIMS: Final = 300
JOBS_AT_ONCE: Final = 5_000

Grow = Callable[[Container, Library, int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Row:
    """What one size costs; times in milliseconds."""

    engine: str
    memories: int
    load_seconds: float
    search_p50: float
    search_p99: float
    words_p50: float
    vectors_p50: float
    recall: float
    store_p50: float
    stores_per_second: float
    search_p50_after_burst: float
    vectors_indexed_per_second: float
    list_p50: float
    stats_p50: float
    claim_p50: float
    claim_p99: float
    megabytes: float


def main() -> None:
    """Measure, print, keep."""
    options = _options()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    RESULT.parent.mkdir(exist_ok=True)
    empty = Library(Corpus([*topics.values(), *docstrings()]), QUERIES, length=PASSAGE)
    rows: list[Row] = []
    for engine in options.engines:
        for row in asyncio.run(_measure(engine, options.largest, deepcopy(empty))):
            rows.append(row)
            Console().print(_table(rows))
            report = {"conditions": [machine.description()], "rows": [asdict(r) for r in rows]}
            RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        file = PICTURES[options.write_docs] / f"scaling-{engine}.svg"
        file.write_text(_picture(engine, rows), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--engines", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--largest", type=int, default=1_000_000, metavar="MEMORIES")
    parser.add_argument("--write-docs", action="store_true", help="renew the plots of the docs")
    return parser.parse_args()


async def _measure(engine: str, largest: int, library: Library) -> list[Row]:
    embedder = _AnyEmbedder(library.queries)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="scale-", dir=RESULT.parent)))
        settings, grow = Settings(data_dir=folder), _through_services
        if engine == "postgresql":
            url = stack.enter_context(postgres_server(folder / "postgres"))
            settings = Settings(data_dir=folder, database_url=url)
            grow = partial(_by_copy, url=url)
        async with open_services(settings, embedder=embedder) as container:
            return [
                await _row(engine, container, library, size, grow)
                for size in SIZES[engine]
                if size <= largest
            ]


async def _through_services(container: Container, library: Library, size: int) -> None:
    await library.grow(container, size)
    await _finish_jobs(container, size)


async def _by_copy(container: Container, library: Library, size: int, *, url: str) -> None:
    bulk_load.finish_jobs(url, size)
    await bulk_load.grow(container, library, url, size)


async def _row(engine: str, container: Container, library: Library, size: int, grow: Grow) -> Row:
    start = perf_counter()
    await grow(container, library, size)
    loaded = perf_counter() - start
    search, legs = await _search(container, library)
    recall = await recall_of(container, library, RECALL_QUERIES)
    claim = await _claim(container)
    store, rate = await _store(container, library)
    after, _ = await _search(container, library)
    return Row(
        engine=engine,
        memories=size,
        load_seconds=loaded,
        search_p50=search.p50,
        search_p99=search.p99,
        words_p50=legs[Leg.FULL_TEXT],
        vectors_p50=legs[Leg.CONTENT],
        recall=recall,
        store_p50=store.p50,
        stores_per_second=rate,
        search_p50_after_burst=after.p50,
        vectors_indexed_per_second=await _indexing(container),
        list_p50=(await _timed(lambda: _list(container))).p50,
        stats_p50=(await _timed(container.services.statistics.totals, repeats=10)).p50,
        claim_p50=claim.p50,
        claim_p99=claim.p99,
        megabytes=await container.adapters.database.size() / 1e6,
    )


async def _search(container: Container, library: Library) -> tuple[Stopwatch, dict[Leg, float]]:
    """Every query once to warm up, and once for the watch."""
    legs = LegTimes()
    recall = replace(container.services.search, telemetry=legs)
    watch = Stopwatch()
    for is_counted in (False, True):
        legs.seconds.clear()
        for text in library.queries:
            with watch.lap():
                await recall.search(Query(text))
        if not is_counted:
            watch.times.clear()
    return watch, legs.medians_ms()


async def _store(container: Container, library: Library) -> tuple[Stopwatch, float]:
    """One client alone, then eight at once; the vectors are ready."""
    samples = iter(library.drafts(STORED + BURST))
    memories, watch = container.services.memories, Stopwatch()

    async def store(content: Content) -> None:
        with watch.lap():
            await memories.create(content, actor="benchmark")

    for content in _some(samples, STORED):
        await store(content)
    alone = Stopwatch(list(watch.times))
    start = perf_counter()
    contents = list(samples)

    async def client(number: int) -> None:
        for content in contents[number::CLIENTS]:
            await store(content)

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    return alone, len(contents) / (perf_counter() - start)


async def _indexing(container: Container) -> float:
    """Vectors a second that a worker puts into the index, without rest, until none is left.

    0 where no vector waits for that.
    """
    write, start, indexed = container.adapters.database.write, perf_counter(), 0
    while done := await write(lambda tx: tx.models.index_pending(limit=100)):
        indexed += done
    return indexed / (perf_counter() - start)


def _some(contents: Iterator[Content], count: int) -> Iterator[Content]:
    return (next(contents) for _ in range(count))


async def _list(container: Container) -> None:
    await container.services.memories.page(Filter(), before=None, limit=50)


async def _timed(work: Callable[[], Awaitable[object]], *, repeats: int = REPEATS) -> Stopwatch:
    watch = Stopwatch()
    for _ in range(repeats):
        with watch.lap():
            await work()
    return watch


async def _finish_jobs(container: Container, total: int) -> None:
    """Bring the finished jobs to `total`."""
    counts = await container.services.jobs.counts()
    there = sum(sum(queue.by_state.values()) for queue in counts)
    for first in range(there, total, JOBS_AT_ONCE):
        jobs = _jobs(range(first, min(first + JOBS_AT_ONCE, total)))
        await container.adapters.database.write(partial(_enqueue_and_finish, jobs=jobs))


def _enqueue_and_finish(tx: JobTransaction, *, jobs: Sequence[NewJob]) -> None:
    tx.job_enqueuer.enqueue(jobs)
    for claim in tx.job_consumer.claim("benchmark", Queue.TITLES, len(jobs)):
        tx.job_consumer.complete(claim.lease, {})


def _jobs(numbers: Sequence[int]) -> list[NewJob]:
    return [NewJob(f"scale-{n}", Queue.TITLES, "do-nothing", {}) for n in numbers]


async def _claim(container: Container) -> Stopwatch:
    """One job at a time, as a worker does; each is finished before the next."""
    queue, watch = container.adapters.queue, Stopwatch()
    prefix = container.adapters.clock.new_id()
    jobs = [NewJob(f"{prefix}-{n}", Queue.TITLES, "do-nothing", {}) for n in range(CLAIMS)]
    await container.adapters.database.write(lambda tx: tx.jobs.enqueue(jobs))
    for _ in jobs:
        with watch.lap():
            [claim] = await queue.claim("benchmark", Queue.TITLES, 1)
        await queue.complete(claim.lease, lambda _: {})
    return watch


class _AnyEmbedder(PreparedEmbedder):
    """Texts that are not queries get vectors of chance, far from all queries; they are ready."""

    def __init__(self, vectors: dict[str, Vector]) -> None:
        super().__init__(vectors)
        drawn = np.random.default_rng(5).standard_normal((READY, DIMENSIONS), np.float32)
        units = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        self._ready = cycle([Vector(unit.astype("<f4").tobytes()) for unit in units])

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        return [next(self._ready) for _ in texts]


def _table(rows: Sequence[Row]) -> Table:
    """A line per figure, a column per size."""
    table = Table(title="milliseconds, unless it says otherwise")
    table.add_column("")
    for row in rows:
        table.add_column(f"{row.engine} {row.memories:,}", justify="right")
    for name in list(asdict(rows[0]))[2:]:
        table.add_row(name.replace("_", " "), *(f"{asdict(row)[name]:,.2f}" for row in rows))
    return table


def _picture(engine: str, rows: Sequence[Row]) -> str:
    """Milliseconds over size; a line along the diagonal would be linear growth."""
    mine = [asdict(row) for row in rows if row.engine == engine]
    lines = {
        text: [(float(row["memories"]), float(row[name])) for row in mine]
        for name, text in DRAWN.items()
    }
    return over_sizes(f"Milliseconds as a store on {NAMES[engine]} grows", lines)


if __name__ == "__main__":
    main()
