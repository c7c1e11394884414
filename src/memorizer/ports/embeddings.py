"""Embedding models, and the table of their generations."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.chunking import Span
from memorizer.domain.embeddings import EmbeddingModel, ModelState
from memorizer.domain.memories import Vector


class Embedder(Protocol):
    """One embedding model."""

    @property
    def name(self) -> str:
        """Identifies the vector space: vectors are comparable if the names are equal."""
        ...

    @property
    def window(self) -> int:
        """Maximum tokens of one text that the model reads, without special tokens."""
        ...

    async def dimensions(self) -> int:
        """Return the length of a vector; may load the model. Raises EmbedderUnavailable."""
        ...

    async def tokens(self, text: str) -> Sequence[Span]:
        """Character span of each token of the text. Raises EmbedderUnavailable."""
        ...

    async def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text, in the same order.

        Raises EmbedderUnavailable, TextRejected; EmbeddingRefused if it is not known which of the
        two it is.
        """
        ...

    async def embed_query(self, text: str) -> Vector:
        """Return the unit vector of a search query. Raises EmbedderUnavailable, TextRejected."""
        ...


class Embedders(Protocol):
    """The embedding models that this process can use."""

    @property
    def configured(self) -> Embedder:
        """The model that the settings name."""
        ...

    @property
    def spec(self) -> str | None:
        """What `get_or_open` needs to open the configured model again, also elsewhere."""
        ...

    async def get_or_open(self, name: str, spec: str | None) -> Embedder | None:
        """Return the model of this name; None if it cannot be opened any more."""
        ...


class Models(Protocol):
    """The models whose vectors are stored, inside a transaction."""

    def active(self) -> EmbeddingModel | None:
        """Return the active model; None before the first vectors are stored."""
        ...

    def lock_exclusive(self) -> None:
        """Take the exclusive model lock until commit: nobody else stores vectors."""
        ...

    def building(self, job_id: str) -> EmbeddingModel | None:
        """Return the model that this job builds; None if it builds none."""
        ...

    def add(
        self,
        name: str,
        dimensions: int,
        state: ModelState,
        *,
        job_id: str | None = None,
        spec: str | None = None,
    ) -> EmbeddingModel:
        """Insert a model in this state."""
        ...

    def activate(self, model_id: int) -> None:
        """Activate a model, retire the active one, and update all embedding statuses."""
        ...

    def retire(self, model_id: int) -> None:
        """Retire a model; its vectors are deleted by `purge_retired`."""
        ...

    def list_building(self) -> list[EmbeddingModel]:
        """Models in state `building`; their jobs may have been cancelled or removed."""
        ...

    def purge_retired(self, *, limit: int) -> int:
        """Delete up to `limit` vectors of retired models. Return the number deleted."""
        ...

    def index_pending(self, *, limit: int) -> int:
        """Index up to `limit` vectors that are not indexed yet. Return the number indexed."""
        ...
