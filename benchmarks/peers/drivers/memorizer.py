"""Memorizer through the same interface: its services in process."""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack

from benchmarks.kept_vectors import KeptVectors
from benchmarks.peers.drivers.stores import Document, Place, serve_store
from benchmarks.search import LegTimes
from memorizer.adapters.embeddings.bundled import BundledEmbedder
from memorizer.bootstrap import open_services
from memorizer.domain.memories import Content, Vector
from memorizer.domain.search import Query
from memorizer.services import Services
from memorizer.settings import Settings

LOADERS = 32


class FreshQueries(KeptVectors):
    """Queries are embedded each time, because their cost is to be counted."""

    async def embed_query(self, text: str) -> Vector:
        return await self._model.embed_query(text)


class Memories:
    """Fulfils stores.Store."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def load(self, documents: Sequence[Document]) -> None:
        left = iter(documents)
        await asyncio.gather(*(self._take(left) for _ in range(LOADERS)))

    async def _take(self, left: Iterator[Document]) -> None:
        for document in left:
            await self.store(document)

    async def store(self, document: Document) -> None:
        content = Content(
            document.text, title=document.title, tags=tuple(document.tags), source=document.id
        )
        await self._services.memories.create(content, actor="benchmark")

    async def search(self, query: str, limit: int) -> list[str]:
        answer = await self._services.search.search(Query(query, limit))
        return [hit.memory.content.source for hit in answer.hits]


async def _open(place: Place) -> Memories:
    """Open until the process ends, like the others."""
    model = BundledEmbedder(LegTimes(), threads=place.threads)
    kept = sqlite3.connect(place.kept, timeout=60)
    embedder = (FreshQueries if place.fresh_queries else KeptVectors)(model, kept)
    settings = Settings(data_dir=place.folder)
    stack = AsyncExitStack()
    container = await stack.enter_async_context(open_services(settings, embedder=embedder))
    _open_until_the_end.append(stack)
    return Memories(container.services)


_open_until_the_end: list[AsyncExitStack] = []


if __name__ == "__main__":
    serve_store(_open)
