"""`python -m benchmarks.guard`: whether something became much slower, in two minutes.

Only ratios of two things measured in turns, and counts, which hold on any machine; with bounds so
wide that chance does not reach them. What it finds is looked into with `make bench`.
"""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from pydoc_data.topics import topics
from re import findall
from tempfile import TemporaryDirectory
from typing import Final

import structlog
from rich.console import Console

from benchmarks import cancelling, kernels, reembed, store
from benchmarks.corpus import Corpus
from benchmarks.figure import Bench, Figure, Measure
from benchmarks.library import Library
from benchmarks.prepared import PreparedEmbedder
from benchmarks.redis_jobs import bare, ours
from benchmarks.redis_server import redis_server
from benchmarks.search import recall_of, searches
from benchmarks.table import table
from memorizer.adapters.sqlite.database import SqliteDatabase
from memorizer.bootstrap import open_services
from memorizer.http.spa import BUILT
from memorizer.settings import Settings

RESULTS: Final = Path(__file__).parent / "results"
MEMORIES: Final = 40
ROUNDS: Final = 2
SIZES: Final = (5_000, 20_000)
QUERIES: Final = 150
CHECKED: Final = 50
TOPICS: Final = 12
"""Of Python's language reference: enough passages for that many memories, quickly embedded."""
SLOTS: Final = 5
CHILDREN: Final = (2_000, 8_000)
"""Slices of the bulk jobs that are cancelled; what is quadratic takes 16 times as long."""


async def measure(bench: Bench) -> list[Figure]:
    """Everything that is guarded."""
    parts: Sequence[Measure] = (_embedding, _searching, _working, _cancelling, _starting)
    return [figure for part in parts for figure in await part(bench)]


async def _embedding(bench: Bench) -> list[Figure]:
    chosen = await kernels.chosen_to_floats(bench)
    again = await reembed.compare(_within(bench, "reembed"), MEMORIES, ROUNDS)
    stored = await store.compare(_within(bench, "store"), MEMORIES)
    return [
        Figure("embed a query, the chosen kernel / floats", chosen, at_most=1.2),
        Figure("re-embed everything / raw model", again[0].ours, at_least=0.75),
        Figure("store / one raw embedding", stored[0].ours, at_most=2.5),
    ]


async def _searching(bench: Bench) -> list[Figure]:
    library = Library(Corpus(list(topics.values())[:TOPICS]), QUERIES)
    embedder = PreparedEmbedder(library.queries)
    p50s: list[float] = []
    settings = Settings(data_dir=bench.folder / "search")
    async with open_services(settings, embedder=embedder) as container:
        for size in SIZES:
            await library.grow(container, size)
            p50s.append((await searches(container, library, (0, 0)))[0].ours)
        recall = await recall_of(container, library, CHECKED)
        database = container.adapters.database
        assert isinstance(database, SqliteDatabase)
        await database.build_vector_index(least=SIZES[1])
        by_lists = (await searches(container, library, (0, 0)))[0].ours / p50s[1]
        recall_of_lists = await recall_of(container, library, CHECKED)
    growth = f"search of {SIZES[1]:,} / of {SIZES[0]:,} memories, p50"
    return [
        Figure(growth, p50s[1] / p50s[0], at_most=SIZES[1] / SIZES[0]),
        Figure(f"vector recall@10 in {SIZES[1]:,} memories", recall, at_least=0.95),
        Figure("search by lists / by all codes, p50", by_lists, at_most=5),
        Figure("vector recall@10 by lists / by all codes", recall_of_lists / recall, at_least=0.93),
    ]


async def _working(bench: Bench) -> list[Figure]:
    async with redis_server(bench.folder / "redis") as url:
        ratios = [
            await ours(bench.folder, url, SLOTS, f"guard-{number}")
            / await bare(url, SLOTS, f"guard-{number}")
            for number in range(ROUNDS)
        ]
    return [Figure("no-op jobs on Redis / bare BullMQ", max(ratios), at_least=0.5)]


async def _cancelling(bench: Bench) -> list[Figure]:
    few, many = await cancelling.seconds(bench.folder, CHILDREN, ROUNDS)
    growth = f"longest write transaction: cancel of {CHILDREN[1]:,} slices / of {CHILDREN[0]:,}"
    return [Figure(growth, many / few, at_most=5)]


async def _starting(_: Bench) -> list[Figure]:
    imported = await asyncio.to_thread(_imported_for_help)
    figures = [Figure("modules imported for --help", imported, at_most=430)]
    if BUILT.is_dir():
        size = sum(map(_sent, await asyncio.to_thread(_first_files))) / 1_000
        figures.append(Figure("what the page loads first", size, "kB", at_most=350))
    return figures


def _imported_for_help() -> int:
    """362 when this was written; numpy or FastAPI alone would add a hundred."""
    command = [sys.executable, "-X", "importtime", "-m", "memorizer", "--help"]
    reply = subprocess.run(command, check=True, capture_output=True, text=True)
    return reply.stderr.count("import time:")


def _first_files() -> list[Path]:
    """The page itself, and all it names."""
    index = BUILT / "index.html"
    html = index.read_text(encoding="utf-8")
    named: list[str] = findall(r'(?:src|href)="\.?/([^"]+\.\w+)"', html)
    assert any(name.endswith(".js") for name in named), "the page names no script"
    return [index, *(BUILT / name for name in named)]


def _sent(file: Path) -> int:
    """Bytes, compressed if they are kept so."""
    small = file.with_name(f"{file.name}.br")
    return (small if small.is_file() else file).stat().st_size


def _within(bench: Bench, name: str) -> Bench:
    return Bench(bench.folder / name, bench.corpus)


def main() -> int:
    """Print a table and a line for each bound that is broken; 1 if there is one."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="guard-", dir=RESULTS) as folder:
        figures = asyncio.run(measure(Bench(Path(folder), Corpus())))
    console = Console()
    console.print(table("Much slower than it was?", figures))
    broken = [figure for figure in figures if not figure.is_met]
    for figure in broken:
        console.print(
            f"{figure.name.strip()} is {figure.ours:.2f}, its bound {figure.target:g}.", style="red"
        )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
