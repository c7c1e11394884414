"""Storing one memory with its vectors, against embedding its text once."""

from statistics import median
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.raw_model import RawModel
from benchmarks.stopwatch import Stopwatch
from memorizer.adapters.embeddings.local import usable_cores
from memorizer.bootstrap import open_services
from memorizer.domain.memories import Content
from memorizer.services import Services
from memorizer.settings import Settings

MEMORIES: Final = 80
WARM_UP: Final = 5


async def measure(bench: Bench) -> list[Figure]:
    """As often as is needed for a figure one can rely on."""
    return await compare(bench, MEMORIES)


async def compare(bench: Bench, memories: int) -> list[Figure]:
    """Each text is stored with a title and without one, in turns with the raw model.

    So every run finds the other's weights in the processor's cache, and none is favoured.
    """
    texts = bench.corpus.texts(memories)
    raw = RawModel(usable_cores())
    watches = whole, beginning, titled, untitled = [Stopwatch() for _ in range(4)]
    async with open_services(Settings(data_dir=bench.folder)) as container:
        for text in texts:
            for watch, title in ((titled, " ".join(text.split()[:5])), (untitled, None)):
                with whole.lap():
                    raw.embed_all_of(text)
                with watch.lap():
                    await _store(container.services, text, title=title)
                with beginning.lap():
                    raw.embed([text], batch=1)
    for watch in watches:
        del watch.times[:WARM_UP]
    return [
        Figure("store / one raw embedding", _ratio(titled, whole), at_most=1.3),
        Figure("  against one of the first 256 tokens", _ratio(titled, beginning)),
        Figure("  stored without a title", _ratio(untitled, whole)),
        Figure("  one raw embedding, p50", whole.p50, "ms"),
        Figure("  store, p50", titled.p50, "ms"),
        Figure("  store, p99", titled.p99, "ms"),
    ]


async def _store(services: Services, text: str, *, title: str | None) -> None:
    content = Content(text, title=title, tags=("benchmark", "text"))
    await services.memories.create(content, actor="benchmark")


def _ratio(ours: Stopwatch, raw: Stopwatch) -> float:
    """Of the medians; the texts are the same in the same order."""
    return median(ours.times) / median(raw.times)
