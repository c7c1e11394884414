"""A small embedding model for tests that are about something else: fast, and it can be broken."""

import asyncio
import hashlib
import re
from collections.abc import Sequence

import numpy as np

from memorizer.domain.chunking import Span
from memorizer.domain.errors import EmbedderUnavailable, TextRejected
from memorizer.domain.memories import Vector

DIMENSIONS = 64


class WordEmbedder:
    """Implements ports.embeddings.Embedder: a text is the sum of its words' directions."""

    def __init__(self, name: str = "words-64") -> None:
        self.name = name
        self.window = 128
        self.is_down = False
        self.rejects: str | None = None
        self.embedded = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def dimensions(self) -> int:
        return DIMENSIONS

    async def tokens(self, text: str) -> Sequence[Span]:
        self._check(text)
        return [match.span() for match in re.finditer(r"\w+", text)]

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        await self.gate.wait()
        for text in texts:
            self._check(text)
        self.embedded += len(texts)
        return [vector_of(text) for text in texts]

    async def embed_query(self, text: str) -> Vector:
        self._check(text)
        return vector_of(text)

    def _check(self, text: str) -> None:
        if self.is_down:
            raise EmbedderUnavailable("The embedder is switched off by the test.")
        if self.rejects and self.rejects in text:
            raise TextRejected(f"The model cannot read {self.rejects!r}.")


def vector_of(text: str) -> Vector:
    """Texts that share words lie close together."""
    total = np.full(DIMENSIONS, 1e-3, dtype="<f4")
    for word in re.findall(r"\w+", text.lower()):
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "little")
        total += np.random.default_rng(seed).standard_normal(DIMENSIONS).astype("<f4")
    return Vector((total / np.linalg.norm(total)).astype("<f4").tobytes())
