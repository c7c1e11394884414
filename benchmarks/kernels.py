"""Floats against integers: how fast the bundled model is, and whether search finds as much.

`python -m benchmarks.kernels` prints the quality of each set with vectors of both, mixed and not.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
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
QUERIES: Final = 60
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
    """Queries and texts in turns, so that both find the machine alike."""
    texts = bench.corpus.texts(QUERIES)
    queries = [" ".join(text.split()[:QUERY_WORDS]) for text in texts]
    watches = {kernel: (Stopwatch(), Stopwatch()) for kernel in Kernel}
    cosines: list[float] = []
    async with AsyncExitStack() as stack:
        models = {kernel: BundledEmbedder(LegTimes(), kernel=kernel) for kernel in Kernel}
        for model in models.values():
            stack.push_async_callback(model.close)
            await model.embed_query("loads the model")
        for text, query in zip(texts, queries, strict=True):
            vectors = []
            for kernel, (of_query, of_texts) in watches.items():
                with of_query.lap():
                    await models[kernel].embed_query(query)
                with of_texts.lap():
                    vectors += await models[kernel].embed_documents([text, query])
            cosines.append(cosine(vectors[0], vectors[2]))

    def ratio(which: int) -> float:
        integers, floats = (watches[k][which].times for k in (Kernel.INT8, Kernel.FLOAT))
        return median(i / f for i, f in zip(integers, floats, strict=True))

    return [
        Figure("embed a query, int8 / float", ratio(0), at_most=0.4),
        Figure("embed a text and a query, int8 / float", ratio(1), at_most=0.55),
        Figure("cosine of int8 to float, least", min(cosines), at_least=0.99),
        Figure("  mean", mean(cosines)),
    ]


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
