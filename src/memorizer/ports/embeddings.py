"""Turning texts into vectors."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.chunking import Span
from memorizer.domain.embeddings import EmbeddingModel, ModelState
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
        """One unit vector per text.

        Raises EmbedderUnavailable, TextRejected; EmbeddingRefused when it cannot tell them apart.
        """
        ...

    async def embed_query(self, text: str) -> Vector:
        """The vector to search with. Raises EmbedderUnavailable, TextRejected."""
        ...


class Embedders(Protocol):
    """The embedding models that this process can use."""

    @property
    def configured(self) -> Embedder:
        """The one that the settings name."""
        ...

    @property
    def spec(self) -> str | None:
        """From this `of` opens the configured one again, later or in another process."""
        ...

    async def get_or_open(self, name: str, spec: str | None) -> Embedder | None:
        """The one that makes vectors of this name; None when it cannot be opened any more."""
        ...


class Models(Protocol):
    """The generations of vectors."""

    def active(self) -> EmbeddingModel | None: ...

    def lock_exclusive(self) -> None:
        """Until this transaction ends, no other one stores vectors or switches the model."""
        ...

    def building(self, job_id: str) -> EmbeddingModel | None:
        """What this job builds."""
        ...

    def add(
        self,
        name: str,
        dimensions: int,
        state: ModelState,
        *,
        job_id: str | None = None,
        spec: str | None = None,
    ) -> EmbeddingModel: ...

    def activate(self, model_id: int) -> None:
        """Make it the active one, retire the other, and settle the memories' embedding status."""
        ...

    def retire(self, model_id: int) -> None: ...

    def list_building(self) -> list[EmbeddingModel]:
        """Those that jobs build; a job may have been cancelled or removed meanwhile."""
        ...

    def purge_retired(self, *, limit: int) -> int:
        """Delete up to `limit` vectors of retired models; returns how many."""
        ...

    def index_pending(self, *, limit: int) -> int:
        """Put up to `limit` vectors into the index that are not in it yet; returns how many."""
        ...
