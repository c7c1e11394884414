"""Re-embedding everything, against the model's own speed on the same texts."""

from collections.abc import Sequence
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.figure import Bench, Figure
from benchmarks.raw_model import RawModel
from memorizer.adapters.embeddings.local import usable_cores
from memorizer.bootstrap import Container, open_services, running
from memorizer.domain.chunking import Span
from memorizer.domain.jobs import JobState
from memorizer.domain.memories import Content, EmbeddingStatus, Vector
from memorizer.ports.embeddings import Embedder
from memorizer.ports.transactions import Transaction
from memorizer.services.embedding import compute
from memorizer.services.history import ChangeRecorder
from memorizer.settings import Settings

MEMORIES: Final = 160
BATCHES: Final = (1, 2, 4, 8, 16, 32)
ROUNDS: Final = 3


async def measure(bench: Bench) -> list[Figure]:
    """As often as is needed for a figure one can rely on."""
    return await compare(bench, MEMORIES, ROUNDS)


async def compare(bench: Bench, memories: int, rounds: int) -> list[Figure]:
    """The job and the raw model take turns; the ratio is the median of the rounds."""
    contents = [
        Content(text, title=" ".join(text.split()[:5]), tags=("benchmark", "text"))
        for text in bench.corpus.texts(memories)
    ]
    raw = RawModel(usable_cores())
    async with open_services(Settings(data_dir=bench.folder)) as container:
        await _store(container, contents)
        texts = await _texts_embedded_for(container, contents)
        best = max(BATCHES, key=lambda batch: _speed(raw, texts[::4], batch))
        jobs, raws = [], []
        async with running(container.worker):
            await container.adapters.embedder.embed_query("loads the model")
            for _ in range(rounds):
                raws.append(_speed(raw, texts, best))
                jobs.append(len(texts) / await _reembed(container))
    ratios = [job / model for job, model in zip(jobs, raws, strict=True)]
    return [
        Figure("re-embed everything / raw model", median(ratios), at_least=0.95),
        Figure("  the job", median(jobs), "texts/s"),
        Figure(f"  the raw model, best batch ({best})", median(raws), "texts/s"),
    ]


async def _store(container: Container, contents: Sequence[Content]) -> None:
    """Without vectors, and so that no periodic task begins to make some."""
    history = ChangeRecorder(container.adapters.clock)

    def work(tx: Transaction) -> None:
        for content in contents:
            memory = history.create(tx, content, actor="benchmark")
            tx.memories.set_embedding_status(memory.id, EmbeddingStatus.READY)

    await container.adapters.database.write(work)


async def _reembed(container: Container) -> float:
    """Seconds from the request to the end of the job."""
    services = container.services
    start = perf_counter()
    job_id = await services.jobs.reembed()
    last = None
    async for update in services.job_progress.job(job_id):
        last = update or last
    assert last is not None
    assert last.state is JobState.COMPLETED
    return perf_counter() - start


def _speed(raw: RawModel, texts: Sequence[str], batch: int) -> float:
    start = perf_counter()
    raw.embed(texts, batch=batch)
    return len(texts) / (perf_counter() - start)


async def _texts_embedded_for(container: Container, contents: Sequence[Content]) -> list[str]:
    listener = _Listener(container.adapters.embedder)
    for content in contents:
        await compute(listener, content)
    return listener.heard


class _Listener:
    """Hears which texts stand for a memory, and embeds none."""

    def __init__(self, model: Embedder) -> None:
        self.name = model.name
        self.window = model.window
        self.heard: list[str] = []
        self._model = model

    async def dimensions(self) -> int:
        return await self._model.dimensions()

    async def tokens(self, text: str) -> Sequence[Span]:
        return await self._model.tokens(text)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        self.heard += texts
        return [Vector(b"")] * len(texts)

    async def embed_query(self, text: str) -> Vector:
        return await self._model.embed_query(text)
