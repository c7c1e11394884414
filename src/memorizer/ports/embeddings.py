"""Turning texts into vectors."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.chunking import Span
from memorizer.domain.memories import Vector


class Embedder(Protocol):
    """One embedding model."""

    @property
    def name(self) -> str:
        """Names the vectors' space: equal names, comparable vectors."""
        ...

    @property
    def window(self) -> int:
        """The most tokens of one text the model reads, special tokens not counted."""
        ...

    async def dimensions(self) -> int:
        """Length of a vector. May load the model. Raises EmbedderUnavailable."""
        ...

    async def tokens(self, text: str) -> Sequence[Span]:
        """Where each token stands in the text. Raises EmbedderUnavailable."""
        ...

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text. Raises EmbedderUnavailable, TextRejected."""
        ...

    async def embed_query(self, text: str) -> Vector:
        """The vector to search with. Raises EmbedderUnavailable, TextRejected."""
        ...
