"""The bundled model, whose vectors are kept between runs: quality does not depend on its speed."""

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from benchmarks.search import LegTimes
from memorizer.adapters.embeddings.bundled import MODEL, BundledEmbedder
from memorizer.adapters.embeddings.kernels import Kernel
from memorizer.adapters.embeddings.onnx_rewrite.integer_graph import integer_graph
from memorizer.domain.chunking import Span
from memorizer.domain.memories import Vector


class KeptVectors:
    """Fulfils ports.embeddings.Embedder. The model reads queries and documents alike."""

    def __init__(self, model: BundledEmbedder, kept: sqlite3.Connection) -> None:
        self.name, self.window = model.name, model.window
        self._model = model
        self._kept = kept

    async def dimensions(self) -> int:
        return await self._model.dimensions()

    async def tokens(self, text: str) -> Sequence[Span]:
        return await self._model.tokens(text)

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        vectors = {text: vector for text in texts if (vector := self._find(text))}
        if new := list(dict.fromkeys(text for text in texts if text not in vectors)):
            made = dict(zip(new, await self._model.embed_documents(new), strict=True))
            self._keep(made)
            vectors |= made
        return [vectors[text] for text in texts]

    async def embed_query(self, text: str) -> Vector:
        [vector] = await self.embed_documents([text])
        return vector

    def _find(self, text: str) -> Vector | None:
        row = self._kept.execute("SELECT vector FROM kept WHERE text = ?", (text,)).fetchone()
        return Vector(row[0]) if row else None

    def _keep(self, vectors: Mapping[str, Vector]) -> None:
        with self._kept:
            self._kept.executemany("INSERT OR IGNORE INTO kept VALUES (?, ?)", vectors.items())


@asynccontextmanager
async def kept_vectors(folder: Path, kernel: Kernel = Kernel.INT8) -> AsyncIterator[KeptVectors]:
    """Those of exactly this graph; another one begins again."""
    model = BundledEmbedder(LegTimes(), kernel=kernel)
    graph = MODEL.verified().read_bytes()
    if kernel is Kernel.INT8:
        graph = integer_graph(graph)
    file = folder / f"vectors-{hashlib.sha256(graph).hexdigest()[:8]}.sqlite"
    with closing(sqlite3.connect(file)) as kept:
        kept.execute("CREATE TABLE IF NOT EXISTS kept (text TEXT PRIMARY KEY, vector BLOB)")
        try:
            yield KeptVectors(model, kept)
        finally:
            await model.close()
