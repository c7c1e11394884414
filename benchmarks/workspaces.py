"""`python -m benchmarks.workspaces`: searching one workspace of a large store.

A thousand memories, drawn at random, are filed in a workspace. Each query is asked of the whole
store and of the workspace, in turn, and what is found is compared with the exactly nearest.
"""

import argparse
import asyncio
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import Final

import structlog

from benchmarks import bulk_load
from benchmarks.corpus import Corpus, dice
from benchmarks.library import Library
from benchmarks.postgres_server import postgres_server
from benchmarks.prepared import PreparedEmbedder
from benchmarks.search import LegTimes
from benchmarks.stopwatch import Stopwatch
from memorizer.bootstrap import Container, open_services
from memorizer.domain.embeddings import VectorKind
from memorizer.domain.memories import Filter, Vector
from memorizer.domain.search import Leg, Query
from memorizer.ports.transactions import Transaction
from memorizer.services import MemoryServices
from memorizer.settings import Settings

RESULTS: Final = Path(__file__).parent / "results"
WORKSPACE: Final = "acme"
MEMORIES: Final = 1_000
QUERIES: Final = 200
RECALL_OF: Final = 10
PASSAGE: Final = 20
PER_MOVE: Final = 200
MOST: Final = 0.5
"""Of the time of a search in the whole store."""
LEAST_RECALL: Final = 0.98


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds at the median, of each leg too; whole store and workspace."""

    whole: float
    scoped: float
    whole_legs: dict[Leg, float]
    scoped_legs: dict[Leg, float]
    recall: float

    def print(self, name: str) -> None:
        """Print the figures, and whether they are within their bounds."""
        ratio = self.scoped / self.whole
        is_good = ratio <= MOST and self.recall >= LEAST_RECALL
        print(
            f"{name}: whole store {self.whole:.1f} ms, workspace {self.scoped:.1f} ms"
            f" ({ratio:.2f}, at most {MOST}), recall@{RECALL_OF} {self.recall:.3f}"
            f" (at least {LEAST_RECALL}) {'ok' if is_good else 'MISSED'}"
        )
        for leg, whole in self.whole_legs.items():
            print(f"  {leg}: {whole:.2f} ms, {self.scoped_legs[leg]:.2f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workspaces", description=__doc__)
    parser.add_argument("--sqlite", type=int, default=100_000, metavar="MEMORIES")
    parser.add_argument("--postgresql", type=int, default=1_000_000, metavar="MEMORIES")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    RESULTS.mkdir(exist_ok=True)
    for engine, size in (("sqlite", options.sqlite), ("postgresql", options.postgresql)):
        if size:
            result = asyncio.run(_measure(engine, size))
            result.print(f"{engine}, {MEMORIES:,} of {size:,} memories")


async def _measure(engine: str, size: int) -> Result:
    library = Library(Corpus(), QUERIES, length=PASSAGE)
    embedder = PreparedEmbedder(library.queries)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="scope-", dir=RESULTS)))
        url = None
        if engine == "postgresql":
            url = stack.enter_context(postgres_server(folder / "postgres"))
        settings = Settings.model_validate({"data_dir": folder, "database_url": url})
        async with open_services(settings, embedder=embedder) as container:
            if url is None:
                await library.grow(container, size)
            else:
                await bulk_load.grow(container, library, url, size)
            ids = await _file(container, library)
            return await _compare(container, library, ids)


async def _file(container: Container, library: Library) -> Sequence[str]:
    """Move memories into a new workspace, and return their ids."""
    workspaces = container.services.workspaces
    await workspaces.create(WORKSPACE, actor="benchmark")
    ids = dice(7).sample(library.ids, MEMORIES)
    for first in range(0, MEMORIES, PER_MOVE):
        some = ids[first : first + PER_MOVE]
        await workspaces.move_memories(some, WORKSPACE, actor="benchmark")
    return ids


async def _compare(container: Container, library: Library, ids: Sequence[str]) -> Result:
    scoped = await container.services.narrowed(WORKSPACE)
    whole_watch, scoped_watch = Stopwatch(), Stopwatch()
    whole_legs, scoped_legs = LegTimes(), LegTimes()
    in_whole = replace(container.services.search, telemetry=whole_legs)
    in_scope = replace(scoped.search, telemetry=scoped_legs)
    for is_counted in (False, True):
        for legs in (whole_legs, scoped_legs):
            legs.seconds.clear()
        for text in library.queries:
            with whole_watch.lap():
                await in_whole.search(Query(text))
            with scoped_watch.lap():
                await in_scope.search(Query(text))
        if not is_counted:
            whole_watch.times.clear()
            scoped_watch.times.clear()
    shares = [
        len(library.nearest(vector, RECALL_OF, among=ids) & await _found(scoped, vector))
        for vector in library.queries.values()
    ]
    return Result(
        whole_watch.p50,
        scoped_watch.p50,
        whole_legs.medians_ms(),
        scoped_legs.medians_ms(),
        mean(shares) / RECALL_OF,
    )


async def _found(services: MemoryServices, vector: Vector) -> set[str]:
    """The nearest by content that the search finds in the workspace."""
    return await services.memories.database.read(partial(_nearest, vector=vector))


def _nearest(tx: Transaction, *, vector: Vector) -> set[str]:
    model = tx.models.active()
    assert model is not None
    found = tx.vectors.nearest(model, VectorKind.CONTENT, vector, Filter(), limit=RECALL_OF)
    return {candidate.memory_id for candidate in found}


if __name__ == "__main__":
    main()
