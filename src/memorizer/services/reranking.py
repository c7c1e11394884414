"""Reranking: a cross-encoder reads the query with the best hits and puts them in order."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from memorizer.domain.chunking import about
from memorizer.domain.errors import RerankerUnavailable
from memorizer.domain.search import Hit, Rerank
from memorizer.ports.search import Reranker
from memorizer.services.embedding import overlap_of

RERANKED: Final = 30
"""Hits that are read again: as many as each leg contributes to ten that are wanted."""
LOAD_SECONDS: Final = 10.0
"""How long a search waits for the model to be loaded, once in the life of a process."""
MAX_WHOLE_CHARACTERS: Final = 1_000
"""Texts up to this length are read whole, of longer ones the nearest chunk."""


@dataclass(frozen=True, slots=True)
class NearestChunks:
    """The place of each long memory's nearest chunk, and how many it has; `window`: in tokens."""

    window: int = 0
    by_memory: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reranking:
    """Reorders hits, within a deadline, if a model for it is configured."""

    reranker: Reranker | None = None
    timeout_seconds: float = 0.3

    @property
    def depth(self) -> int:
        """How many hits it wants to read."""
        return RERANKED if self.reranker else 0

    async def load(self) -> None:
        """Load the model, if there is one; why that failed, `reranked` says."""
        if self.reranker is None:
            return
        try:
            async with asyncio.timeout(LOAD_SECONDS):
                await self.reranker.load()
        except (RerankerUnavailable, TimeoutError):
            return

    async def reranked(
        self, query: str, hits: Sequence[Hit], chunks: NearestChunks
    ) -> tuple[list[Hit], str | None]:
        """Return the hits, the first RERANKED in the model's order; or as they are, and why.

        The scores stay what they were and are dealt out anew, the best to what is first now. So
        models need not agree on what their scores mean, and relevance is judged as ever.
        """
        if self.reranker is None or not hits:
            return list(hits), None
        read = hits[:RERANKED]
        try:
            async with asyncio.timeout(self.timeout_seconds):
                scores = await self.reranker.scores(query, [_passage(hit, chunks) for hit in read])
        except TimeoutError:
            return list(hits), (
                f"Hits are in the order of words and vectors: the reranking model "
                f"{self.reranker.name} took longer than {1_000 * self.timeout_seconds:g} ms."
            )
        except RerankerUnavailable as error:
            return list(hits), f"Hits are in the order of words and vectors: {error}"
        order = sorted(range(len(read)), key=lambda place: -scores[place])
        found = [
            replace(read[place], score=of.score, rerank=Rerank(scores[place], place + 1))
            for of, place in zip(read, order, strict=True)
        ]
        return [*found, *hits[RERANKED:]], None


def is_long(hit: Hit) -> bool:
    """Whether only a part of its text is read."""
    return len(hit.memory.content.text) > MAX_WHOLE_CHARACTERS


def _passage(hit: Hit, chunks: NearestChunks) -> str:
    """Title and text; of a long text roughly the chunk that is nearest to the query."""
    content = hit.memory.content
    text, (place, count) = content.text, chunks.by_memory.get(hit.memory.id, (0, 1))
    if count > 1:
        text = about(text, place, count, window=chunks.window, overlap=overlap_of(chunks.window))
    return f"{content.title}\n{text}" if content.title else text
