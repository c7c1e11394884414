"""mem0 in process, without a language model: texts are kept as they are (`infer=False`)."""

import asyncio
import os
from collections.abc import Sequence

os.environ |= {"MEM0_TELEMETRY": "False", "OPENAI_API_KEY": "not used"}

from mem0 import Memory

from benchmarks.peers.drivers.minilm import MiniLM
from benchmarks.peers.drivers.stores import Document, Place, serve_store

USER = "benchmark"


class Embeddings:
    """What mem0 expects of an embedding model."""

    def __init__(self, place: Place) -> None:
        self._model = MiniLM(place)

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        ask = self._model.query if memory_action == "search" else self._model.document
        vector: list[float] = ask(text).tolist()
        return vector

    def embed_batch(self, texts: Sequence[str], memory_action: str = "add") -> list[list[float]]:
        return [self.embed(text, memory_action) for text in texts]


class Mem0:
    """Fulfils stores.Store."""

    def __init__(self, place: Place) -> None:
        qdrant = {"path": str(place.folder / "qdrant"), "on_disk": True}
        self._memory = Memory.from_config(
            {
                "vector_store": {
                    "provider": "qdrant",
                    "config": {**qdrant, "embedding_model_dims": 384},
                },
                "history_db_path": str(place.folder / "history.db"),
            }
        )
        self._memory.embedding_model = Embeddings(place)
        self._writing = asyncio.Lock()

    async def load(self, documents: Sequence[Document]) -> None:
        for document in documents:
            self._add(document)

    async def store(self, document: Document) -> None:
        """Writers take turns: from several threads its store fails to commit."""
        async with self._writing:
            await asyncio.to_thread(self._add, document)

    async def search(self, query: str, limit: int) -> list[str]:
        found = self._memory.search(query, top_k=limit, filters={"user_id": USER})
        return [each["metadata"]["document"] for each in found["results"]]

    def _add(self, document: Document) -> None:
        metadata = {"document": document.id, "tags": list(document.tags)}
        self._memory.add(document.whole, user_id=USER, metadata=metadata, infer=False)


async def _open(place: Place) -> Mem0:
    return Mem0(place)


if __name__ == "__main__":
    serve_store(_open)
