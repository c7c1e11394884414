"""Chroma in process: a persistent client with its own defaults."""

import asyncio
from collections.abc import Callable, Sequence

from chromadb import PersistentClient
from chromadb.config import Settings
from chromadb.utils.embedding_functions import DefaultEmbeddingFunction

from benchmarks.peers.drivers.as_installed import lay_out
from benchmarks.peers.drivers.minilm import MiniLM, Vector
from benchmarks.peers.drivers.stores import Document, Place, serve_store

BATCH = 1_000


class Chroma:
    """Fulfils stores.Store."""

    def __init__(self, place: Place) -> None:
        self._model = MiniLM(place)
        self._embed_query: Callable[[str], Vector] = self._model.query
        if place.as_installed:
            lay_out(place, "chroma")
            own = DefaultEmbeddingFunction()
            self._embed_query = lambda query: own([query])[0]
        client = PersistentClient(str(place.folder), Settings(anonymized_telemetry=False))
        # vectors are given with each call, which is what a function of one's own comes to
        self._collection = client.get_or_create_collection("memories", embedding_function=None)

    async def load(self, documents: Sequence[Document]) -> None:
        for start in range(0, len(documents), BATCH):
            self._add(documents[start : start + BATCH])

    async def store(self, document: Document) -> None:
        await asyncio.to_thread(self._add, [document])

    async def search(self, query: str, limit: int) -> list[str]:
        vector = self._embed_query(query)
        found = self._collection.query(query_embeddings=[vector], n_results=limit)
        ids: list[str] = found["ids"][0]
        return ids

    def _add(self, documents: Sequence[Document]) -> None:
        texts = [document.whole for document in documents]
        self._collection.add(
            ids=[document.id for document in documents],
            documents=texts,
            embeddings=self._model.documents(texts),
            metadatas=[{"tags": " ".join(document.tags)} for document in documents],
        )


async def _open(place: Place) -> Chroma:
    return Chroma(place)


if __name__ == "__main__":
    serve_store(_open)
