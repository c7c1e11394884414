"""mcp-memory-service in process: the storage that its tools call."""

import benchmarks.peers.drivers.loadable_sqlite  # noqa: F401, I001 - comes before who opens a database

from collections.abc import Sequence

import numpy as np
from mcp_memory_service.embeddings.onnx_embeddings import ONNXEmbeddingModel
from mcp_memory_service.models.memory import Memory
from mcp_memory_service.storage.mixins import embeddings
from mcp_memory_service.storage.sqlite_vec import SqliteVecMemoryStorage
from mcp_memory_service.utils.hashing import generate_content_hash
from numpy.typing import NDArray

from benchmarks.peers.drivers.as_installed import lay_out
from benchmarks.peers.drivers.minilm import MiniLM
from benchmarks.peers.drivers.stores import Document, Place, serve_store

MODEL = "onnx_all-MiniLM-L6-v2"
BATCH = 500


class Encoder:
    """What the storage expects of its own ONNX model."""

    embedding_dimension = 384

    def __init__(self, place: Place) -> None:
        self._model = MiniLM(place)
        self._own = None
        if place.as_installed:
            lay_out(place, "mcp_memory")
            self._own = ONNXEmbeddingModel()
        self.is_loading = False

    def encode(self, texts: Sequence[str], *, convert_to_numpy: bool = True) -> NDArray[np.float32]:
        if self.is_loading:
            return np.stack(self._model.documents(texts))
        if self._own is not None:
            vectors: NDArray[np.float32] = self._own.encode(texts)
            return vectors
        return np.stack([self._model.query(text) for text in texts])


class Storage:
    """Fulfils stores.Store."""

    def __init__(self, storage: SqliteVecMemoryStorage, encoder: Encoder) -> None:
        self._storage = storage
        self._encoder = encoder

    async def load(self, documents: Sequence[Document]) -> None:
        self._encoder.is_loading = True
        for start in range(0, len(documents), BATCH):
            batch = [_memory(document) for document in documents[start : start + BATCH]]
            await self._storage.store_batch(batch)
        self._encoder.is_loading = False

    async def store(self, document: Document) -> None:
        self._encoder.is_loading = True
        stored, message = await self._storage.store(_memory(document), skip_semantic_dedup=True)
        if not stored:
            raise ValueError(message)

    async def search(self, query: str, limit: int) -> list[str]:
        self._encoder.is_loading = False
        found = await self._storage.search_memories(query=query, limit=limit)
        return [memory["document"] for memory in found["memories"]]


def _memory(document: Document) -> Memory:
    return Memory(
        content=document.whole,
        content_hash=generate_content_hash(document.whole),
        tags=list(document.tags),
        metadata={"document": document.id},
    )


async def _open(place: Place) -> Storage:
    encoder = Encoder(place)
    embeddings._MODEL_CACHE[MODEL] = encoder  # noqa: SLF001 - where it looks for a loaded model
    storage = SqliteVecMemoryStorage(str(place.folder / "memory.db"))
    await storage.initialize()
    return Storage(storage, encoder)


if __name__ == "__main__":
    serve_store(_open)
