"""From a memory's content to its vectors, and into the store. A vector is never invented."""

import asyncio
from dataclasses import dataclass

from memorizer.domain.chunking import chunk
from memorizer.domain.errors import EmbedderUnavailable, Misconfigured, TextRejected
from memorizer.domain.memories import Content, EmbeddingStatus, Memory, Vector
from memorizer.ports.clock import Clock
from memorizer.ports.embeddings import Embedder
from memorizer.ports.unit_of_work import Transaction
from memorizer.ports.vectors import EmbeddingModel, MemoryVectors, ModelState
from memorizer.services.launch import embedding_job

OVERLAP = 32
"""Tokens that neighbouring chunks share, so that a sentence on a border is whole in one."""
INLINE_CHARACTERS = 8_000
"""Longer texts are saved at once and embedded by a job: a reply should not wait for seconds."""
INLINE_SECONDS = 5.0
"""How long a reply waits for an embedder that hangs before a job takes over."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of one content; dimensions x 4 bytes each."""

    content: tuple[Vector, ...]
    metadata: Vector

    def of(self, memory: Memory) -> MemoryVectors:
        """The same, as those of a memory's present version."""
        return MemoryVectors(memory.id, memory.version, self.content, self.metadata)


@dataclass(frozen=True, slots=True)
class Embedding:
    """Computes and settles the vectors of memories."""

    embedder: Embedder
    clock: Clock

    async def compute(self, content: Content) -> Embedded:
        """Embed the chunks and the metadata. Raises EmbedderUnavailable, TextRejected."""
        texts = [*await self._chunks(content), _metadata(content)]
        *chunks, metadata = await self.embedder.embed_documents(texts)
        return Embedded(tuple(chunks), metadata)

    async def attempt(self, content: Content) -> Embedded | None:
        """Embed now if that is possible and quick; None leaves it to a job."""
        if len(content.text) > INLINE_CHARACTERS:
            return None
        try:
            async with asyncio.timeout(INLINE_SECONDS):
                return await self.compute(content)
        except (EmbedderUnavailable, TextRejected, TimeoutError):
            return None  # the job that follows tries again and records the reason

    def settle(self, tx: Transaction, memory: Memory, embedded: Embedded | None) -> EmbeddingStatus:
        """Store the vectors of the present version, or drop the old ones and queue a job."""
        active = tx.models.active()
        fits = active is None or active.name == self.embedder.name
        if embedded is not None and fits:
            tx.vectors.put(self.model(tx, embedded), embedded.of(memory))
            status = EmbeddingStatus.READY
        else:
            tx.vectors.remove(memory.id)
            status = EmbeddingStatus.PENDING
            if fits:  # else only re-embedding everything can help
                tx.jobs.enqueue([embedding_job(self.clock, memory.id)])
        tx.memories.set_embedding_status(memory.id, status)
        return status

    def model(self, tx: Transaction, embedded: Embedded) -> EmbeddingModel:
        """The active model, to which these vectors must belong; the first vectors found it."""
        if tx.models.active() is None:
            dimensions = len(embedded.metadata) // 4
            return tx.models.add(self.embedder.name, dimensions, ModelState.ACTIVE)
        return self.active(tx)

    def active(self, tx: Transaction) -> EmbeddingModel:
        """The active model. Raises Misconfigured when another one is configured by now."""
        model = tx.models.active()
        if model is None or model.name != self.embedder.name:
            name = model.name if model else "no model yet"
            raise Misconfigured(
                f"Memories are embedded with {name}, but {self.embedder.name} is configured. "
                "Re-embed all memories to change the model."
            )
        return model

    async def _chunks(self, content: Content) -> list[str]:
        """Pieces of the text that fit the model's window with the title in front of each."""
        title = f"{content.title}\n" if content.title else ""
        room = self.embedder.window - len(await self.embedder.tokens(title)) if title else None
        window = max(room or self.embedder.window, self.embedder.window // 2)
        tokens = await self.embedder.tokens(content.text)
        pieces = chunk(content.text, tokens, window=window, overlap=min(OVERLAP, window // 4))
        return [title + piece.text for piece in pieces]


def _metadata(content: Content) -> str:
    """Title and tags; without both, the beginning of the text stands for them."""
    words = " ".join([content.title or "", *content.tags]).strip()
    return words or content.text[:200]
