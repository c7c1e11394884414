"""Finding memories by their words."""

from collections.abc import Sequence
from typing import Protocol

from memorizer.domain.embeddings import EmbeddingModel, MemoryVectors, VectorKind
from memorizer.domain.memories import Filter, Memory, Vector
from memorizer.domain.search import Candidate
from memorizer.domain.text_analysis import Term


class FullText(Protocol):
    """An index over title, tags and text, in this order of weight."""

    def put(self, memory: Memory) -> None:
        """Index the present version in place of the last."""
        ...

    def remove(self, memory_id: str) -> None: ...

    def search(self, terms: Sequence[Term], filter_: Filter, *, limit: int) -> list[Candidate]:
        """Memories with all terms; when these are too few, then those with any. Best first."""
        ...


class Vectors(Protocol):
    """The vectors themselves: the truth from which every index can be rebuilt."""

    def put(self, model: EmbeddingModel, vectors: MemoryVectors) -> None:
        """Replace a memory's vectors under `model`."""
        ...

    def remove(self, memory_id: str, *, upto: int | None = None) -> None:
        """Delete a memory's vectors under every model; `upto`: only of versions until this."""
        ...

    def missing(self, model: EmbeddingModel, *, limit: int) -> list[str]:
        """Ids of memories that have no vectors of their present version under `model`."""
        ...

    def content_of(self, model: EmbeddingModel, memory_id: str) -> Sequence[Vector]:
        """A memory's content vectors, in the order of its chunks."""
        ...

    def nearest(
        self,
        model: EmbeddingModel,
        kind: VectorKind,
        vector: Vector,
        filter_: Filter,
        *,
        limit: int,
        threshold: float | None = None,
    ) -> list[Candidate]:
        """Memories by the cosine of their best vector, best first."""
        ...
