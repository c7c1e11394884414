"""Floats against integers: how fast the bundled model is, and whether search finds as much.

`python -m benchmarks.kernels` prints the quality of each set with vectors of both, mixed and not.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import structlog

from benchmarks.figure import Bench, Figure
from benchmarks.judged import JudgedSet, cranfield, cranfield_folder, ranked_sets
from benchmarks.kept_vectors import KeptVectors, kept_vectors
from benchmarks.quality import HYBRID, asked
from benchmarks.search import LegTimes
from benchmarks.stopwatch import Stopwatch
from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.adapters.embeddings.kernels import Kernel
from memorizer.bootstrap import open_services
from memorizer.domain.chunking import Span
from memorizer.domain.memories import Vector
from memorizer.domain.search import Leg
from memorizer.settings import Settings

RESULTS: Final = Path(__file__).parent / "results"
TEXTS: Final = 60
QUERY_WORDS: Final = 9
PAIRS: Final = [(documents, queries) for documents in Kernel for queries in Kernel]
"""Of stored vectors, and of those they are searched with."""


class Mixed:
    """Fulfils ports.embeddings.Embedder: documents by one, queries by another."""

    def __init__(self, documents: KeptVectors, queries: KeptVectors) -> None:
        self.name, self.window = documents.name, documents.window
        self.embed_documents = documents.embed_documents
        self.embed_query = queries.embed_query
        self._documents = documents

    async def dimensions(self) -> int:
        return await self._documents.dimensions()

    async def tokens(self, text: str) -> Sequence[Span]:
        return await self._documents.tokens(text)


async def measure(bench: Bench) -> list[Figure]:
    """In turns, so that both find the machine alike."""
    compared = await _compared(bench, Kernel.INT8)
    return [
        Figure("embed a query, int8 / float", compared.queries, at_most=0.4),
        Figure("embed a text and a query, int8 / float", compared.texts, at_most=0.5),
        Figure("cosine of int8 to float, least", min(compared.cosines), at_least=0.99),
        Figure("  mean", mean(compared.cosines)),
    ]


async def chosen_to_floats(bench: Bench) -> float:
    """What a query takes in the kernel that is chosen here, to floats: never much more than 1."""
    return (await _compared(bench, None)).queries


@dataclass(frozen=True, slots=True)
class _Compared:
    """A kernel to floats: medians of the ratios of times, and the cosines of the texts."""

    queries: float
    texts: float
    cosines: Sequence[float]


async def _compared(bench: Bench, kernel: Kernel | None) -> _Compared:
    queries: list[float] = []
    texts: list[float] = []
    cosines: list[float] = []
    async with AsyncExitStack() as stack:
        models = [BundledEmbedder(LegTimes(), kernel=each) for each in (kernel, Kernel.FLOAT)]
        for model in models:
            stack.push_async_callback(model.close)
            await model.embed_query("loads the model")
        for text in bench.corpus.texts(TEXTS):
            query = " ".join(text.split()[:QUERY_WORDS])
            watches = Stopwatch(), Stopwatch()
            vectors = []
            for model in models:
                with watches[0].lap():
                    await model.embed_query(query)
                with watches[1].lap():
                    vectors += (await model.embed_documents([text, query]))[:1]
            cosines.append(cosine(*vectors))
            for ratios, watch in ((queries, watches[0]), (texts, watches[1])):
                ratios.append(watch.times[0] / watch.times[1])
    return _Compared(median(queries), median(texts), cosines)


def cosine(one: Vector, other: Vector) -> float:
    """Of unit vectors."""
    return float(np.frombuffer(one, "<f4") @ np.frombuffer(other, "<f4"))


async def qualities(
    folder: Path, asked_for: Path | None
) -> Mapping[str, Sequence[Sequence[float]]]:
    """nDCG@10 of each set, of the search and of its content leg, for each of PAIRS."""
    found: defaultdict[str, list[Sequence[float]]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        kept = {
            kernel: await stack.enter_async_context(kept_vectors(RESULTS, kernel))
            for kernel in Kernel
        }
        for documents, queries in PAIRS:
            for each in _sets(asked_for):
                settings = Settings(data_dir=folder / f"{each.name}-{documents}-{queries}")
                mixed = Mixed(kept[documents], kept[queries])
                async with open_services(settings, embedder=mixed) as container:
                    rows = await asked(container, each)
                ways = [mean(row.found[way].ndcg for row in rows) for way in (HYBRID, Leg.CONTENT)]
                found[each.name].append(ways)
    return found


def _sets(asked_for: Path | None) -> list[JudgedSet]:
    sets = list(ranked_sets())
    folder = cranfield_folder(asked_for)
    return [*sets, cranfield(folder)] if folder else sets


async def main() -> None:
    """Print a table: of the search, and of its vectors alone."""
    RESULTS.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="kernels-", dir=RESULTS) as folder:
        found = await qualities(Path(folder), None)
    print("nDCG@10", *(f"{documents} by {queries}" for documents, queries in PAIRS), sep=" | ")
    for name, ways in found.items():
        for number, way in enumerate(("search", "content alone")):
            cells = [f"{of_pair[number]:.4f}" for of_pair in ways]
            most = max(abs(of_pair[number] - ways[0][number]) for of_pair in ways)
            print(f"{name}, {way}", *cells, f"moves {most:.4f}", sep=" | ")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    asyncio.run(main())
